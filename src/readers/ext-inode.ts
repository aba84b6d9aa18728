import { crc32c, crc32cOfNumber } from '../bytes/crc32c.ts';
import type { EntryFacts, Stamp } from './image-content.ts';
import type { ExtVolume } from './ext-volume.ts';

/** Linux Documentation/filesystems/ext4/inodes.rst. */
export interface ExtInode {
  number: number;
  /** Type and permissions, as `st_mode`. */
  mode: number;
  uid: number;
  gid: number;
  sizeBytes: number;
  links: number;
  flags: number;
  /** The 60 bytes that hold block numbers, extents, a short link target, a device number, or data. */
  root: Buffer;
  /** 512-byte units or blocks; only whether there are any is asked. */
  storedUnits: number;
  attributeBlock: number;
  /** The space behind the fixed fields, for attributes. */
  extra: Buffer;
  facts: EntryFacts;
  /** Where the checksums of this inode's own blocks start from. */
  seed: number;
}

export const FLAG = { encrypted: 0x800, indexed: 0x1000, extents: 0x8_0000, attributeInode: 0x20_0000, inlineData: 0x1000_0000 } as const;

const FIXED_BYTES = 128;
const NO_CHECKSUM = Buffer.alloc(2);

export function readExtInode(volume: ExtVolume, number: number, place: () => string): ExtInode {
  const record = volume.inodeRecord(number, place);
  const u16 = (at: number): number => record.readUInt16LE(at);
  const u32 = (at: number): number => record.readUInt32LE(at);
  const extraBytes = record.byteLength > FIXED_BYTES ? Math.min(u16(128), record.byteLength - FIXED_BYTES) : 0;
  const seed = checkedSeed(volume, record, number, extraBytes);
  return {
    number, seed,
    mode: u16(0), uid: u16(2) + u16(120) * 0x1_0000, gid: u16(24) + u16(122) * 0x1_0000,
    sizeBytes: u32(4) + u32(108) * 2 ** 32, links: u16(26), flags: u32(32), storedUnits: u32(28),
    root: record.subarray(40, 100),
    attributeBlock: u32(104) + u16(118) * 2 ** 32,
    extra: record.subarray(FIXED_BYTES + extraBytes),
    facts: stamps(record, extraBytes),
  };
}

function stamps(record: Buffer, extraBytes: number): EntryFacts {
  const stamp = (at: number, extraAt: number): Stamp => {
    const seconds = record.readInt32LE(at);
    if (extraAt + 4 > FIXED_BYTES + extraBytes) return { seconds, nanoseconds: 0 };
    const extra = record.readUInt32LE(extraAt);
    return { seconds: seconds + (extra & 3) * 2 ** 32, nanoseconds: extra >>> 2 };
  };
  const common = { accessed: stamp(8, 140), changed: stamp(12, 132), modified: stamp(16, 136) };
  return FIXED_BYTES + extraBytes >= 148 ? { ...common, created: stamp(144, 148) } : common;
}

function checkedSeed(volume: ExtVolume, record: Buffer, number: number, extraBytes: number): number {
  const { checksumSeed } = volume.ext;
  if (checksumSeed === undefined) return 0;
  const seed = crc32c(crc32cOfNumber(checksumSeed, number), record, 100, 104);
  const hasHighHalf = extraBytes >= 4;
  // The checksum's own two halves count as zeros.
  const upToHigh = crc32c(crc32c(crc32c(seed, record, 0, 124), NO_CHECKSUM), record, 126, hasHighHalf ? 130 : record.byteLength);
  const counted = hasHighHalf ? crc32c(crc32c(upToHigh, NO_CHECKSUM), record, 132) : upToHigh;
  const stated = record.readUInt16LE(124) + (hasHighHalf ? record.readUInt16LE(130) * 0x1_0000 : 0);
  if ((hasHighHalf ? counted : counted & 0xffff) !== stated) volume.reportChecksum(`inode ${number}`);
  return seed;
}
