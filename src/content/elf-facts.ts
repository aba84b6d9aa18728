import { compilationUnits, type CompilationUnit } from './dwarf-units.ts';
import { elfDynamic, elfInterpreter, neededVersions, type ElfDynamic, type NeededVersions } from './elf-dynamic.ts';
import type { ElfFile } from './elf.ts';
import { PT, SHT } from './elf-names.ts';
import { abiTagOf, buildIdOf, elfNotes } from './elf-notes.ts';
import { findSection, sectionBytes } from './elf-section.ts';
import { tolerate } from './problem.ts';
import { View } from './view.ts';

/** What an ELF file says of itself; plain JSON. */
export interface ElfFacts {
  bits: 32 | 64;
  byteOrder: 'little' | 'big';
  type: string;
  machine: string;
  osAbi: string;
  /** Of the processor: ABI variants of ARM, MIPS and RISC-V stand here. */
  flags: number;
  /** Hexadecimal. */
  entry: string;
  buildId?: string;
  /** `linux 3.2.0`: the oldest kernel. */
  abiTag?: string;
  interpreter?: string;
  dynamic?: ElfDynamic;
  neededVersions: NeededVersions[];
  /** Strings of `.comment`: the compilers that took part. */
  comment: string[];
  debugLink?: { file: string; crc32: number };
  /** Without the symbol table that only debuggers need. */
  stripped: boolean;
  /** Of memory that may be written to after loading. */
  relro: 'none' | 'partial' | 'full';
  executableStack: boolean;
  units: UnitSummary;
  sectionCount: number;
  /** Behind everything that the headers name. */
  appendedBytes: number;
}

/** Distinct values over all units, sorted; a unit each would be 30,000 lines for a kernel. */
export interface UnitSummary {
  count: number;
  versions: number[];
  producers: string[];
  directories: string[];
  /** The first hundred names. */
  names: string[];
}

export function elfFacts(elf: ElfFile): ElfFacts {
  const { problems } = elf;
  const notes = elfNotes(elf);
  const buildId = buildIdOf(notes);
  const abiTag = abiTagOf(notes, elf.littleEndian);
  const interpreter = tolerate(problems, () => elfInterpreter(elf));
  const dynamic = tolerate(problems, () => elfDynamic(elf));
  const debugLink = tolerate(problems, () => debugLinkOf(elf));
  return {
    bits: elf.bits, byteOrder: elf.littleEndian ? 'little' : 'big', type: elf.type, machine: elf.machine, osAbi: elf.osAbi, flags: elf.flags, entry: `0x${elf.entry.toString(16)}`,
    ...(buildId === undefined ? {} : { buildId }), ...(abiTag === undefined ? {} : { abiTag }), ...(interpreter === undefined ? {} : { interpreter }),
    ...(dynamic === undefined ? {} : { dynamic }), neededVersions: tolerate(problems, () => neededVersions(elf)) ?? [],
    comment: tolerate(problems, () => commentOf(elf)) ?? [], ...(debugLink === undefined ? {} : { debugLink }),
    stripped: !elf.sections.some(({ typeCode }) => typeCode === SHT.symtab), relro: relroOf(elf, dynamic), executableStack: hasExecutableStack(elf),
    units: summaryOf(compilationUnits(elf)), sectionCount: elf.sections.length, appendedBytes: elf.view.sizeBytes - elf.endOffset,
  };
}

/** A comment for each compiler has 100 bytes. */
const MAX_COMMENT_BYTES = 2 ** 20;

function commentOf(elf: ElfFile): string[] {
  const section = findSection(elf, '.comment');
  return section === undefined ? [] : distinct(sectionBytes(elf, section).toString('latin1', 0, MAX_COMMENT_BYTES).split('\0').filter((text) => text !== ''));
}

/** Where separate debug information is to be found, by name and CRC-32. */
function debugLinkOf(elf: ElfFile): { file: string; crc32: number } | undefined {
  const section = findSection(elf, '.gnu_debuglink');
  if (section === undefined) return undefined;
  const view = new View(sectionBytes(elf, section), elf.littleEndian, '.gnu_debuglink');
  const file = view.text(0);
  return { file, crc32: view.u32(Math.ceil((file.length + 1) / 4) * 4) };
}

function relroOf({ segments }: ElfFile, dynamic: ElfDynamic | undefined): ElfFacts['relro'] {
  if (!segments.some(({ typeCode }) => typeCode === PT.gnuRelro)) return 'none';
  return dynamic?.bindNow === true ? 'full' : 'partial';
}

/** Programs without the header get what their processor's Linux gives by default; it is told only where it stands. */
function hasExecutableStack({ segments }: ElfFile): boolean {
  return segments.some(({ typeCode, flags }) => typeCode === PT.gnuStack && flags.includes('x'));
}

const NAMES_TOLD = 100;

function summaryOf(units: readonly CompilationUnit[]): UnitSummary {
  const texts = (field: 'producer' | 'directory' | 'name'): string[] => distinct(units.flatMap((unit) => unit[field] ?? []));
  return {
    count: units.length, versions: [...new Set(units.map(({ version }) => version))].toSorted((a, b) => a - b), producers: texts('producer'), directories: texts('directory'),
    names: texts('name').slice(0, NAMES_TOLD),
  };
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)].toSorted();
}
