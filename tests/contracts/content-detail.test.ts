import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { describeContent } from '../../src/content/describe-content.ts';
import { disassemblerOf } from '../../src/content/disassembler.ts';
import { codeBytes, codeRanges } from '../../src/content/elf-code.ts';
import { codeFrames } from '../../src/content/elf-frames.ts';
import { elfNotes } from '../../src/content/elf-notes.ts';
import { gnuProperties } from '../../src/content/elf-properties.ts';
import { elfStrings } from '../../src/content/elf-strings.ts';
import { parseElf, type ElfFile } from '../../src/content/elf.ts';
import { contentDetail } from '../../src/detail/content-detail.ts';
import { programProperties } from '../../src/detail/detail-program.ts';
import type { ContentDetail } from '../../src/detail/detail.ts';
import { seeded } from '../support/mutations.ts';
import { itWith, scratchDirectory } from '../support/tools.ts';

const directory = scratchDirectory();
const run = (tool: string, ...argv: string[]): string => execFileSync(tool, argv, { cwd: directory, encoding: 'latin1', maxBuffer: 2 ** 29, env: { ...process.env, LC_ALL: 'C', PATH: `${process.env['PATH']}:/usr/sbin:/sbin` }, stdio: ['ignore', 'pipe', 'ignore'] });
const read = (path: string): Buffer => readFileSync(resolve(directory, path));
const load = (path: string): ElfFile => parseElf(read(path), path);
const write = (name: string, text: string): void => { writeFileSync(join(directory, name), text); };

/** A program of many shapes of code: a table of jumps, constants, static data, a call through a table, others in line. */
const SOURCE = `#include <stdio.h>
#include <string.h>
static int counts[64]; int shared = 7; static const char *const names[] = {"alpha", "beta", "gamma", "delta"};
__attribute__((noinline)) int pick(int i) { switch (i) { case 0: return puts("zero case"); case 1: return puts("one case"); case 2: return puts("two case"); case 3: return puts("three");
  case 4: return puts(names[i & 3]); case 5: return counts[i & 63]++; case 6: shared++; return shared; default: return -1; } }
__attribute__((noinline)) void report(const char *what, int n) { printf("%s happened %d times in " WHERE "\\n", what, n); }
__attribute__((noinline)) int check(const char *p) { return strcmp(p, SECRET) BRANCH 0; }
__attribute__((noinline)) double area(double r) { return r * 3.14159265358979 * r + 0.123456789; }
int (*const table[])(const char *) = {check, puts};
int main(int argc, char **argv) { report("started", argc); for (int i = 0; i < argc; i++) { if (table[i & 1](argv[i])) report("matched", CONSTANT); pick(i); } printf("area %f\\n", area(argc)); return 0; }
`;
interface Made { where?: string; secret?: string; branch?: string; constant?: number; flags?: string[]; stripped?: boolean }

function make(name: string, { where = 'short', secret = 'secret word', branch = '==', constant = 3, flags = ['-O2'], stripped = false }: Made = {}): Buffer {
  write(`${name}.c`, SOURCE);
  run('gcc', ...flags, `-DWHERE="${where}"`, `-DSECRET="${secret}"`, `-DBRANCH=${branch}`, `-DCONSTANT=${constant}`, '-Wl,--build-id=none', '-o', name, `${name}.c`);
  if (stripped) run('strip', '-s', name);
  return read(name);
}

const fates = ({ functions }: ContentDetail): Record<string, string> => Object.fromEntries(functions!.changes.items.map(({ name, left, right, fate }) => [name ?? (right ?? left)!.address, fate]));
const LONGER = { where: 'a/much/longer/path/than/before' };

describe('functions of compiled programs', () => {
  itWith('gcc')('only move along with a longer text, and are told to be suspected of it', async () => {
    const found = await contentDetail(make('plain'), make('moved', LONGER));
    expect([fates(found), found.functions!.counts.shifted > 0]).toEqual([{}, true]);
    expect(found.lists[0]).toMatchObject({ removed: { items: ['%s happened %d times in short\n'] }, added: { items: [`%s happened %d times in ${LONGER.where}\n`] } });
  });

  test.each<[string, Made, Record<string, string>]>([
    ['a constant changed', { constant: 4 }, { main: 'operands' }], ['a branch was turned', { branch: '!=' }, { check: 'changed' }],
  ])('are named where %s, moved or not', async (_what, change, expected) => {
    const plain = make('plain');
    expect(fates(await contentDetail(plain, make('changed', change)))).toEqual(expected);
    expect(fates(await contentDetail(plain, make('both', { ...LONGER, ...change })))).toEqual(expected);
  });

  itWith('gcc')('load a text that is another, which the strings tell', async () => {
    const { lists } = await contentDetail(make('plain'), make('swapped', { secret: 'secret face' }));
    expect(lists).toMatchObject([{ removed: { items: ['secret word'] }, added: { items: ['secret face'] } }]);
  });

  itWith('gcc', 'strip')('without symbols are told by their frames', async () => {
    const [left, right] = [make('bare', { stripped: true }), make('bare-changed', { stripped: true, constant: 4, ...LONGER })];
    const found = await contentDetail(left, right);
    expect(found.functions).toMatchObject({ from: 'frames', counts: { operands: 1, changed: 0, added: 0, removed: 0 }, changes: { items: [{ name: null, instructions: 1 }] } });
  });

  itWith('gcc')('in which a bit was turned never count as moved', async () => {
    const [left, right] = [make('plain'), make('moved', LONGER)];
    const elf = parseElf(right, 'moved');
    const before = (await contentDetail(left, right)).functions!.counts;
    const below = seeded(20_261_123);
    const named = codeRanges(elf).ranges.filter(({ name }) => ['main', 'pick', 'check', 'report', 'area'].includes(name ?? ''));
    for (let i = 0; i < 200; i++) {
      const range = named[below(named.length)]!;
      const attacked = Buffer.from(right);
      const at = range.offset + below(range.sizeBytes);
      attacked[at]! ^= 1 << below(8);
      const { counts } = (await contentDetail(left, attacked)).functions!;
      expect([range.name, at - range.offset, counts.shifted + counts.same]).toEqual([range.name, at - range.offset, before.shifted + before.same - 1]);
    }
  });
});

