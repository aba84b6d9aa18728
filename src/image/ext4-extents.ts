import { Failure } from '../foundation/failure.ts';
import { crc32c } from '../bytes/crc32c.ts';
import { BLOCK_BYTES } from './ext4-format.ts';

/** A run of blocks on the disk. */
export interface Run {
  start: number;
  blocks: number;
}

/** Extent trees of depth 0 or 1 (ext4/ifork.rst). */
const IN_INODE = 4;
const IN_LEAF = 340;
const MAGIC = 0xf30a;
/** The longest run that one extent can name and still count as written. */
export const LONGEST_EXTENT = 32_768;

/** Leaf blocks that so many runs need beside the inode. */
export function leafCount(runs: number): number {
  return runs <= IN_INODE ? 0 : Math.ceil(runs / IN_LEAF);
}

/** The 60 bytes in the inode. */
export function extentRoot(runs: readonly Run[], leaves: readonly number[]): Buffer {
  const bytes = Buffer.alloc(60);
  if (leaves.length === 0) {
    header(bytes, runs.length, IN_INODE, 0);
    entries(bytes, runs, 0);
    return bytes;
  }
  if (leaves.length > IN_INODE) throw new Failure('IMAGE.TOO_LARGE', `ext4: a file lies in ${runs.length} pieces, ${IN_INODE * IN_LEAF} can be named`);
  header(bytes, leaves.length, IN_INODE, 1);
  leaves.forEach((leaf, index) => {
    const at = 12 + index * 12;
    bytes.writeUInt32LE(blocksBefore(runs, index * IN_LEAF), at);
    bytes.writeUInt32LE(leaf, at + 4);
  });
  return bytes;
}

/** The block of leaf number `index`; `seed` is the inode's checksum seed. */
export function extentLeaf(runs: readonly Run[], index: number, seed: number): Buffer {
  const bytes = Buffer.alloc(BLOCK_BYTES);
  const own = runs.slice(index * IN_LEAF, (index + 1) * IN_LEAF);
  header(bytes, own.length, IN_LEAF, 0);
  entries(bytes, own, blocksBefore(runs, index * IN_LEAF));
  const tail = 12 + IN_LEAF * 12;
  bytes.writeUInt32LE(crc32c(seed, bytes.subarray(0, tail)), tail);
  return bytes;
}

function header(bytes: Buffer, count: number, max: number, depth: number): void {
  bytes.writeUInt16LE(MAGIC, 0);
  bytes.writeUInt16LE(count, 2);
  bytes.writeUInt16LE(max, 4);
  bytes.writeUInt16LE(depth, 6);
}

function entries(bytes: Buffer, runs: readonly Run[], firstLogical: number): void {
  let logical = firstLogical;
  runs.forEach(({ start, blocks }, index) => {
    const at = 12 + index * 12;
    bytes.writeUInt32LE(logical, at);
    bytes.writeUInt16LE(blocks, at + 4);
    bytes.writeUInt32LE(start, at + 8);
    logical += blocks;
  });
}

function blocksBefore(runs: readonly Run[], index: number): number {
  return runs.slice(0, index).reduce((sum, run) => sum + run.blocks, 0);
}
