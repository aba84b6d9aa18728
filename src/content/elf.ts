import { damaged, overLimit } from '../bytes/read-failure.ts';
import { fileType, machineName, osAbiName, PT, sectionType, segmentType, SHT } from './elf-names.ts';
import { tolerate, type ContentProblem } from './problem.ts';
import { View } from './view.ts';

export interface ElfSegment {
  type: string;
  typeCode: number;
  /** Of `rwx`. */
  flags: string;
  offset: number;
  address: bigint;
  fileBytes: number;
  memoryBytes: bigint;
  alignment: bigint;
}

export interface ElfSection {
  index: number;
  name: string;
  type: string;
  typeCode: number;
  flags: bigint;
  address: bigint;
  offset: number;
  /** As stated; a `nobits` section has none of them in the file. */
  sizeBytes: number;
  link: number;
  info: number;
  alignment: bigint;
  entryBytes: number;
}

export interface ElfFile {
  view: View;
  bits: 32 | 64;
  littleEndian: boolean;
  type: string;
  machine: string;
  osAbi: string;
  abiVersion: number;
  /** Of the processor. */
  flags: number;
  entry: bigint;
  segments: ElfSegment[];
  /** Without the null section; empty where the table is damaged, which `problems` says. */
  sections: ElfSection[];
  /** The file header and the two tables, where they lie in the file. */
  headers: { name: string; offset: number; sizeBytes: number }[];
  /** Where the last thing that a header names ends: what follows was appended. */
  endOffset: number;
  problems: ContentProblem[];
}

/** What a linker makes has a few dozen; as many as 16 bits number. 190,000 took 800 MiB once each was described. */
const MAX_HEADERS = 65_535;

export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/**
 * The tables of an ELF file (gABI 4.3), both sizes, both byte orders. Throws where the file header is no such thing;
 * a damaged table is a problem, and what does not need it is read all the same.
 */
export function parseElf(bytes: Uint8Array, place: string): ElfFile {
  if (!isElf(bytes)) damaged(place, 'is no ELF file');
  const [, , , , classCode, orderCode, version, osAbi, abiVersion] = bytes;
  if ((classCode !== 1 && classCode !== 2) || (orderCode !== 1 && orderCode !== 2) || version !== 1) damaged(place, 'has an ELF header of no known class, byte order or version');
  const view = new View(bytes, orderCode === 1, place);
  const wide = classCode === 2;
  const problems: ContentProblem[] = [];
  const tables = readTables(view, wide);
  const sections = tolerate(problems, () => readSections(view, wide, tables)) ?? [];
  const segments = tolerate(problems, () => readSegments(view, wide, tables)) ?? [];
  return {
    view, bits: wide ? 64 : 32, littleEndian: view.littleEndian, type: fileType(view.u16(16)), machine: machineName(view.u16(18)), osAbi: osAbiName(osAbi!),
    abiVersion: abiVersion!, flags: view.u32(wide ? 48 : 36), entry: wide ? view.u64(24) : BigInt(view.u32(24)), segments, sections,
    headers: headersOf(view, wide, tables), endOffset: endOf(view, tables, segments, sections), problems,
  };
}

interface Tables { segments: Table; sections: Table; namesIndex: number }
interface Table { offset: number; entryBytes: number; count: number }

function readTables(view: View, wide: boolean): Tables {
  const at = wide ? 54 : 42;
  view.slice(0, wide ? 64 : 52);
  const sectionOffset = wide ? view.size64(40) : view.u32(32);
  const segments = { offset: wide ? view.size64(32) : view.u32(28), entryBytes: view.u16(at), count: view.u16(at + 2) };
  const sections = { offset: sectionOffset, entryBytes: view.u16(at + 4), count: sectionOffset === 0 ? 0 : view.u16(at + 6) };
  let namesIndex = view.u16(at + 8);
  // Numbers that do not fit into 16 bits stand in the null section.
  if (sectionOffset > 0 && sections.entryBytes >= (wide ? 64 : 40) && sectionOffset + sections.entryBytes <= view.sizeBytes) {
    const first = readSection(view, wide, sectionOffset, 0);
    if (sections.count === 0) sections.count = first.sizeBytes;
    if (namesIndex === 0xffff) namesIndex = first.link;
    if (segments.count === 0xffff) segments.count = first.info;
  }
  return { segments, sections, namesIndex };
}

function checkTable(view: View, { count, entryBytes }: Table, what: string, smallest: number): void {
  if (count > MAX_HEADERS) overLimit(view.place, `has ${count} ${what}, allowed are ${MAX_HEADERS}`, MAX_HEADERS, count);
  if (count > 0 && entryBytes < smallest) damaged(view.place, `has ${what} of ${entryBytes} bytes each`);
}

