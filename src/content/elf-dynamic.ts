import type { ElfFile } from './elf.ts';
import { PT, SHT } from './elf-names.ts';
import { bytesAtAddress, sectionView } from './elf-section.ts';
import { linkedStrings } from './elf-symbols.ts';
import { View } from './view.ts';

/** What a program asks of the machine that loads it. */
export interface ElfDynamic {
  needed: string[];
  soname?: string;
  rpath: string[];
  runpath: string[];
  bindNow: boolean;
  positionIndependentExecutable: boolean;
}

const DT = { null: 0, needed: 1, strtab: 5, strsz: 10, soname: 14, rpath: 15, bindNow: 24, runpath: 29, flags: 30, flags1: 0x6ffffffb } as const;
const MAX_ENTRIES = 100_000;

/** From the segment, as the loader reads it; from the section where there is no segment. Undefined for what is not dynamic. */
export function elfDynamic(elf: ElfFile): ElfDynamic | undefined {
  const entries = dynamicEntries(elf);
  if (entries === undefined) return undefined;
  const strings = dynamicStrings(elf, entries);
  const texts = (tag: number): string[] => entries.filter(([found]) => found === tag).map(([, value]) => strings.textIfAny(Number(value)));
  const paths = (tag: number): string[] => texts(tag).flatMap((text) => text.split(':'));
  const flags = (tag: number): bigint => entries.find(([found]) => found === tag)?.[1] ?? 0n;
  const [soname] = texts(DT.soname);
  return {
    needed: texts(DT.needed), ...(soname === undefined ? {} : { soname }), rpath: paths(DT.rpath), runpath: paths(DT.runpath),
    bindNow: (flags(DT.flags) & 8n) !== 0n || (flags(DT.flags1) & 1n) !== 0n || entries.some(([tag]) => tag === DT.bindNow),
    positionIndependentExecutable: (flags(DT.flags1) & 0x08000000n) !== 0n,
  };
}

type Entry = readonly [tag: number, value: bigint];

function dynamicEntries(elf: ElfFile): Entry[] | undefined {
  const segment = elf.segments.find(({ typeCode }) => typeCode === PT.dynamic);
  const section = elf.sections.find(({ typeCode }) => typeCode === SHT.dynamic);
  const view = segment !== undefined ? new View(elf.view.slice(segment.offset, segment.fileBytes), elf.littleEndian, 'the dynamic segment')
    : section !== undefined ? sectionView(elf, section) : undefined;
  if (view === undefined) return undefined;
  const size = elf.bits / 4;
  const entries: Entry[] = [];
  for (let at = 0; at + size <= view.sizeBytes && entries.length < MAX_ENTRIES; at += size) {
    const tag = elf.bits === 64 ? Number(BigInt.asIntN(64, view.u64(at))) : view.i32(at);
    if (tag === DT.null) break;
    entries.push([tag, elf.bits === 64 ? view.u64(at + 8) : BigInt(view.u32(at + 4))]);
  }
  return entries;
}

function dynamicStrings(elf: ElfFile, entries: readonly Entry[]): View {
  const address = entries.find(([tag]) => tag === DT.strtab)?.[1];
  const bytes = address === undefined ? undefined : bytesAtAddress(elf, address);
  const section = elf.sections.find(({ typeCode }) => typeCode === SHT.dynamic);
  if (bytes !== undefined) return new View(bytes, elf.littleEndian, 'the dynamic strings');
  return section === undefined ? new View(Buffer.alloc(0), true, 'the dynamic strings') : linkedStrings(elf, section);
}

/** The program interpreter (the dynamic loader), as the kernel reads it. */
export function elfInterpreter({ segments, view }: ElfFile): string | undefined {
  const segment = segments.find(({ typeCode }) => typeCode === PT.interp);
  return segment === undefined ? undefined : view.slice(segment.offset, segment.fileBytes).toString('latin1').replace(/\0.*$/s, '');
}

export interface NeededVersions {
  /** The library, as in `needed`. */
  file: string;
  versions: string[];
}

/** Symbol versions that are asked of libraries (`.gnu.version_r`): what tells the oldest C library that will do. */
export function neededVersions(elf: ElfFile): NeededVersions[] {
  const section = elf.sections.find(({ typeCode }) => typeCode === SHT.verneed);
  if (section === undefined) return [];
  const view = sectionView(elf, section);
  const strings = linkedStrings(elf, section);
  return chain(view, 0, MAX_VERSIONED_LIBRARIES).map((at) => ({
    file: strings.textIfAny(view.u32(at + 4)),
    versions: chain(view, at + view.u32(at + 8), Math.min(view.u16(at + 2), MAX_VERSIONS)).map((entry) => strings.textIfAny(view.u32(entry + 8))),
  }));
}

/** Chains may share their records: without limits on both, reading them is quadratic. */
const MAX_VERSIONED_LIBRARIES = 500;
const MAX_VERSIONS = 200;

/** Offsets of records that each say how far away the next one is; only forwards, so a chain ends. */
function chain(view: View, start: number, most: number): number[] {
  const offsets: number[] = [];
  for (let at = start; at + 16 <= view.sizeBytes && offsets.length < most;) {
    offsets.push(at);
    const distance = view.u32(at + 12);
    if (distance === 0) break;
    at += distance;
  }
  return offsets;
}
