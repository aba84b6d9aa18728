import { peek, type ByteSource } from '../bytes/byte-source.ts';
import type { BlockCodec } from '../bytes/block-codec.ts';
import { damaged, truncated, unsupported } from '../bytes/read-failure.ts';
import { unsigned64 } from './numbers.ts';

/** squashfs 4.0, Linux Documentation/filesystems/squashfs.rst. Positions are bytes of the image; NO_TABLE: there is none. */
export interface SquashfsSuperblock {
  inodes: number;
  madeAt: number;
  blockBytes: number;
  fragments: number;
  compressor: string;
  codec: BlockCodec;
  flags: number;
  ids: number;
  rootInode: number;
  bytesUsed: number;
  idTable: number;
  xattrTable: number;
  inodeTable: number;
  directoryTable: number;
  fragmentTable: number;
  exportTable: number;
}

/** All bits set, as near as a double comes. */
export const NO_TABLE = 2 ** 64;
const SUPERBLOCK_BYTES = 96;
const MAGIC = 0x7371_7368;
const COMPRESSORS: Readonly<Record<number, readonly [string, BlockCodec | undefined]>> = {
  1: ['gzip', 'zlib'], 2: ['lzma', 'lzma'], 3: ['lzo', 'lzo'], 4: ['xz', 'xz'], 5: ['lz4', 'lz4'], 6: ['zstd', 'zstd'],
};

export function looksLikeSquashfs(source: ByteSource): boolean {
  const bytes = peek(source, 0, 32);
  if (bytes.byteLength < 32) return false;
  const magic = bytes.readUInt32LE(0);
  return magic === MAGIC || magic === swapped(MAGIC);
}

export function parseSquashfsSuperblock(source: ByteSource): SquashfsSuperblock {
  const place = 'squashfs superblock';
  if (source.sizeBytes < SUPERBLOCK_BYTES) truncated(place, `is cut off: the image ends at byte ${source.sizeBytes}`);
  const bytes = source.read(0, SUPERBLOCK_BYTES);
  const u16 = (at: number): number => bytes.readUInt16LE(at);
  const u32 = (at: number): number => bytes.readUInt32LE(at);
  if (u32(0) === swapped(MAGIC)) unsupported(place, 'big-endian squashfs (before version 4)');
  if (u32(0) !== MAGIC) damaged(place, 'has no magic number');
  if (u16(28) !== 4 || u16(30) !== 0) unsupported(place, `squashfs version ${u16(28)}.${u16(30)}`);
  const [compressor, codec] = COMPRESSORS[u16(20)] ?? [`number ${u16(20)}`, undefined];
  if (codec === undefined) unsupported(place, `squashfs with compressor ${compressor}`);
  const blockBytes = u32(12);
  if (blockBytes < 4096 || blockBytes > 2 ** 20 || blockBytes !== 2 ** u16(22)) damaged(place, `has blocks of ${blockBytes} bytes, and of 2^${u16(22)}`);
  const bytesUsed = unsigned64(bytes, 40);
  if (bytesUsed > source.sizeBytes) truncated(place, `states ${bytesUsed} bytes, the image ends at byte ${source.sizeBytes}`);
  return {
    inodes: u32(4), madeAt: u32(8), blockBytes, fragments: u32(16), compressor, codec, flags: u16(24), ids: u16(26), bytesUsed,
    rootInode: unsigned64(bytes, 32), idTable: unsigned64(bytes, 48), xattrTable: unsigned64(bytes, 56), inodeTable: unsigned64(bytes, 64),
    directoryTable: unsigned64(bytes, 72), fragmentTable: unsigned64(bytes, 80), exportTable: unsigned64(bytes, 88),
  };
}

function swapped(value: number): number {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.readUInt32BE(0);
}
