import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { compilationUnits } from '../../src/content/dwarf-units.ts';
import { elfFacts } from '../../src/content/elf-facts.ts';
import { elfSymbols } from '../../src/content/elf-symbols.ts';
import { parseElf, type ElfFile } from '../../src/content/elf.ts';
import { itWith, scratchDirectory } from '../support/tools.ts';

const directory = scratchDirectory();
const run = (tool: string, ...argv: string[]): string => execFileSync(tool, argv, { cwd: directory, encoding: 'latin1', maxBuffer: 2 ** 28, env: { ...process.env, LC_ALL: 'C' }, stdio: ['ignore', 'pipe', 'ignore'] });
const load = (path: string): ElfFile => parseElf(readFileSync(resolve(directory, path)), path);

/** `path` is absolute, or made by `gcc` in the scratch directory. */
const MADE: Readonly<Record<string, string[]>> = {
  'dwarf 5': ['-g', '-O2'], 'dwarf 4': ['-gdwarf-4'], 'dwarf 3': ['-gdwarf-3'], 'dwarf 2': ['-gdwarf-2', '-gstrict-dwarf'], 'a relocatable file': ['-g', '-c'], 'dwarf 4 in a relocatable file': ['-gdwarf-4', '-c'],
  'compressed sections': ['-g', '-gz=zlib'], 'compressed sections in a relocatable file': ['-g', '-gz=zlib', '-c'], '.zdebug sections': ['-g', '-gz=zlib-gnu'],
  'type units': ['-g', '-fdebug-types-section'], 'dwarf 64': ['-g', '-gdwarf64'], 'split units': ['-g', '-gsplit-dwarf', '-c'], '32 bits': ['-g', '-m32', '-c'],
  'no debug information': ['-s'], 'a shared library': ['-g', '-shared', '-fPIC', '-Wl,-soname,libmade.so.1', '-Wl,-rpath,/one:/two', '-Wl,-z,now'], 'an old rpath': ['-Wl,-rpath,/old', '-Wl,--disable-new-dtags'],
};
const SOURCE = 'struct point { int x, y; };\nint shift(struct point *p, int by) { return p->x += by; }\nint main(void) { struct point p = {1, 2}; return shift(&p, 3); }\n';

function make(name: string): string {
  const path = `made-${name.replaceAll(/[^a-z0-9]/g, '-')}`;
  writeFileSync(join(directory, `${path}.c`), SOURCE);
  writeFileSync(join(directory, `${path}-second.c`), 'int second(void) { return 2; }\n');
  const flags = MADE[name]!;
  run('gcc', ...flags, '-o', path, `${path}.c`, ...(flags.includes('-c') ? [] : [`${path}-second.c`]));
  return path;
}

interface Row { name: string; address: bigint; offset: number; sizeBytes: number }

function readelfSections(path: string): Row[] {
  return [...run('readelf', '-SW', path).matchAll(/^ +\[ *(\d+)\] (.*?) +[A-Z0-9_]+ +([0-9a-f]{8,16}) ([0-9a-f]{6,}) ([0-9a-f]{6,}) /gm)].filter(([, index]) => index !== '0')
    .map(([, , name, address, offset, size]) => ({ name: name!, address: BigInt(`0x${address}`), offset: Number.parseInt(offset!, 16), sizeBytes: Number.parseInt(size!, 16) }));
}

function readelfSymbols(path: string): string[] {
  return [...run('readelf', '-sW', path).matchAll(/^ *\d+: ([0-9a-f]+) +(\S+) (\w+) +(\w+) +(\w+) +(?:\[.*?\] +)?(\S+)(?: (\S+))?/gm)]
    .map(([, value, size, type, binding, visibility, , name = '']) => `${BigInt(`0x${value}`)} ${Number(size)} ${type!.toLowerCase()} ${binding!.toLowerCase()} ${visibility!.toLowerCase()} ${name.replace(/@.*$/, '')}`)
    .filter((line) => line !== '0 0 notype local default ');
}

function ourSymbols(elf: ElfFile): string[] {
  return (['dynsym', 'symtab'] as const).flatMap((which) => [...elfSymbols(elf, which)])
    .map(({ name, value, sizeBytes, type, binding, visibility, section }) => `${value} ${sizeBytes} ${type} ${binding} ${visibility} ${type === 'section' && typeof section === 'number' && name === '' ? elf.sections[section - 1]!.name : name.replace(/@.*$/, '')}`)
    .filter((line) => line !== '0 0 notype local default ');
}

