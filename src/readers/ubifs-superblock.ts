import type { ByteSource } from '../bytes/byte-source.ts';
import { damaged, truncated, unsupported } from '../bytes/read-failure.ts';
import { uuidText } from './id-text.ts';
import type { LayoutFacts } from './image-content.ts';
import { unsigned64 } from './numbers.ts';
import { NODE, nodeOf } from './ubifs-node.ts';

export interface UbifsSuperblock {
  blockBytes: number;
  blocks: number;
  minWriteBytes: number;
  logBlocks: number;
  /** Behind each branch of an index, where nodes are authenticated. */
  hashBytes: number;
  layout: LayoutFacts;
}

export const MASTER_BLOCKS = [1, 2] as const;
export const FIRST_LOG_BLOCK = 3;
const SUPERBLOCK_BYTES = 128;
const MAX_BLOCK_BYTES = 16 * 2 ** 20;
/** Version 5 is 4 with encryption and authentication. */
const MAX_VERSION = 5;
const FLAG = { authenticated: 0x20 } as const;
const KNOWN_FLAGS = 0x3e;
const COMPRESSORS = ['none', 'lzo', 'zlib', 'zstd'] as const;
/** Linux include/uapi/linux/hash_info.h: number to bytes. */
const HASH_BYTES: Readonly<Record<number, number>> = { 1: 16, 2: 20, 4: 32, 5: 48, 6: 64, 7: 28 };

export function parseUbifsSuperblock(source: ByteSource): UbifsSuperblock {
  const place = 'ubifs superblock';
  const b = nodeOf(source, 0, NODE.superblock, SUPERBLOCK_BYTES, place).bytes;
  const u32 = (at: number): number => b.readUInt32LE(at);
  const [version, flags, blockBytes, blocks] = [u32(80), u32(28), u32(36), u32(40)];
  if (version > MAX_VERSION) unsupported(place, `ubifs version ${version}`);
  if (b[27] !== 0) unsupported(place, `the ubifs key format ${b[27]}`);
  if ((flags & ~KNOWN_FLAGS) !== 0) unsupported(place, `the ubifs features 0x${flags.toString(16)}`);
  if (blockBytes < 1024 || blockBytes > MAX_BLOCK_BYTES || blockBytes % 8 !== 0) damaged(place, `has blocks of ${blockBytes} bytes`);
  if (u32(32) < 8 || u32(32) > blockBytes) damaged(place, `writes ${u32(32)} bytes at once`);
  if (source.sizeBytes < FIRST_LOG_BLOCK * blockBytes) truncated(place, `is followed by less than its master nodes: the image ends at byte ${source.sizeBytes}`);
  const hash = b.byteLength >= 258 ? b.readUInt16LE(256) : 0;
  const hashBytes = (flags & FLAG.authenticated) === 0 ? 0 : HASH_BYTES[hash] ?? unsupported(place, `ubifs authenticated with hash ${hash}`);
  return {
    blockBytes, blocks, minWriteBytes: u32(32), logBlocks: u32(56), hashBytes,
    layout: {
      uuid: uuidText(b.subarray(108, 124)), blockBytes, blocks, maxBlocks: u32(44), minWriteBytes: u32(32), logBlocks: u32(56), fanout: u32(72), journalHeads: u32(68),
      maxJournalBytes: unsigned64(b, 48), defaultCompressor: COMPRESSORS[b.readUInt16LE(84)] ?? `number ${b.readUInt16LE(84)}`, version, flags: `0x${flags.toString(16)}`, keyHash: b[26] === 0 ? 'r5' : 'test',
    },
  };
}

export interface UbifsMaster {
  commit: number;
  isDirty: boolean;
  hasOrphans: boolean;
  logBlock: number;
  /** Place of the root of the index, in bytes of the volume. */
  rootAt: number;
  highestInode: number;
}

const MASTER_BYTES = 60;
const MASTER_FLAG = { dirty: 1, noOrphans: 2 } as const;
export const MASTER_NODE_BYTES = 512;

export function masterOf(bytes: Buffer, { blockBytes }: UbifsSuperblock, place: string): UbifsMaster {
  if (bytes.byteLength < MASTER_BYTES) damaged(place, `has ${bytes.byteLength} bytes`);
  const u32 = (at: number): number => bytes.readUInt32LE(at);
  if (u32(52) >= blockBytes) damaged(place, `names byte ${u32(52)} of a block of ${blockBytes}`);
  return {
    commit: unsigned64(bytes, 32), isDirty: (u32(40) & MASTER_FLAG.dirty) !== 0, hasOrphans: (u32(40) & MASTER_FLAG.noOrphans) === 0, logBlock: u32(44), rootAt: u32(48) * blockBytes + u32(52),
    highestInode: unsigned64(bytes, 24),
  };
}
