import type { ElfFile, ElfSection } from './elf.ts';
import { SHT } from './elf-names.ts';
import { sectionBytes, sectionView } from './elf-section.ts';
import { View } from './view.ts';

/** Relocations that store `symbol + addend`, with their width; debug sections of relocatable files use no others for strings. */
const ABSOLUTE: Readonly<Record<string, Readonly<Record<number, 4 | 8>>>> = {
  'x86_64': { 1: 8, 10: 4, 11: 4 }, 'i386': { 1: 4 }, 'aarch64': { 257: 8, 258: 4 }, 'arm': { 2: 4 }, 'riscv': { 1: 4, 2: 8 }, 'mips': { 2: 4, 18: 8 },
  'powerpc': { 1: 4 }, 'powerpc64': { 1: 4, 38: 8 }, 's390': { 4: 4, 22: 8 }, 'loongarch': { 1: 4, 2: 8 }, 'sparcv9': { 3: 4, 32: 8 }, 'superh': { 1: 4 },
};

/** A section of a relocatable file as the linker would fill it in, its own address being 0; of any other file as it is. */
export function relocatedBytes(elf: ElfFile, section: ElfSection, bytes: Buffer): Buffer {
  const widths = ABSOLUTE[elf.machine];
  const tables = elf.type === 'relocatable' ? elf.sections.filter(({ typeCode, info }) => (typeCode === SHT.rela || typeCode === SHT.rel) && info === section.index) : [];
  if (widths === undefined || tables.length === 0) return bytes;
  const patched = Buffer.from(bytes);
  for (const table of tables) applyTable(elf, table, widths, patched);
  return patched;
}

function applyTable(elf: ElfFile, table: ElfSection, widths: Readonly<Record<number, 4 | 8>>, patched: Buffer): void {
  const entries = new View(sectionBytes(elf, table), elf.littleEndian, `section ${table.name}`);
  const symbols = elf.sections[table.link - 1];
  const values = symbols === undefined ? undefined : sectionView(elf, symbols);
  const stated = table.typeCode === SHT.rela;
  const wide = elf.bits === 64;
  const entryBytes = (wide ? 16 : 8) + (stated ? (wide ? 8 : 4) : 0);
  for (let at = 0; at + entryBytes <= entries.sizeBytes; at += entryBytes) {
    const offset = wide ? entries.size64(at) : entries.u32(at);
    const { symbol, type } = targetOf(elf, entries, at);
    const width = widths[type];
    if (width === undefined || offset + width > patched.length) continue;
    const field = new View(patched, elf.littleEndian, 'a relocation');
    const addend = stated ? (wide ? entries.u64(at + 16) : BigInt(entries.u32(at + 8))) : width === 8 ? field.u64(offset) : BigInt(field.u32(offset));
    write(patched, elf.littleEndian, offset, width, addend + symbolValue(values, wide, symbol));
  }
}

/** Which symbol, and in what way. */
export function targetOf(elf: ElfFile, entries: View, at: number): { symbol: number; type: number } {
  if (elf.bits === 32) {
    const info = entries.u32(at + 4);
    return { symbol: info >>> 8, type: info & 255 };
  }
  // MIPS in little endian stores the symbol first and three types, the last of which comes last.
  if (elf.machine === 'mips' && elf.littleEndian) return { symbol: entries.u32(at + 8), type: entries.u8(at + 15) };
  const info = entries.u64(at + 8);
  const type = Number(info & 0xffffffffn);
  return { symbol: Number(info >> 32n), type: elf.machine === 'mips' || elf.machine === 'sparcv9' ? type & 255 : type };
}

function symbolValue(symbols: View | undefined, wide: boolean, index: number): bigint {
  const at = index * (wide ? 24 : 16);
  if (symbols === undefined || at + (wide ? 24 : 16) > symbols.sizeBytes) return 0n;
  return wide ? symbols.u64(at + 8) : BigInt(symbols.u32(at + 4));
}

function write(bytes: Buffer, littleEndian: boolean, at: number, width: 4 | 8, value: bigint): void {
  const little = Buffer.alloc(8);
  little.writeBigUInt64LE(BigInt.asUintN(64, value));
  const field = little.subarray(0, width);
  bytes.set(littleEndian ? field : field.reverse(), at);
}
