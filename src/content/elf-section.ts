import { decompress } from '../bytes/decompress.ts';
import { damaged, unsupported } from '../bytes/read-failure.ts';
import type { ElfFile, ElfSection } from './elf.ts';
import { PT, SHF, SHT } from './elf-names.ts';
import { View } from './view.ts';

/** What one section may unpack to: debug information of a large kernel has 0.5 GB. */
const MAX_SECTION_BYTES = 2 ** 30;

export function findSection(elf: ElfFile, name: string): ElfSection | undefined {
  return elf.sections.find((section) => section.name === name);
}

/** As the file holds it; nothing for `nobits`. */
export function storedBytes({ view }: ElfFile, { typeCode, offset, sizeBytes }: ElfSection): Buffer {
  return typeCode === SHT.nobits ? Buffer.alloc(0) : view.slice(offset, sizeBytes);
}

export type SectionCompression = 'zlib' | 'zstd';

/** SHF_COMPRESSED with its header, or the older `.zdebug_` sections. */
export function compressionOf(elf: ElfFile, section: ElfSection): { compression: SectionCompression; headerBytes: number; sizeBytes: number } | undefined {
  if (section.typeCode === SHT.nobits) return undefined;
  if (section.flags & BigInt(SHF.compressed)) {
    const header = sectionView(elf, section);
    const type = header.u32(0);
    const compression = type === 1 ? 'zlib' : type === 2 ? 'zstd' : unsupported(elf.view.place, `compression ${type} of section ${section.name}`);
    return { compression, headerBytes: elf.bits === 64 ? 24 : 12, sizeBytes: elf.bits === 64 ? header.size64(8) : header.u32(4) };
  }
  if (!section.name.startsWith('.zdebug_')) return undefined;
  const header = new View(storedBytes(elf, section), false, elf.view.place);
  return header.sizeBytes >= 12 && header.slice(0, 4).toString('latin1') === 'ZLIB' ? { compression: 'zlib', headerBytes: 12, sizeBytes: header.size64(4) } : undefined;
}

/** Unpacked where it is stored compressed. */
export function sectionBytes(elf: ElfFile, section: ElfSection): Buffer {
  const packed = compressionOf(elf, section);
  const stored = storedBytes(elf, section);
  if (packed === undefined) return stored;
  const place = `section ${section.name}`;
  const { bytes } = decompress(stored.subarray(packed.headerBytes), packed.compression, { place, maxBytes: Math.min(MAX_SECTION_BYTES, packed.sizeBytes) });
  if (bytes.length !== packed.sizeBytes) damaged(place, `unpacks to ${bytes.length} bytes and states ${packed.sizeBytes}`);
  return bytes;
}

export function sectionView(elf: ElfFile, section: ElfSection): View {
  return new View(storedBytes(elf, section), elf.littleEndian, `section ${section.name}`);
}

/** The bytes that are loaded at an address, up to the end of their segment; undefined where none are. */
export function bytesAtAddress({ segments, view }: ElfFile, address: bigint): Buffer | undefined {
  const segment = segments.find(({ typeCode, address: start, fileBytes }) => typeCode === PT.load && address >= start && address < start + BigInt(fileBytes));
  if (segment === undefined) return undefined;
  const skip = Number(address - segment.address);
  return view.slice(segment.offset + skip, segment.fileBytes - skip);
}