/** Top-level entries as readelf prints them; its text of an attribute follows the last `: ` where it comes from a table. */
function readelfUnits(path: string): Record<string, string>[] {
  const text = run('readelf', '--debug-dump=info,no-follow-links', '--dwarf-depth=1', path);
  return text.split(/<0><[0-9a-f]+>: Abbrev Number: \d+ \((?=DW_TAG_(?:compile|skeleton|partial))/).slice(1).map((unit) => Object.fromEntries(
    [...unit.matchAll(/DW_AT_(producer|name|comp_dir) *: (?:\(ind[^)]*\)(?:: | ))?(?:.*?0x[0-9a-f]+\): )?(.*)$/gm)].map(([, attribute, value]) => [attribute!, value!.replace(/^\(.*?\): /, '').trimEnd()]),
  ));
}

/** A table of 100,000 rows is not to be printed. */
function firstDifference(ours: readonly string[], theirs: readonly string[]): string | undefined {
  const at = Array.from({ length: Math.max(ours.length, theirs.length) }, (_, i) => i).find((i) => ours[i] !== theirs[i]);
  return at === undefined ? undefined : `${at}: ${ours[at]} | ${theirs[at]}`;
}

function agree(path: string): void {
  const elf = load(path);
  expect(elf.problems).toEqual([]);
  expect(elf.sections.map(({ name, address, offset, sizeBytes }) => ({ name, address, offset, sizeBytes }))).toEqual(readelfSections(path));
  expect(firstDifference(ourSymbols(elf), readelfSymbols(path))).toBeUndefined();
  const facts = elfFacts(elf);
  const dynamic = run('readelf', '-dW', path);
  const listed = (tag: string): string[] => [...dynamic.matchAll(new RegExp(`\\(${tag}\\).*\\[(.*)\\]`, 'g'))].map(([, text]) => text!);
  expect(facts.dynamic?.needed ?? []).toEqual(listed('NEEDED'));
  expect(facts.dynamic?.soname).toBe(listed('SONAME')[0]);
  expect((facts.dynamic?.rpath ?? []).join(':')).toBe(listed('RPATH')[0] ?? '');
  expect((facts.dynamic?.runpath ?? []).join(':')).toBe(listed('RUNPATH')[0] ?? '');
  expect(facts.buildId).toBe(/Build ID: ([0-9a-f]+)/.exec(run('readelf', '-nW', path))?.[1]);
  expect(facts.interpreter).toBe(/program interpreter: (.*)\]/.exec(run('readelf', '-lW', path))?.[1]);
  expect(facts.entry).toBe(/Entry point address: +(0x[0-9a-f]+)/.exec(run('readelf', '-hW', path))![1]);
}

for (const path of [process.execPath, '/bin/sh']) {
  itWith('readelf')(`says of ${path === process.execPath ? 'node itself' : path} what readelf says`, () => agree(path));
}

for (const name of Object.keys(MADE)) {
  itWith('readelf', 'gcc')(`says of ${name} what readelf says`, () => {
    const path = make(name);
    agree(path);
    const units = compilationUnits(load(path)).map(({ producer, name: file, directory: comp }) => ({ ...(producer === undefined ? {} : { producer }), ...(file === undefined ? {} : { name: file }), ...(comp === undefined ? {} : { comp_dir: comp }) }));
    expect(units).toEqual(readelfUnits(path));
    if (name !== 'no debug information' && name !== 'an old rpath') expect(units[0]).toMatchObject(name === 'split units' ? { comp_dir: directory } : { name: expect.stringMatching(/\.c$/), comp_dir: directory, producer: expect.stringMatching(/^GNU C/) });
  });
}

itWith('readelf', 'objcopy')('reads 32 bits in big-endian order', () => {
  writeFileSync(join(directory, 'blob'), 'some content');
  run('objcopy', '-I', 'binary', '-O', 'elf32-big', 'blob', 'big.o');
  agree('big.o');
  expect(load('big.o')).toMatchObject({ bits: 32, littleEndian: false });
});

itWith('readelf', 'gcc', 'objcopy')('finds debug links, and what was appended', () => {
  const path = make('dwarf 5');
  run('objcopy', '--only-keep-debug', path, 'separate.debug');
  run('objcopy', '--strip-all', '--add-gnu-debuglink=separate.debug', path, 'linked');
  writeFileSync(join(directory, 'linked'), 'appended', { flag: 'a' });
  const facts = elfFacts(load('linked'));
  expect(facts).toMatchObject({ debugLink: { file: 'separate.debug' }, appendedBytes: 8, stripped: true });
  const stated = /CRC value: (0x[0-9a-f]+)/.exec(run('readelf', '--debug-dump=links', '-W', 'linked'))![1]!;
  expect(facts.debugLink!.crc32).toBe(Number(stated));
});
