/**
 * The choices of our ext4, all in one place (names and numbers: Linux, Documentation/filesystems/ext4/).
 * 4 KiB blocks, 256-byte inodes, one group's metadata at its own start (no flex_bg), 32-bit block numbers.
 */
export const BLOCK_BYTES = 4096;
export const BLOCKS_PER_GROUP = 8 * BLOCK_BYTES;
export const MAX_INODES_PER_GROUP = 8 * BLOCK_BYTES;
export const INODE_BYTES = 256;
export const INODES_PER_BLOCK = BLOCK_BYTES / INODE_BYTES;
export const DESCRIPTOR_BYTES = 32;
export const DESCRIPTORS_PER_BLOCK = BLOCK_BYTES / DESCRIPTOR_BYTES;
/** Inode fields beyond the first 128 bytes: times in full, project id. */
export const EXTRA_INODE_BYTES = 32;

export const ROOT_INODE = 2;
export const JOURNAL_INODE = 8;
export const FIRST_INODE = 11;
export const LOST_AND_FOUND = 'lost+found';

/** has_journal, ext_attr, dir_index. */
export const COMPATIBLE_FEATURES = 0x4 | 0x8 | 0x20;
/** filetype, extents. */
export const INCOMPATIBLE_FEATURES = 0x2 | 0x40;
/** sparse_super, large_file, dir_nlink, extra_isize, metadata_csum. */
export const READ_ONLY_FEATURES = 0x1 | 0x2 | 0x20 | 0x40 | 0x400;

/** More links than this are written as 1, which `dir_nlink` lets a directory do; for files it is the limit. */
export const MAX_LINKS = 65_000;

export const MIB = 2 ** 20;

/** As mke2fs chooses: 4 MiB below 128 MiB, 16 MiB below 1 GiB, then 32 MiB. */
export function journalBlocks(blocks: number): number {
  return blocks < 32_768 ? 1024 : blocks < 262_144 ? 4096 : 8192;
}

/** sparse_super: copies of superblock and descriptors in groups 0, 1 and the powers of 3, 5 and 7. */
export function hasSuperblock(group: number): boolean {
  return group <= 1 || [3, 5, 7].some((base) => {
    let power = base;
    while (power < group) power *= base;
    return power === group;
  });
}
