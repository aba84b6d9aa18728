import { crc32c } from '../bytes/crc32c.ts';
import { damaged } from '../bytes/read-failure.ts';
import { FLAG, type ExtInode } from './ext-inode.ts';
import type { ExtVolume } from './ext-volume.ts';

/** Blocks of a file that lie together. `physical` 0: allocated but never written, reads as zeros. */
export interface Run {
  logical: number;
  physical: number;
  count: number;
}

/** The runs of a file in order, holes left out; at most `blocks` blocks are looked at. */
export function runsOf(volume: ExtVolume, inode: ExtInode, blocks: number): Iterable<Run> {
  return (inode.flags & FLAG.extents) === 0 ? new IndirectBlocks(volume, inode, blocks).runs() : new ExtentTree(volume, inode).runs();
}

const EXTENT_MAGIC = 0xf30a;
const ENTRY_BYTES = 12;
const MAX_DEPTH = 5;
/** Extents longer than this are unwritten ones of that much less. */
const MAX_WRITTEN = 32_768;

/**
 * An extent tree. Logical blocks only ever grow and every node but the root holds something: so a node that is named
 * twice, or that names its parent, is refused when it is met again, and the walk ends.
 */
class ExtentTree {
  readonly #volume: ExtVolume;
  readonly #inode: ExtInode;
  readonly #place: string;
  #next = 0;

  constructor(volume: ExtVolume, inode: ExtInode) {
    this.#volume = volume;
    this.#inode = inode;
    this.#place = `extents of inode ${inode.number}`;
  }

  runs(): Generator<Run> {
    return this.#node(this.#inode.root, undefined);
  }

  * #node(bytes: Buffer, expectedDepth: number | undefined): Generator<Run> {
    const { entries, depth } = this.#header(bytes, expectedDepth);
    for (let i = 0; i < entries; i++) {
      const entry = bytes.subarray(ENTRY_BYTES * (i + 1), ENTRY_BYTES * (i + 2));
      if (depth === 0) yield this.#extent(entry);
      else yield* this.#child(entry, depth - 1);
    }
  }

  #header(bytes: Buffer, expectedDepth: number | undefined): { entries: number; depth: number } {
    const [magic, entries, most, depth] = [bytes.readUInt16LE(0), bytes.readUInt16LE(2), bytes.readUInt16LE(4), bytes.readUInt16LE(6)] as const;
    if (magic !== EXTENT_MAGIC) damaged(this.#place, 'have no magic number');
    if (entries > most || (most + 1) * ENTRY_BYTES > bytes.byteLength) damaged(this.#place, `have ${entries} of ${most} entries in ${bytes.byteLength} bytes`);
    if (depth !== (expectedDepth ?? Math.min(depth, MAX_DEPTH))) damaged(this.#place, `have a node of depth ${depth} where ${expectedDepth ?? `at most ${MAX_DEPTH}`} is due`);
    if (expectedDepth !== undefined && entries === 0) damaged(this.#place, 'have an empty node');
    return { entries, depth };
  }

  #child(entry: Buffer, depth: number): Generator<Run> {
    const bytes = this.#volume.block(entry.readUInt32LE(4) + entry.readUInt16LE(8) * 2 ** 32, this.#place);
    this.#checkTail(bytes);
    return this.#node(bytes, depth);
  }

  #extent(entry: Buffer): Run {
    const logical = entry.readUInt32LE(0);
    const length = entry.readUInt16LE(4);
    const unwritten = length > MAX_WRITTEN;
    const count = unwritten ? length - MAX_WRITTEN : length;
    if (logical < this.#next || count === 0) damaged(this.#place, `overlap or go back at logical block ${logical}`);
    this.#next = logical + count;
    return { logical, count, physical: unwritten ? 0 : entry.readUInt32LE(8) + entry.readUInt16LE(6) * 2 ** 32 };
  }

  #checkTail(bytes: Buffer): void {
    if (this.#volume.ext.checksumSeed === undefined) return;
    const end = (bytes.readUInt16LE(4) + 1) * ENTRY_BYTES;
    if (end + 4 > bytes.byteLength) return;
    if (crc32c(this.#inode.seed, bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) this.#volume.reportChecksum(`${this.#place} in a block`);
  }
}

/** Twelve blocks by number, then one, two and three levels of blocks of numbers (ext2 and ext3). */
class IndirectBlocks {
  readonly #volume: ExtVolume;
  readonly #inode: ExtInode;
  readonly #blocks: number;
  readonly #place: string;

  constructor(volume: ExtVolume, inode: ExtInode, blocks: number) {
    this.#volume = volume;
    this.#inode = inode;
    this.#blocks = blocks;
    this.#place = `blocks of inode ${inode.number}`;
  }

  * runs(): Generator<Run> {
    let run: Run | undefined;
    for (const [logical, physical] of this.#all()) {
      if (run !== undefined && logical === run.logical + run.count && physical === run.physical + run.count && run.count < MAX_WRITTEN) { run.count++; continue; }
      if (run !== undefined) yield run;
      run = { logical, physical, count: 1 };
    }
    if (run !== undefined) yield run;
  }

  * #all(): Generator<[number, number]> {
    const { root } = this.#inode;
    for (let i = 0; i < 12 && i < this.#blocks; i++) if (root.readUInt32LE(4 * i) !== 0) yield [i, root.readUInt32LE(4 * i)];
    const perBlock = this.#volume.ext.blockBytes / 4;
    let first = 12;
    for (const level of [1, 2, 3]) {
      yield* this.#below(root.readUInt32LE(44 + 4 * level), level, first);
      first += perBlock ** level;
    }
  }

  * #below(block: number, level: number, first: number): Generator<[number, number]> {
    if (block === 0 || first >= this.#blocks) return;
    if (level === 0) { yield [first, block]; return; }
    const bytes = this.#volume.block(block, this.#place);
    const span = (bytes.byteLength / 4) ** (level - 1);
    for (let at = 0, logical = first; at < bytes.byteLength && logical < this.#blocks; at += 4, logical += span) {
      yield* this.#below(bytes.readUInt32LE(at), level - 1, logical);
    }
  }
}
