import { Bug } from '../foundation/failure.ts';
import { contentBlocks, journalInode, type Ext4Content, type PlannedInode } from './ext4-content.ts';
import { leafCount, LONGEST_EXTENT, type Run } from './ext4-extents.ts';
import { JOURNAL_INODE } from './ext4-format.ts';
import { groupEnd, groupStart, overheadBlocks, type Geometry } from './ext4-geometry.ts';

export interface PlacedInode extends PlannedInode {
  runs: readonly Run[];
  /** Blocks of extent tree leaves. */
  leaves: readonly number[];
  /** 0 where there is none. */
  xattrBlock: number;
}

/** What lies in a run of blocks; segments ascend. */
export interface Segment extends Run {
  inode: PlacedInode;
  part: 'content' | 'leaf' | 'xattrs';
  /** First block of the content, or number of the leaf. */
  index: number;
}

export interface Layout {
  geometry: Geometry;
  /** Ascending by number. */
  inodes: readonly PlacedInode[];
  segments: readonly Segment[];
  /** Blocks in use from the start of each group: allocation is one sweep, so each is a prefix. */
  usedBlocks: readonly number[];
}

/** Gives every block of content its place, in one sweep: the journal, then directories, then all else by number. */
export function layOut(content: Ext4Content, geometry: Geometry): Layout {
  const sweep = new Sweep(geometry);
  const isDirectory = (inode: PlannedInode): boolean => inode.content.kind === 'directory';
  const order = [
    journalInode(JOURNAL_INODE, geometry.journalBlocks), ...content.inodes.filter(isDirectory), ...content.inodes.filter((inode) => !isDirectory(inode)),
  ];
  const segments: Segment[] = [];
  const inodes = order.map((inode) => place(inode, sweep, segments)).toSorted((a, b) => a.number - b.number);
  return { geometry, inodes, segments, usedBlocks: sweep.usedBlocks() };
}

function place(inode: PlannedInode, sweep: Sweep, segments: Segment[]): PlacedInode {
  const runs = sweep.take(contentBlocks(inode));
  const leaves = Array.from({ length: leafCount(runs.length) }, () => sweep.takeOne());
  const xattrBlock = inode.xattrs.inBlock.length > 0 ? sweep.takeOne() : 0;
  const placed: PlacedInode = { ...inode, runs, leaves, xattrBlock };
  let index = 0;
  for (const run of runs) { segments.push({ ...run, inode: placed, part: 'content', index }); index += run.blocks; }
  leaves.forEach((start, leaf) => segments.push({ start, blocks: 1, inode: placed, part: 'leaf', index: leaf }));
  if (xattrBlock !== 0) segments.push({ start: xattrBlock, blocks: 1, inode: placed, part: 'xattrs', index: 0 });
  return placed;
}

/** Hands out blocks in ascending order, jumping over each group's metadata. */
class Sweep {
  readonly #geometry: Geometry;
  #group = 0;
  #next: number;

  constructor(geometry: Geometry) {
    this.#geometry = geometry;
    this.#next = overheadBlocks(geometry, 0);
  }

  take(count: number): Run[] {
    const runs: Run[] = [];
    for (let left = count; left > 0;) {
      while (this.#next >= groupEnd(this.#geometry, this.#group)) this.#enterNextGroup();
      const blocks = Math.min(left, groupEnd(this.#geometry, this.#group) - this.#next, LONGEST_EXTENT);
      runs.push({ start: this.#next, blocks });
      this.#next += blocks;
      left -= blocks;
    }
    return runs;
  }

  takeOne(): number {
    return this.take(1)[0]!.start;
  }

  usedBlocks(): number[] {
    return Array.from({ length: this.#geometry.groups }, (_, group) => {
      if (group < this.#group) return groupEnd(this.#geometry, group) - groupStart(group);
      return group === this.#group ? this.#next - groupStart(group) : overheadBlocks(this.#geometry, group);
    });
  }

  #enterNextGroup(): void {
    this.#group++;
    if (this.#group >= this.#geometry.groups) throw new Bug('the geometry promised more blocks than it has');
    this.#next = groupStart(this.#group) + overheadBlocks(this.#geometry, this.#group);
  }
}
