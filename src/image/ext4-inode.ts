import { crc32c, crc32cOfNumber } from '../bytes/crc32c.ts';
import { EXTRA_INODE_BYTES, INODE_BYTES } from './ext4-format.ts';
import type { PlacedInode } from './ext4-layout.ts';
import { extentRoot } from './ext4-extents.ts';

const EXTENTS_FLAG = 0x8_0000;
const CHECKSUM_LOW = 0x7c;
const CHECKSUM_HIGH = 0x82;

/** Checksums of all that belongs to one inode start here; its generation is 0. */
export function inodeSeed(seed: number, number: number): number {
  return crc32cOfNumber(crc32cOfNumber(seed, number), 0);
}

/** An inode that is reserved and unused: nothing but its checksum. */
export function emptyInode(number: number, seed: number): Buffer {
  const bytes = Buffer.alloc(INODE_BYTES);
  bytes.writeUInt16LE(crc32c(inodeSeed(seed, number), bytes) & 0xffff, CHECKSUM_LOW);
  return bytes;
}

/** The 256 bytes of an inode (ext4/inodes.rst): all four times are the epoch. */
export function encodeInode(inode: PlacedInode, epochSeconds: number, seed: number): Buffer {
  const bytes = Buffer.alloc(INODE_BYTES);
  const low = epochSeconds % 2 ** 32;
  const extra = epochBits(epochSeconds);
  bytes.writeUInt16LE(inode.mode, 0);
  bytes.writeUInt16LE(inode.uid & 0xffff, 2);
  bytes.writeUInt32LE(inode.sizeBytes % 2 ** 32, 4);
  for (const at of [8, 12, 16, 0x90]) bytes.writeUInt32LE(low, at);
  bytes.writeUInt16LE(inode.gid & 0xffff, 0x18);
  bytes.writeUInt16LE(inode.links, 0x1a);
  const sectors = 8 * blocksOf(inode);
  bytes.writeUInt32LE(sectors % 2 ** 32, 0x1c);
  bytes.writeUInt32LE(hasExtents(inode) ? EXTENTS_FLAG : 0, 0x20);
  bytes.set(blockField(inode), 0x28);
  bytes.writeUInt32LE(inode.xattrBlock, 0x68);
  bytes.writeUInt32LE(Math.floor(inode.sizeBytes / 2 ** 32), 0x6c);
  bytes.writeUInt16LE(Math.floor(sectors / 2 ** 32), 0x74);
  bytes.writeUInt16LE(inode.uid >>> 16, 0x78);
  bytes.writeUInt16LE(inode.gid >>> 16, 0x7a);
  bytes.writeUInt16LE(EXTRA_INODE_BYTES, 0x80);
  for (const at of [0x84, 0x88, 0x8c, 0x94]) bytes.writeUInt32LE(extra, at);
  bytes.set(inode.xattrs.inInode, 128 + EXTRA_INODE_BYTES);
  const checksum = crc32c(inodeSeed(seed, inode.number), bytes);
  bytes.writeUInt16LE(checksum & 0xffff, CHECKSUM_LOW);
  bytes.writeUInt16LE(checksum >>> 16, CHECKSUM_HIGH);
  return bytes;
}

/** Bits 32 and 33 of the seconds, counted from the signed low half; no nanoseconds. */
function epochBits(epochSeconds: number): number {
  const low = epochSeconds % 2 ** 32;
  const signedLow = low >= 2 ** 31 ? low - 2 ** 32 : low;
  return ((epochSeconds - signedLow) / 2 ** 32) & 3;
}

function blocksOf(inode: PlacedInode): number {
  return inode.runs.reduce((sum, run) => sum + run.blocks, 0) + inode.leaves.length + (inode.xattrBlock === 0 ? 0 : 1);
}

function hasExtents({ content: { kind } }: PlacedInode): boolean {
  return kind === 'file' || kind === 'directory' || kind === 'long-symlink' || kind === 'journal';
}

/** i_block: an extent tree, the target of a short symlink, or a device number in the old or the new form. */
export function blockField(inode: PlacedInode): Buffer {
  const { content } = inode;
  if (hasExtents(inode)) return extentRoot(inode.runs, inode.leaves);
  const bytes = Buffer.alloc(60);
  if (content.kind === 'short-symlink') bytes.write(content.target, 'latin1');
  if (content.kind === 'device') {
    const { major, minor } = content;
    if (major < 256 && minor < 256) bytes.writeUInt32LE((major << 8) | minor, 0);
    else bytes.writeUInt32LE(((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0, 4);
  }
  return bytes;
}
