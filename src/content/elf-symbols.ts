import type { ElfFile, ElfSection } from './elf.ts';
import { SHT, symbolBinding, symbolType, symbolVisibility } from './elf-names.ts';
import { sectionView } from './elf-section.ts';
import { View } from './view.ts';

export interface ElfSymbol {
  /** Latin-1; a name that lies outside its table is empty. */
  name: string;
  value: bigint;
  sizeBytes: bigint;
  type: string;
  binding: string;
  visibility: string;
  /** Number of the section; `undefined` for a symbol that is defined elsewhere. */
  section: number | 'absolute' | 'common' | undefined;
}

export type SymbolTable = 'symtab' | 'dynsym';

const SPECIAL: ReadonlyMap<number, ElfSymbol['section']> = new Map<number, ElfSymbol['section']>([[0, undefined], [0xfff1, 'absolute'], [0xfff2, 'common']]);
const EXTENDED_INDEX = 0xffff;

/** The symbols of a table in its order, without the null symbol; none where there is no such table. Throws BYTES.* where it is damaged. */
export function* elfSymbols(elf: ElfFile, which: SymbolTable): Generator<ElfSymbol> {
  const table = elf.sections.find(({ typeCode }) => typeCode === SHT[which]);
  if (table === undefined) return;
  const view = sectionView(elf, table);
  const strings = linkedStrings(elf, table);
  const extended = elf.sections.find(({ typeCode, link }) => typeCode === SHT.symtabShndx && link === table.index);
  const indexes = extended === undefined ? undefined : sectionView(elf, extended);
  const entryBytes = elf.bits === 64 ? 24 : 16;
  for (let at = entryBytes, number = 1; at + entryBytes <= view.sizeBytes; at += entryBytes, number++) {
    const raw = elf.bits === 64 ? wideSymbol(view, at) : narrowSymbol(view, at);
    const index = raw.index === EXTENDED_INDEX && indexes !== undefined ? indexes.u32(4 * number) : raw.index;
    yield {
      name: strings.textIfAny(raw.nameOffset), value: raw.value, sizeBytes: raw.sizeBytes, type: symbolType(raw.info & 15), binding: symbolBinding(raw.info >> 4),
      visibility: symbolVisibility(raw.other & 3), section: SPECIAL.has(index) ? SPECIAL.get(index) : index,
    };
  }
}

interface RawSymbol { nameOffset: number; info: number; other: number; index: number; value: bigint; sizeBytes: bigint }

function wideSymbol(view: View, at: number): RawSymbol {
  return { nameOffset: view.u32(at), info: view.u8(at + 4), other: view.u8(at + 5), index: view.u16(at + 6), value: view.u64(at + 8), sizeBytes: view.u64(at + 16) };
}

function narrowSymbol(view: View, at: number): RawSymbol {
  return {
    nameOffset: view.u32(at), info: view.u8(at + 12), other: view.u8(at + 13), index: view.u16(at + 14), value: BigInt(view.u32(at + 4)), sizeBytes: BigInt(view.u32(at + 8)),
  };
}

/** The string table that a section links to; an empty one where it links to nothing. */
export function linkedStrings(elf: ElfFile, { link }: ElfSection): View {
  const section = elf.sections[link - 1];
  return section === undefined ? new View(Buffer.alloc(0), true, 'strings') : sectionView(elf, section);
}
