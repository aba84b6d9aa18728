import {
  BLOCK_BYTES, BLOCKS_PER_GROUP, DESCRIPTORS_PER_BLOCK, FIRST_INODE, hasSuperblock, INODES_PER_BLOCK, journalBlocks, MAX_INODES_PER_GROUP, MIB,
} from './ext4-format.ts';

/** Where each group's metadata lies: everything that follows from the size alone. */
export interface Geometry {
  /** Of the whole image; the file system may end before it where a last group would be too small to use. */
  sizeBytes: number;
  blocks: number;
  groups: number;
  inodesPerGroup: number;
  inodeTableBlocks: number;
  descriptorBlocks: number;
  journalBlocks: number;
}

/** What the content asks for. */
export interface Demand {
  /** Inodes beside the reserved ones, lost+found not counted. */
  inodes: number;
  /** Blocks of content, directories, attributes and extent trees; the journal not counted. */
  blocks: number;
}

/** A last group with less room than this beside its metadata is left out. */
const SMALLEST_LAST_GROUP = 64;
/** One inode for so many blocks, as mke2fs does (16 KiB). */
const BLOCKS_PER_INODE = 4;

/** The metadata of a group, from its first block on. */
export function overheadBlocks(geometry: Geometry, group: number): number {
  return (hasSuperblock(group) ? 1 + geometry.descriptorBlocks : 0) + 2 + geometry.inodeTableBlocks;
}

export function groupStart(group: number): number {
  return group * BLOCKS_PER_GROUP;
}

export function groupEnd(geometry: Geometry, group: number): number {
  return Math.min(groupStart(group + 1), geometry.blocks);
}

/** Blocks that content and journal may have. */
export function usableBlocks(geometry: Geometry): number {
  let usable = 0;
  for (let group = 0; group < geometry.groups; group++) usable += Math.max(0, groupEnd(geometry, group) - groupStart(group) - overheadBlocks(geometry, group));
  return usable;
}

/** Undefined where the size cannot hold the demand. */
export function geometryFor(sizeBytes: number, demand: Demand): Geometry | undefined {
  let blocks = Math.floor(sizeBytes / BLOCK_BYTES);
  let geometry = cut(sizeBytes, blocks, demand);
  const last = geometry.groups - 1;
  if (last > 0 && blocks - groupStart(last) < overheadBlocks(geometry, last) + SMALLEST_LAST_GROUP) {
    blocks = groupStart(last);
    geometry = cut(sizeBytes, blocks, demand);
  }
  const inodes = geometry.inodesPerGroup * geometry.groups;
  return inodes >= demand.inodes + FIRST_INODE && usableBlocks(geometry) >= demand.blocks + geometry.journalBlocks ? geometry : undefined;
}

function cut(sizeBytes: number, blocks: number, demand: Demand): Geometry {
  const groups = Math.max(1, Math.ceil(blocks / BLOCKS_PER_GROUP));
  const needed = demand.inodes + FIRST_INODE;
  const inodes = Math.max(Math.ceil(blocks / BLOCKS_PER_INODE), needed + Math.ceil(needed / 8));
  const inodesPerGroup = Math.min(MAX_INODES_PER_GROUP, roundUp(Math.ceil(inodes / groups), INODES_PER_BLOCK));
  return {
    sizeBytes, blocks, groups, inodesPerGroup,
    inodeTableBlocks: inodesPerGroup / INODES_PER_BLOCK,
    descriptorBlocks: Math.ceil(groups / DESCRIPTORS_PER_BLOCK),
    journalBlocks: journalBlocks(blocks),
  };
}

/** The smallest whole number of MiB that holds the demand, in bytes. */
export function smallestSize(demand: Demand): number {
  let sizeBytes = roundUp((demand.blocks + journalBlocks(demand.blocks)) * BLOCK_BYTES, MIB);
  while (geometryFor(sizeBytes, demand) === undefined) sizeBytes += MIB;
  return sizeBytes;
}

/** Room to write into where no size is given: an eighth of the content, at least 4 MiB. */
export function withMargin(demand: Demand): Demand {
  return { ...demand, blocks: demand.blocks + Math.max((4 * MIB) / BLOCK_BYTES, Math.ceil(demand.blocks / 8)) };
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
