import { objectAttributes } from '../content/elf-attributes.ts';
import type { ElfFacts } from '../content/elf-facts.ts';
import { elfNotes } from '../content/elf-notes.ts';
import { buildAttributes, gnuProperties } from '../content/elf-properties.ts';
import { findSection, sectionBytes } from '../content/elf-section.ts';
import { elfSymbols, type ElfSymbol, type SymbolTable } from '../content/elf-symbols.ts';
import type { ElfFile } from '../content/elf.ts';
import { tolerate } from '../content/problem.ts';

/** A program, and what was read of it before. */
export interface Program {
  elf: ElfFile;
  facts: ElfFacts;
}

type Pair = readonly [name: string, value: string];

/** What a program says of itself, one line each; a name may come more than once. */
export function programProperties({ elf, facts }: Program): Pair[] {
  const { dynamic, units } = facts;
  const many = (name: string, values: readonly string[]): Pair[] => values.map((value) => [name, value]);
  const one = (name: string, value: string | number | boolean | undefined): Pair[] => (value === undefined ? [] : [[name, String(value)]]);
  return [
    ['format', `${facts.bits} bits, ${facts.byteOrder} endian, ${facts.machine}`], ['type', facts.type], ['processor flags', `0x${facts.flags.toString(16)}`], ['OS ABI', facts.osAbi],
    ...one('interpreter', facts.interpreter), ...one('soname', dynamic?.soname), ...many('needed library', dynamic?.needed ?? []), ...many('rpath', dynamic?.rpath ?? []), ...many('runpath', dynamic?.runpath ?? []),
    ...facts.neededVersions.flatMap(({ file, versions }) => many(`needed of ${file}`, versions)), ...one('oldest kernel', facts.abiTag),
    ...hardening({ elf, facts }), ...processorProperties(elf), ...many('compiler', facts.comment), ...many('compiled as', units.producers), ...many('command line', recordedCommandLines(elf)),
    ...many('build attribute', buildAttributes(elfNotes(elf))), ...many('compiled in', units.directories), ...one('compilation units', units.count || undefined),
    ...one('build id', facts.buildId), ...one('debug link', facts.debugLink?.file), ['stripped', String(facts.stripped)], ...one('bytes behind the end', facts.appendedBytes || undefined),
  ];
}

/** Of which processor it makes use. */
export function processorProperties(elf: ElfFile): Pair[] {
  const properties = tolerate(elf.problems, () => gnuProperties(elf, elfNotes(elf))) ?? [];
  const attributes = tolerate(elf.problems, () => objectAttributes(elf)) ?? [];
  return [...properties.map(({ name, values }): Pair => [name, values.join(', ')]), ...attributes.map(({ vendor, name, value }): Pair => [`${vendor} ${name}`, value])];
}

const MOST_COMMAND_BYTES = 2 ** 20;

/** `-frecord-gcc-switches`. */
function recordedCommandLines(elf: ElfFile): string[] {
  const section = findSection(elf, '.GCC.command.line');
  const bytes = section === undefined ? undefined : tolerate(elf.problems, () => sectionBytes(elf, section));
  return bytes === undefined ? [] : [...new Set(bytes.toString('latin1', 0, MOST_COMMAND_BYTES).split('\0').filter((text) => text !== ''))];
}

/** What makes it harder to break into: facts from flags and symbols, no judgement. */
function hardening({ elf, facts }: Program): Pair[] {
  const { dynamic, relro } = facts;
  const hasStackHeader = elf.segments.some(({ type }) => type === 'gnu-stack');
  const names = symbolNames(elf);
  const isExecutable = facts.type === 'shared' && (dynamic?.positionIndependentExecutable === true || facts.interpreter !== undefined);
  const loads: Pair[] = facts.type === 'relocatable' ? [] : [
    ['position independent', facts.type === 'shared' ? (isExecutable ? 'yes, a program' : 'yes') : 'no'], ['relro', relro], ['executable stack', facts.executableStack ? 'yes' : hasStackHeader ? 'no' : 'not said'],
  ];
  return [
    ...loads, ['stack canary', ['__stack_chk_fail', '__stack_chk_fail_local', '__stack_chk_guard'].some((name) => names.has(name)) ? 'yes' : 'no'],
    ...[...names].filter((name) => /^__\w+_chk$/.test(name)).toSorted().map((name): Pair => ['fortified', name]),
  ];
}

function symbolNames(elf: ElfFile): Set<string> {
  return new Set((['dynsym', 'symtab'] as const).flatMap((table) => symbolsOf(elf, table).map(({ name }) => name.replace(/@.*$/, ''))));
}

const MOST_SYMBOLS = 500_000;

/** In the table's order. */
export function symbolsOf(elf: ElfFile, table: SymbolTable): ElfSymbol[] {
  const found: ElfSymbol[] = [];
  tolerate(elf.problems, () => {
    for (const symbol of elfSymbols(elf, table)) if (found.push(symbol) >= MOST_SYMBOLS) break;
  });
  return found;
}

/** By name what a symbol is; addresses are left out, for they move with everything. */
export function symbolPairs(elf: ElfFile, table: SymbolTable): Pair[] {
  return symbolsOf(elf, table).filter(({ name, type }) => name !== '' && type !== 'section' && type !== 'file')
    .map(({ name, type, binding, visibility, sizeBytes, section }) => {
      const where = section === undefined ? 'from elsewhere' : `${sizeBytes} bytes`;
      return [name, `${type} ${binding}${visibility === 'default' ? '' : ` ${visibility}`}, ${where}`];
    });
}