const PROGRAMS = ['/bin/sh', '/usr/bin/readelf'];

describe('of real programs', () => {
  itWith('readelf')('frames are those that readelf lists', () => {
    for (const path of [...PROGRAMS, ...(make('plain'), ['plain'])]) {
      const theirs = [...run('readelf', '--debug-dump=frames', path).matchAll(/ FDE cie=\S+ pc=([0-9a-f]+)\.\.([0-9a-f]+)/g)].map(([, start, end]) => `${BigInt(`0x${start}`)} ${BigInt(`0x${end}`) - BigInt(`0x${start}`)}`);
      expect(theirs.length).toBeGreaterThan(3);
      expect(codeFrames(load(path)).map(({ address, sizeBytes }) => `${address} ${sizeBytes}`)).toEqual(theirs);
    }
  });

  itWith('gcc', 'nm')('functions are those that nm lists', () => {
    make('plain');
    const theirs = [...run('nm', '-S', '--defined-only', 'plain').matchAll(/^([0-9a-f]+) ([0-9a-f]+) [tTwW] (.*)$/gm)].map(([, address, size, name]) => `${BigInt(`0x${address}`)} ${Number.parseInt(size!, 16)} ${name}`);
    expect(codeRanges(load('plain')).ranges.filter(({ name }) => name !== undefined).map(({ address, sizeBytes, name }) => `${address} ${sizeBytes} ${name}`).toSorted()).toEqual(theirs.toSorted());
  });

  itWith('objdump')('instructions begin where objdump says', async () => {
    const elf = load(PROGRAMS[0]!);
    const reader = (await disassemblerOf(elf))!;
    const theirs = new Set([...run('objdump', '-d', '--no-show-raw-insn', '-M', 'intel', PROGRAMS[0]!).matchAll(/^ +([0-9a-f]+):\t/gm)].map(([, address]) => BigInt(`0x${address}`)));
    let [agreed, apart] = [0, 0];
    for (const range of codeRanges(elf).ranges) {
      let at = range.address;
      for (const size of reader.sizes(codeBytes(elf, range), range.address)) {
        if (theirs.has(at)) agreed++; else apart++;
        at += BigInt(size);
      }
    }
    expect([agreed > 10_000, apart]).toEqual([true, 0]);
  });

  itWith('readelf')('properties of the processor are those that readelf tells', () => {
    for (const path of PROGRAMS) {
      const text = run('readelf', '-nW', path);
      for (const { name, values } of gnuProperties(load(path), elfNotes(load(path)))) if (!name.startsWith('property')) expect(text).toContain(`${name}: ${values.join(', ')}`);
    }
  });

  itWith('strings')('every string is one that strings finds', () => {
    for (const path of PROGRAMS) {
      const theirs = new Set(run('strings', '-a', '-n', '4', '-w', path).split('\0').flatMap((text) => text.split('\n')));
      // It prints whitespace as it stands, so that texts of several lines come in pieces.
      const ours = elfStrings(load(path)).flatMap((text) => text.split('\n')).filter((text) => text.length >= 4 && /^[\t\x20-\x7e]+$/.test(text));
      expect(ours.length).toBeGreaterThan(50);
      const all = [...theirs].join('\n');
      expect(ours.filter((text) => !all.includes(text))).toEqual([]);
    }
  });
});

