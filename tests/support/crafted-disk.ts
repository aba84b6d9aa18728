import { crc32 } from 'node:zlib';

export interface CraftedPartition { name: string; type?: string; id?: string; bytes: Buffer }

const SECTOR = 512;
const FIRST = 2048;
const LINUX = '0FC63DAF-8483-4772-8E79-3D69D8477DE4';

/** A GPT with its copy at the end; partitions one after the other, each at a multiple of 1 MiB. */
export function craftGpt(partitions: readonly CraftedPartition[], diskId = '11111111-2222-3333-4444-555555555555'): Buffer {
  let at = FIRST;
  const placed = partitions.map((partition) => {
    const sectors = Math.ceil(partition.bytes.length / SECTOR);
    const first = at;
    at += Math.ceil(sectors / FIRST) * FIRST;
    return { ...partition, first, last: first + sectors - 1 };
  });
  const sectors = at + 33;
  const disk = Buffer.alloc(sectors * SECTOR);
  disk.set([0, 0, 2, 0, 0xee, 0xff, 0xff, 0xff, 1], 446);
  disk.writeUInt32LE(sectors - 1, 458);
  disk.writeUInt16LE(0xaa55, 510);
  const entries = Buffer.alloc(128 * 128);
  placed.forEach(({ name, type = LINUX, id, first, last, bytes }, i) => {
    bytes.copy(disk, first * SECTOR);
    const entry = entries.subarray(128 * i);
    guid(type).copy(entry);
    guid(id ?? `00000000-0000-4000-8000-00000000000${i + 1}`).copy(entry, 16);
    entry.writeBigUInt64LE(BigInt(first), 32);
    entry.writeBigUInt64LE(BigInt(last), 40);
    entry.write(name, 56, 'utf16le');
  });
  const header = (own: number, other: number, table: number): Buffer => {
    const bytes = Buffer.alloc(92);
    bytes.write('EFI PART');
    bytes.writeUInt32LE(0x10000, 8);
    bytes.writeUInt32LE(92, 12);
    ([[24, own], [32, other], [40, 34], [48, sectors - 34], [72, table]] as const).forEach(([offset, value]) => bytes.writeBigUInt64LE(BigInt(value), offset));
    guid(diskId).copy(bytes, 56);
    ([[80, 128], [84, 128], [88, crc32(entries)]] as const).forEach(([offset, value]) => bytes.writeUInt32LE(value, offset));
    bytes.writeUInt32LE(crc32(bytes), 16);
    return bytes;
  };
  header(1, sectors - 1, 2).copy(disk, SECTOR);
  entries.copy(disk, 2 * SECTOR);
  entries.copy(disk, (sectors - 33) * SECTOR);
  header(sectors - 1, 1, sectors - 33).copy(disk, (sectors - 1) * SECTOR);
  return disk;
}

/** The first three groups are little-endian. */
function guid(text: string): Buffer {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}
