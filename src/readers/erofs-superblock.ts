import { peek, type ByteSource } from '../bytes/byte-source.ts';
import { CRC32C_START, crc32c } from '../bytes/crc32c.ts';
import { damaged, truncated, unsupported } from '../bytes/read-failure.ts';
import { uuidText } from './id-text.ts';
import type { LayoutFacts } from './image-content.ts';
import { unsigned64 } from './numbers.ts';

/** erofs, Linux fs/erofs/erofs_fs.h. */
export interface ErofsSuperblock {
  blockBytes: number;
  rootNid: number;
  packedNid: number;
  /** Where inode 0 would lie: an inode's place is 32 bytes times its number from here. */
  metaAt: number;
  xattrAt: number;
  madeAt: number;
  madeAtNanoseconds: number;
  blocks: number;
  /** Compressed data stands at the end of its blocks, zeros before it. */
  zeroPadded: boolean;
  checksumMatches: boolean;
  layout: LayoutFacts;
}

const SUPERBLOCK_AT = 1024;
const SUPERBLOCK_BYTES = 128;
const MAGIC = 0xe0f5_e1e2;
const COMPAT_CHECKSUM = 1;
/** Some bits have two names: 2 is compressor settings and big clusters, 8 devices and a second compressor, 0x20 fragments and deduplication. */
const INCOMPAT = { zeroPadding: 0x1, bigClusters: 0x2, chunks: 0x4, devices: 0x8, tailPacking: 0x10, fragments: 0x20, prefixes: 0x40 } as const;
const KNOWN_INCOMPAT = Object.values(INCOMPAT).reduce((all, bit) => all | bit, 0);

export function looksLikeErofs(source: ByteSource): boolean {
  const bytes = peek(source, SUPERBLOCK_AT, 4);
  return bytes.byteLength === 4 && bytes.readUInt32LE(0) === MAGIC;
}

export function parseErofsSuperblock(source: ByteSource): ErofsSuperblock {
  const place = 'erofs superblock';
  if (source.sizeBytes < SUPERBLOCK_AT + SUPERBLOCK_BYTES) truncated(place, `is cut off: the image ends at byte ${source.sizeBytes}`);
  const b = source.read(SUPERBLOCK_AT, SUPERBLOCK_BYTES);
  if (b.readUInt32LE(0) !== MAGIC) damaged(place, 'has no magic number');
  const blockBits = b[12]!;
  if (blockBits < 9 || blockBits > 16) damaged(place, `has blocks of 2^${blockBits} bytes`);
  const incompat = b.readUInt32LE(80);
  const unknown = incompat & ~KNOWN_INCOMPAT;
  if (unknown !== 0) unsupported(place, `the incompatible erofs feature 0x${(unknown >>> 0).toString(16)}`);
  if (b.readUInt16LE(86) > 0) unsupported(place, 'erofs over several devices');
  if (b[90] !== 0) unsupported(place, 'erofs with directory blocks of another size');
  const blockBytes = 2 ** blockBits;
  const compat = b.readUInt32LE(8);
  const blocks = b.readUInt32LE(36);
  return {
    blockBytes, blocks, rootNid: b.readUInt16LE(14), packedNid: (incompat & INCOMPAT.fragments) === 0 ? 0 : unsigned64(b, 96),
    metaAt: b.readUInt32LE(40) * blockBytes, xattrAt: b.readUInt32LE(44) * blockBytes, madeAt: unsigned64(b, 24), madeAtNanoseconds: b.readUInt32LE(32),
    zeroPadded: (incompat & INCOMPAT.zeroPadding) !== 0,
    checksumMatches: (compat & COMPAT_CHECKSUM) === 0 || checksum(source, blockBytes) === b.readUInt32LE(4),
    layout: {
      uuid: uuidText(b.subarray(48, 64)), volumeName: b.toString('latin1', 64, 80).replace(/\0.*$/s, ''), blockBytes, blocks, inodes: unsigned64(b, 16), madeAt: unsigned64(b, 24),
      featuresCompatible: `0x${compat.toString(16)}`, featuresIncompatible: `0x${incompat.toString(16)}`, algorithms: `0x${b.readUInt16LE(84).toString(16)}`,
    },
  };
}

/** Of the superblock's block from the superblock on, its own four bytes as zeros. */
function checksum(source: ByteSource, blockBytes: number): number | undefined {
  const length = blockBytes > SUPERBLOCK_AT ? blockBytes - SUPERBLOCK_AT : blockBytes;
  if (SUPERBLOCK_AT + length > source.sizeBytes) return undefined;
  const bytes = Buffer.from(source.read(SUPERBLOCK_AT, length));
  bytes.writeUInt32LE(0, 4);
  return crc32c(CRC32C_START, bytes);
}