/** Things that lie over each other are read once each: that many files' worth of them, and no more. */
const MAX_OVERLAP = 4;

function checkTotal(view: View, what: string, sizes: readonly number[]): void {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const allowed = view.sizeBytes * MAX_OVERLAP;
  if (total > allowed) overLimit(view.place, `has ${what} of ${total} bytes in all, ${MAX_OVERLAP} times those of the file are allowed`, allowed, total);
}

type UnnamedSection = Omit<ElfSection, 'name'> & { nameOffset: number };

function readSections(view: View, wide: boolean, { sections: table, namesIndex }: Tables): ElfSection[] {
  checkTable(view, table, 'section headers', wide ? 64 : 40);
  view.slice(table.offset, table.count * table.entryBytes);
  const unnamed = Array.from({ length: table.count }, (_, index) => readSection(view, wide, table.offset + index * table.entryBytes, index));
  checkTotal(view, 'sections', unnamed.slice(1).filter(({ typeCode }) => typeCode !== SHT.nobits).map(({ sizeBytes }) => sizeBytes));
  const names = unnamed[namesIndex];
  const strings = names === undefined || names.typeCode === SHT.nobits ? undefined : stringsOf(view, names);
  return unnamed.slice(1).map(({ nameOffset, ...section }) => ({ ...section, name: strings === undefined ? '' : nameAt(strings, nameOffset) }));
}

function stringsOf(view: View, { offset, sizeBytes }: UnnamedSection): View {
  return new View(view.slice(offset, sizeBytes), view.littleEndian, view.place);
}

function nameAt(strings: View, offset: number): string {
  return offset === 0 && strings.sizeBytes === 0 ? '' : strings.text(offset);
}

function readSection(view: View, wide: boolean, at: number, index: number): UnnamedSection {
  const typeCode = view.u32(at + 4);
  const word = (narrow: number, broad: number): bigint => (wide ? view.u64(at + broad) : BigInt(view.u32(at + narrow)));
  const size = (narrow: number, broad: number): number => (wide ? view.size64(at + broad) : view.u32(at + narrow));
  return {
    index, nameOffset: view.u32(at), typeCode, type: sectionType(typeCode), flags: word(8, 8), address: word(12, 16), offset: size(16, 24), sizeBytes: size(20, 32),
    link: view.u32(at + (wide ? 40 : 24)), info: view.u32(at + (wide ? 44 : 28)), alignment: word(32, 48), entryBytes: size(36, 56),
  };
}

function readSegments(view: View, wide: boolean, { segments: table }: Tables): ElfSegment[] {
  checkTable(view, table, 'program headers', wide ? 56 : 32);
  const segments = Array.from({ length: table.count }, (_, index) => {
    const at = table.offset + index * table.entryBytes;
    const typeCode = view.u32(at);
    const flags = view.u32(at + (wide ? 4 : 24));
    return {
      typeCode, type: segmentType(typeCode), flags: `${flags & 4 ? 'r' : ''}${flags & 2 ? 'w' : ''}${flags & 1 ? 'x' : ''}`,
      offset: wide ? view.size64(at + 8) : view.u32(at + 4), address: wide ? view.u64(at + 16) : BigInt(view.u32(at + 8)),
      fileBytes: wide ? view.size64(at + 32) : view.u32(at + 16), memoryBytes: wide ? view.u64(at + 40) : BigInt(view.u32(at + 20)),
      alignment: wide ? view.u64(at + 48) : BigInt(view.u32(at + 28)),
    };
  });
  checkTotal(view, 'notes', segments.filter(({ typeCode }) => typeCode === PT.note).map(({ fileBytes }) => fileBytes));
  return segments;
}

function headersOf(view: View, wide: boolean, { segments, sections }: Tables): ElfFile['headers'] {
  const whole = ({ offset, entryBytes, count }: Table): { offset: number; sizeBytes: number } => ({ offset, sizeBytes: entryBytes * count });
  return [
    { name: 'file header', offset: 0, sizeBytes: wide ? 64 : 52 }, { name: 'program headers', ...whole(segments) }, { name: 'section headers', ...whole(sections) },
  ].filter(({ offset, sizeBytes }) => offset + sizeBytes <= view.sizeBytes);
}

function endOf(view: View, tables: Tables, segments: readonly ElfSegment[], sections: readonly ElfSection[]): number {
  const ends = [
    ...[tables.segments, tables.sections].map(({ offset, entryBytes, count }) => offset + entryBytes * count),
    ...segments.map(({ offset, fileBytes }) => offset + fileBytes),
    ...sections.filter(({ typeCode }) => typeCode !== SHT.nobits).map(({ offset, sizeBytes }) => offset + sizeBytes),
  ].filter((end) => end <= view.sizeBytes);
  return ends.reduce((most, end) => Math.max(most, end), 0);
}
