import { peek, type ByteSource } from '../bytes/byte-source.ts';
import { damaged, truncated } from '../bytes/read-failure.ts';

/** FAT12, FAT16, FAT32: Microsoft's FAT specification of 2000 (fatgen103). Places in bytes from the start of the volume. */
export interface FatVolumeShape {
  format: 'fat12' | 'fat16' | 'fat32';
  sectorBytes: number;
  clusterBytes: number;
  clusters: number;
  fatAt: number;
  fatBytes: number;
  fats: number;
  /** The fixed root directory of FAT12 and FAT16. */
  rootAt: number;
  rootBytes: number;
  /** The first cluster of FAT32's root directory. */
  rootCluster: number;
  /** Where cluster 2, the first, lies. */
  dataAt: number;
  sizeBytes: number;
  volumeId: string;
  label: string;
  madeBy: string;
}

const BOOT_BYTES = 512;
const isPowerOfTwo = (value: number): boolean => value > 0 && (value & (value - 1)) === 0;

/** The signature alone is an MBR's, too: all numbers must make sense. */
export function looksLikeFat(source: ByteSource): boolean {
  const b = peek(source, 0, BOOT_BYTES);
  if (b.byteLength < BOOT_BYTES || b.readUInt16LE(510) !== 0xaa55) return false;
  const jump = (b[0] === 0xeb && b[2] === 0x90) || b[0] === 0xe9;
  const sectorBytes = b.readUInt16LE(11);
  return jump && isPowerOfTwo(sectorBytes) && sectorBytes >= 512 && sectorBytes <= 4096 && isPowerOfTwo(b[13]!) && b.readUInt16LE(14) > 0
    && b[16]! >= 1 && b[16]! <= 4 && b[21]! >= 0xf0 && (b.readUInt16LE(22) > 0 || b.readUInt32LE(36) > 0);
}

export function parseFatBootSector(source: ByteSource): FatVolumeShape {
  const place = 'fat boot sector';
  if (source.sizeBytes < BOOT_BYTES) truncated(place, `is cut off: the image ends at byte ${source.sizeBytes}`);
  if (!looksLikeFat(source)) damaged(place, 'has numbers that make no sense');
  const b = source.read(0, BOOT_BYTES);
  const sectorBytes = b.readUInt16LE(11);
  const fatSectors = b.readUInt16LE(22) || b.readUInt32LE(36);
  const sectors = b.readUInt16LE(19) || b.readUInt32LE(32);
  const fats = b[16]!;
  const rootSectors = Math.ceil((b.readUInt16LE(17) * 32) / sectorBytes);
  const fatAt = b.readUInt16LE(14) * sectorBytes;
  const rootAt = fatAt + fats * fatSectors * sectorBytes;
  const dataAt = rootAt + rootSectors * sectorBytes;
  const clusterBytes = b[13]! * sectorBytes;
  const clusters = Math.floor((sectors * sectorBytes - dataAt) / clusterBytes);
  if (clusters < 1) damaged(place, `leaves no room for a cluster in ${sectors} sectors`);
  const isFat32 = b.readUInt16LE(22) === 0;
  const format = isFat32 ? 'fat32' : clusters < 4085 ? 'fat12' : 'fat16';
  const bits = { fat12: 12, fat16: 16, fat32: 32 }[format];
  if (Math.ceil(((clusters + 2) * bits) / 8) > fatSectors * sectorBytes) damaged(place, `has a table of ${fatSectors} sectors for ${clusters} clusters`);
  const names = isFat32 ? 67 : 39;
  return {
    format, sectorBytes, clusterBytes, clusters, fatAt, fatBytes: fatSectors * sectorBytes, fats, rootAt, rootBytes: rootSectors * sectorBytes,
    rootCluster: isFat32 ? b.readUInt32LE(44) : 0, dataAt, sizeBytes: sectors * sectorBytes,
    volumeId: `0x${b.readUInt32LE(names).toString(16).padStart(8, '0')}`, label: b.toString('latin1', names + 4, names + 15).trimEnd(), madeBy: b.toString('latin1', 3, 11).trimEnd(),
  };
}
