import { codeFrames } from './elf-frames.ts';
import type { ElfFile, ElfSection } from './elf.ts';
import { SHF, SHT } from './elf-names.ts';
import { elfSymbols, type ElfSymbol } from './elf-symbols.ts';
import { tolerate } from './problem.ts';

export interface CodeRange {
  /** Latin-1; absent where no symbol tells it. Where several do, the first global one by name. */
  name?: string;
  /** As loaded; in a relocatable file the place in its section. */
  address: bigint;
  sizeBytes: number;
  /** Number of its section; 0 where there are none. */
  section: number;
  /** In the file. */
  offset: number;
}

export interface CodeRanges {
  /** By section and address; none lies over another's start. */
  ranges: CodeRange[];
  from: 'symbols' | 'frames' | 'symbols and frames';
}

const MAX_RANGES = 500_000;
/** Of a linked program; in each of them a frame is looked for. */
const MOST_SECTIONS = 200;
/** Names of one place and parts of functions lie over each other; those of a hostile file all over all. */
const MOST_OVERLAP = 4;

/** The functions of a program: by symbols, and by frames where no symbol is. */
export function codeRanges(elf: ElfFile): CodeRanges {
  const sections = elf.sections.filter(({ flags, typeCode, name }) => (flags & BigInt(SHF.exec)) !== 0n && typeCode !== SHT.nobits && !name.startsWith('.plt'));
  const named = distinct(namedRanges(elf, sections).toSorted(byPlace));
  const taken = new Set(named.map(({ section, address }) => `${section} ${address}`));
  const framed = codeFrames(elf).flatMap(({ address, sizeBytes }) => placed(elf, sections.slice(0, MOST_SECTIONS), address, sizeBytes) ?? [])
    .filter(({ section, address }) => !taken.has(`${section} ${address}`));
  const unnamed = outside(distinct(framed.toSorted(byPlace)), named);
  return { ranges: bounded([...named, ...unnamed].toSorted(byPlace), elf.view.sizeBytes * MOST_OVERLAP), from: named.length === 0 ? 'frames' : unnamed.length === 0 ? 'symbols' : 'symbols and frames' };
}

function byPlace(a: CodeRange, b: CodeRange): number {
  if (a.section !== b.section) return a.section - b.section;
  if (a.address !== b.address) return a.address < b.address ? -1 : 1;
  return 0;
}

function namedRanges(elf: ElfFile, sections: readonly ElfSection[]): CodeRange[] {
  const byNumber = new Map(sections.map((section) => [section.index, section]));
  const symbols: ElfSymbol[] = [];
  for (const table of ['symtab', 'dynsym'] as const) {
    tolerate(elf.problems, () => {
      for (const symbol of elfSymbols(elf, table)) {
        if (isFunction(symbol) && symbols.push(symbol) >= MAX_RANGES) return;
      }
    });
    // The full table has what the other has.
    if (symbols.length > 0) break;
  }
  const inOrder = symbols.toSorted((a, b) => Number(a.binding === 'local') - Number(b.binding === 'local') || (a.name < b.name ? -1 : 1));
  return inOrder.flatMap(({ name, value, sizeBytes, section }) => {
    const of = typeof section === 'number' ? byNumber.get(section) : undefined;
    const range = of === undefined ? undefined : rangeIn(elf, of, evenAddress(elf, value), sizeBytes);
    return range === undefined ? [] : [{ ...range, name }];
  });
}

const FUNCTIONS: ReadonlySet<string> = new Set(['func', 'ifunc']);

function isFunction({ name, type, sizeBytes }: ElfSymbol): boolean {
  return FUNCTIONS.has(type) && sizeBytes > 0n && name !== '';
}

/** The lowest bit says which set of instructions is meant. */
function evenAddress({ machine }: ElfFile, address: bigint): bigint {
  return machine === 'arm' || machine === 'mips' ? address & ~1n : address;
}

function placed(elf: ElfFile, sections: readonly ElfSection[], address: bigint, sizeBytes: bigint): CodeRange | undefined {
  const section = sections.find((one) => address >= one.address && address < one.address + BigInt(one.sizeBytes));
  return section === undefined ? undefined : rangeIn(elf, section, address, sizeBytes);
}

/** Undefined where it does not lie in the section, and the section in the file. */
function rangeIn(elf: ElfFile, section: ElfSection, address: bigint, sizeBytes: bigint): CodeRange | undefined {
  const start = elf.type === 'relocatable' ? address : address - section.address;
  if (start < 0n || start + sizeBytes > BigInt(section.sizeBytes) || section.offset + section.sizeBytes > elf.view.sizeBytes) return undefined;
  return { address, sizeBytes: Number(sizeBytes), section: section.index, offset: section.offset + Number(start) };
}

/** The first of each place; later ones are other names of it. */
function distinct(ranges: readonly CodeRange[]): CodeRange[] {
  return ranges.filter(({ section, address }, i) => i === 0 || ranges[i - 1]!.section !== section || ranges[i - 1]!.address !== address);
}

/** The first ones that have so many bytes together. */
function bounded(ranges: readonly CodeRange[], maxBytes: number): CodeRange[] {
  let left = maxBytes;
  return ranges.filter(({ sizeBytes }) => (left -= sizeBytes) >= 0);
}

/** Frames within a function that has a name are parts of it. */
function outside(frames: readonly CodeRange[], named: readonly CodeRange[]): CodeRange[] {
  let next = 0;
  return frames.filter((frame) => {
    while (next < named.length && (named[next]!.section < frame.section || (named[next]!.section === frame.section && named[next]!.address + BigInt(named[next]!.sizeBytes) <= frame.address))) next++;
    const over = named[next];
    return over === undefined || over.section !== frame.section || over.address > frame.address;
  });
}

/** Its bytes. */
export function codeBytes(elf: ElfFile, { offset, sizeBytes }: CodeRange): Buffer {
  return elf.view.slice(offset, sizeBytes);
}

/** Of ranges in order, the one that has the address; of a file that is not relocatable. */
export function rangeAt(ranges: readonly CodeRange[], address: bigint): CodeRange | undefined {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle]!.address <= address) low = middle + 1;
    else high = middle;
  }
  const found = ranges[low - 1];
  return found !== undefined && address < found.address + BigInt(found.sizeBytes) ? found : undefined;
}
