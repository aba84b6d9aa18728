import { targetOf } from './elf-relocation.ts';
import type { ElfFile, ElfSection } from './elf.ts';
import { SHT } from './elf-names.ts';
import { sectionView } from './elf-section.ts';
import { elfSymbols } from './elf-symbols.ts';
import { tolerate } from './problem.ts';

/** A place that the linker or the loader fills in, and with what. */
export interface Relocation {
  /** The section that is filled in; 0 where the table is the loader's, and `offset` an address. */
  section: number;
  offset: bigint;
  type: number;
  /** Name of the symbol, of a section for its start; empty where there is none. */
  symbol: string;
  /** 0 where it stands in the place itself. */
  addend: bigint;
}

const MAX_RELOCATIONS = 1_000_000;

/** Of all tables, in their order. */
export function relocations(elf: ElfFile): Relocation[] {
  const found: Relocation[] = [];
  for (const table of elf.sections.filter(({ typeCode }) => typeCode === SHT.rela || typeCode === SHT.rel)) {
    tolerate(elf.problems, () => {
      const names = namesOf(elf, table);
      for (const relocation of entriesOf(elf, table, names)) if (found.push(relocation) >= MAX_RELOCATIONS) return;
    });
  }
  return found;
}

function namesOf(elf: ElfFile, { link }: ElfSection): string[] {
  const table = elf.sections[link - 1];
  if (table === undefined || (table.typeCode !== SHT.symtab && table.typeCode !== SHT.dynsym)) return [];
  const names = [''];
  for (const { name, type, section } of elfSymbols(elf, table.typeCode === SHT.symtab ? 'symtab' : 'dynsym')) {
    names.push(name === '' && type === 'section' && typeof section === 'number' ? elf.sections[section - 1]?.name ?? '' : name);
    if (names.length > MAX_RELOCATIONS) break;
  }
  return names;
}

function* entriesOf(elf: ElfFile, table: ElfSection, names: readonly string[]): Generator<Relocation> {
  const view = sectionView(elf, table);
  const isStated = table.typeCode === SHT.rela;
  const wide = elf.bits === 64;
  const entryBytes = (wide ? 16 : 8) + (isStated ? (wide ? 8 : 4) : 0);
  const section = elf.type === 'relocatable' ? table.info : 0;
  for (let at = 0; at + entryBytes <= view.sizeBytes; at += entryBytes) {
    const { symbol, type } = targetOf(elf, view, at);
    yield {
      section, type, symbol: names[symbol] ?? '', offset: wide ? view.u64(at) : BigInt(view.u32(at)),
      addend: isStated ? (wide ? BigInt.asIntN(64, view.u64(at + 16)) : BigInt(view.i32(at + 8))) : 0n,
    };
  }
}
