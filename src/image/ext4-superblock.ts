import { CRC32C_START, crc32c, crc32cOfNumber } from '../bytes/crc32c.ts';
import {
  BLOCKS_PER_GROUP, COMPATIBLE_FEATURES, DESCRIPTOR_BYTES, EXTRA_INODE_BYTES, FIRST_INODE, hasSuperblock, INCOMPATIBLE_FEATURES, INODE_BYTES, JOURNAL_INODE,
  READ_ONLY_FEATURES,
} from './ext4-format.ts';
import { groupEnd, groupStart, type Geometry } from './ext4-geometry.ts';
import { blockField } from './ext4-inode.ts';
import type { Layout } from './ext4-layout.ts';

/** What one file system is known by. */
export interface Ext4Identity {
  /** 16 bytes each. */
  uuid: Buffer;
  hashSeed: Buffer;
}

/** Free and used things of one group. */
export interface GroupCount {
  freeBlocks: number;
  freeInodes: number;
  directories: number;
  /** Inodes from the start of the table that are in use. */
  usedInodes: number;
}

export function countGroups({ geometry, inodes, usedBlocks }: Layout): GroupCount[] {
  const lastInode = inodes.at(-1)!.number;
  const directories = Array.from({ length: geometry.groups }, () => 0);
  for (const inode of inodes) if (inode.content.kind === 'directory') directories[Math.floor((inode.number - 1) / geometry.inodesPerGroup)]!++;
  return usedBlocks.map((used, group) => {
    const usedInodes = Math.min(geometry.inodesPerGroup, Math.max(0, lastInode - group * geometry.inodesPerGroup));
    return {
      freeBlocks: groupEnd(geometry, group) - groupStart(group) - used,
      freeInodes: geometry.inodesPerGroup - usedInodes,
      directories: directories[group]!,
      usedInodes,
    };
  });
}

/** The 1,024 bytes of a superblock (ext4/super.rst); `group` says which copy. */
export function superblock(layout: Layout, counts: readonly GroupCount[], identity: Ext4Identity, epochSeconds: number, group: number): Buffer {
  const { geometry } = layout;
  const bytes = Buffer.alloc(1024);
  const u32 = (at: number, ...values: number[]): void => values.forEach((value, index) => bytes.writeUInt32LE(value, at + 4 * index));
  const u16 = (at: number, ...values: number[]): void => values.forEach((value, index) => bytes.writeUInt16LE(value, at + 2 * index));
  const sum = (field: 'freeBlocks' | 'freeInodes'): number => counts.reduce((total, count) => total + count[field], 0);
  u32(0x00, geometry.inodesPerGroup * geometry.groups, geometry.blocks, 0, sum('freeBlocks'), sum('freeInodes'), 0, 2, 2);
  u32(0x20, BLOCKS_PER_GROUP, BLOCKS_PER_GROUP, geometry.inodesPerGroup);
  const time = epochSeconds % 2 ** 32;
  u32(0x30, time);
  // Never mounted, no limit of mounts, magic, clean, go on after errors.
  u16(0x34, 0, 0xffff, 0xef53, 1, 1);
  u32(0x40, time);
  u32(0x4c, 1);
  u32(0x54, FIRST_INODE);
  u16(0x58, INODE_BYTES, group);
  u32(0x5c, COMPATIBLE_FEATURES, INCOMPATIBLE_FEATURES, READ_ONLY_FEATURES);
  bytes.set(identity.uuid, 0x68);
  u32(0xe0, JOURNAL_INODE);
  bytes.set(identity.hashSeed, 0xec);
  // Half MD4 for indexed directories; the journal's inode is backed up below.
  bytes.set([1, 1], 0xfc);
  // Default mount options: user_xattr, acl.
  u32(0x100, 0xc);
  u32(0x108, time);
  const journal = layout.inodes.find(({ number }) => number === JOURNAL_INODE)!;
  bytes.set(blockField(journal), 0x10c);
  u32(0x148, 0, journal.sizeBytes);
  u16(0x15c, EXTRA_INODE_BYTES, EXTRA_INODE_BYTES);
  // Directory hashes are signed; an unset flag would be set on first use, by the host's char.
  u32(0x160, 1);
  // Checksums are CRC-32C.
  bytes[0x175] = 1;
  for (const at of [0x274, 0x276, 0x277]) bytes[at] = Math.floor(epochSeconds / 2 ** 32);
  u32(0x3fc, crc32c(CRC32C_START, bytes.subarray(0, 0x3fc)));
  return bytes;
}

export interface GroupBitmaps { blocks: Buffer; inodes: Buffer }

/** The descriptor of every group (ext4/group_descr.rst); the same bytes in every copy. */
export function descriptors({ geometry }: Layout, counts: readonly GroupCount[], bitmaps: (group: number) => GroupBitmaps, seed: number): Buffer {
  const bytes = Buffer.alloc(geometry.groups * DESCRIPTOR_BYTES);
  counts.forEach((count, group) => {
    const own = bytes.subarray(group * DESCRIPTOR_BYTES, (group + 1) * DESCRIPTOR_BYTES);
    const first = metadataStart(geometry, group);
    const { blocks, inodes } = bitmaps(group);
    own.writeUInt32LE(first, 0);
    own.writeUInt32LE(first + 1, 4);
    own.writeUInt32LE(first + 2, 8);
    own.writeUInt16LE(count.freeBlocks, 12);
    own.writeUInt16LE(count.freeInodes, 14);
    own.writeUInt16LE(count.directories, 16);
    // The inode table is zeroed: nothing is left for the kernel to initialise.
    own.writeUInt16LE(4, 18);
    own.writeUInt16LE(crc32c(seed, blocks) & 0xffff, 0x18);
    own.writeUInt16LE(crc32c(seed, inodes.subarray(0, geometry.inodesPerGroup / 8)) & 0xffff, 0x1a);
    own.writeUInt16LE(count.freeInodes, 0x1c);
    own.writeUInt16LE(crc32c(crc32cOfNumber(seed, group), own) & 0xffff, 0x1e);
  });
  return bytes;
}

/** The block bitmap of a group, its inode bitmap and its inode table follow each other from here. */
export function metadataStart(geometry: Geometry, group: number): number {
  return groupStart(group) + (hasSuperblock(group) ? 1 + geometry.descriptorBlocks : 0);
}