describe('what a program is hardened with', () => {
  const facts = (name: string, flags: string[]): Record<string, string> => {
    write(`${name}.c`, '#include <string.h>\n#include <stdio.h>\nint main(int c, char **v) { char b[16]; strcpy(b, v[0]); printf("%s", b); return c; }\n');
    run('gcc', '-O2', ...flags, '-o', name, `${name}.c`);
    const described = describeContent(read(name));
    if (described.kind !== 'elf') throw new TypeError(described.kind);
    return Object.fromEntries(programProperties({ elf: load(name), facts: described.facts }));
  };

  test.each<[string, string[], Record<string, string>]>([
    ['weak', ['-no-pie', '-fno-stack-protector', '-U_FORTIFY_SOURCE', '-Wl,-z,norelro', '-z', 'execstack'], { 'position independent': 'no', relro: 'none', 'executable stack': 'yes', 'stack canary': 'no' }],
    ['hard', ['-fPIE', '-pie', '-fstack-protector-all', '-D_FORTIFY_SOURCE=2', '-Wl,-z,relro,-z,now'], { 'position independent': 'yes, a program', relro: 'full', 'executable stack': 'no', 'stack canary': 'yes', fortified: '__strcpy_chk' }],
  ])('is told: %s', (name, flags, expected) => {
    const found = facts(name, flags);
    expect(found).toMatchObject(expected);
    const [header, segments, dynamic] = [run('readelf', '-hW', name), run('readelf', '-lW', name), run('readelf', '-dW', name)];
    expect(header.includes('DYN (Position-Independent')).toBe(found['position independent'] !== 'no');
    expect(segments.includes('GNU_RELRO')).toBe(found['relro'] !== 'none');
    expect(/BIND_NOW|Flags: NOW/.test(dynamic)).toBe(found['relro'] === 'full');
    expect(/GNU_STACK.* RWE /.test(segments)).toBe(found['executable stack'] === 'yes');
  });

  itWith('gcc')('and what it was told to be compiled for', async () => {
    const found = await contentDetail(make('plain', { flags: ['-O2', '-g'] }), make('other', { flags: ['-O2', '-g', '-march=x86-64-v3'] }));
    const [row] = found.tables.find(({ name }) => name === 'properties')!.rows.items.filter(({ name }) => name === 'compiled as');
    expect([row!.left, row!.right]).toEqual([expect.stringContaining('-march=x86-64 '), expect.stringContaining('-march=x86-64-v3')]);
  });
});

describe('other people\'s tools tell the same', () => {
  itWith('gcc', 'modinfo')('of the fields of modules', async () => {
    const module = (name: string, fields: readonly string[]): Buffer => {
      write(`${name}.c`, fields.map((field, i) => `static const char field${i}[] __attribute__((section(".modinfo"), used, aligned(1))) = "${field}";`).join('\n'));
      run('gcc', '-c', '-o', `${name}.ko`, `${name}.c`);
      return read(`${name}.ko`);
    };
    const found = await contentDetail(module('one', ['license=GPL', 'author=A', 'parm=level:How much', 'alias=a*', 'vermagic=6.1.0 SMP mod_unload ']), module('two', ['license=GPL', 'author=B', 'parm=level:How many', 'alias=a*', 'alias=b*', 'vermagic=6.1.9 SMP mod_unload ']));
    const told = (name: string): string[] => run('modinfo', '-0', `./${name}.ko`).split('\0').map((line) => line).filter((line) => line !== '' && !line.startsWith('filename:')).map((line) => line.replace(/^(\w+): +/, '$1='));
    const [left, right] = [told('one'), told('two')];
    const rows = found.tables.find(({ name }) => name === 'modinfo')!.rows.items;
    const line = (name: string, value: string): string => (name.startsWith('parm ') ? `parm=${name.slice(5)}:${value}` : `${name}=${value}`);
    expect(rows.flatMap(({ name, left: value }) => (value === null ? [] : [line(name, value)])).toSorted()).toEqual(left.filter((one) => !right.includes(one)).toSorted());
    expect(rows.flatMap(({ name, right: value }) => (value === null ? [] : [line(name, value)])).toSorted()).toEqual(right.filter((one) => !left.includes(one)).toSorted());
  });

  itWith('dtc')('of the nodes and properties of device trees', async () => {
    const tree = (name: string, status: string, more: string): Buffer => {
      write(`${name}.dts`, `/dts-v1/;\n/ { model = "board"; soc { uart@1000 { reg = <0x1000 0x100>; status = "${status}"; odd = [01 02 03]; }; ${more} }; };\n`);
      run('dtc', '-I', 'dts', '-O', 'dtb', '-o', `${name}.dtb`, `${name}.dts`);
      return read(`${name}.dtb`);
    };
    const found = await contentDetail(tree('one', 'okay', 'old { flag; };'), tree('two', 'disabled', 'new { value = <7>; };'));
    const told = (name: string): string[] => run('dtc', '-I', 'dtb', '-O', 'dts', '-s', `${name}.dtb`).split('\n').map((text) => text.trim()).filter((text) => text.includes('=') || text === 'flag;');
    const [left, right] = [told('one'), told('two')];
    const properties = found.tables[0]!.rows.items.filter(({ name }) => name.includes(' ')).map(({ name, left: before, right: after }) => ({ property: name.replace(/^.* /, ''), before, after }));
    const line = (property: string, value: string | null): string[] => (value === null ? [] : [value === 'set' ? `${property};` : `${property} = ${value};`]);
    expect(properties.flatMap(({ property, before }) => line(property, before)).toSorted()).toEqual(left.filter((one) => !right.includes(one)).toSorted());
    expect(properties.flatMap(({ property, after }) => line(property, after)).toSorted()).toEqual(right.filter((one) => !left.includes(one)).toSorted());
  });
});
