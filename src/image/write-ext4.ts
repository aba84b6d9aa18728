import { canonicalJson } from '../foundation/canonical-json.ts';
import { Failure } from '../foundation/failure.ts';
import { uuidV5 } from '../foundation/ids.ts';
import { treeDigest } from '../tree/node.ts';
import type { Tree } from '../tree/tree.ts';
import { ByteReader } from './byte-reader.ts';
import { CRC32C_START, crc32c } from '../bytes/crc32c.ts';
import { planContent, type Ext4Content } from './ext4-content.ts';
import { directoryBlock } from './ext4-directory.ts';
import { extentLeaf } from './ext4-extents.ts';
import { BLOCK_BYTES, BLOCKS_PER_GROUP, hasSuperblock, INODE_BYTES, MIB } from './ext4-format.ts';
import { geometryFor, groupEnd, groupStart, smallestSize, withMargin, type Geometry } from './ext4-geometry.ts';
import { emptyInode, encodeInode, inodeSeed } from './ext4-inode.ts';
import { journalSuperblock } from './ext4-journal.ts';
import { layOut, type Layout, type PlacedInode, type Segment } from './ext4-layout.ts';
import { countGroups, descriptors, superblock, type Ext4Identity, type GroupBitmaps, type GroupCount } from './ext4-superblock.ts';
import { xattrBlock } from './ext4-xattr.ts';
import { fileContent, padding, type BlobReader } from './file-content.ts';

export interface Ext4Options {
  /** Every time in the image, seconds since 1970. */
  epochSeconds: number;
  /** Bytes, whole blocks; absent: the smallest whole number of MiB with room for an eighth more, at least 4 MiB. */
  sizeBytes?: number;
}

/** Raise it when the bytes change; it is part of the ids inside the image and of the build's definition. */
export const EXT4_WRITER_VERSION = '1';

/**
 * An ext4 file system with a journal and metadata checksums, clean for `e2fsck -fn`, made in one pass without root.
 * Its bytes depend on the tree, the epoch and the size only; UUID and hash seed are UUIDv5 of these.
 * Throws, before the first byte, IMAGE.TOO_LARGE (with `neededBytes`, `givenBytes`) and IMAGE.UNSUPPORTED.
 */
export function writeExt4(tree: Tree, blobs: BlobReader, options: Ext4Options): AsyncIterable<Uint8Array> {
  const content = planContent(tree);
  const geometry = chooseGeometry(content, options.sizeBytes);
  return new Ext4Image(layOut(content, geometry), identify(tree, geometry, options), blobs, options.epochSeconds).bytes();
}

/** Size of the image that `writeExt4` would make. */
export function ext4Size(tree: Tree, options: Pick<Ext4Options, 'sizeBytes'>): number {
  return chooseGeometry(planContent(tree), options.sizeBytes).sizeBytes;
}

function chooseGeometry({ demand }: Ext4Content, givenBytes: number | undefined): Geometry {
  const geometry = geometryFor(givenBytes ?? smallestSize(withMargin(demand)), demand);
  if (geometry !== undefined) return geometry;
  const neededBytes = smallestSize(demand);
  throw new Failure('IMAGE.TOO_LARGE', `ext4: the tree needs ${neededBytes} bytes (${neededBytes / MIB} MiB), the image has ${givenBytes}`, {
    hint: `Choose at least ${neededBytes}, better ${smallestSize(withMargin(demand))}, or leave the size out.`, details: { neededBytes, givenBytes },
  });
}

function identify(tree: Tree, geometry: Geometry, { epochSeconds }: Ext4Options): Ext4Identity {
  const root = treeDigest(tree);
  const id = (role: string): Buffer => {
    const name = canonicalJson({ tree: root, format: 'ext4', writer: EXT4_WRITER_VERSION, parameters: { epochSeconds, sizeBytes: geometry.sizeBytes }, role });
    return Buffer.from(uuidV5(name).replaceAll('-', ''), 'hex');
  };
  return { uuid: id('file-system'), hashSeed: id('hash-seed') };
}

class Ext4Image {
  readonly #layout: Layout;
  readonly #geometry: Geometry;
  readonly #identity: Ext4Identity;
  readonly #blobs: BlobReader;
  readonly #epochSeconds: number;
  /** Where all checksums of metadata start. */
  readonly #seed: number;
  readonly #counts: readonly GroupCount[];
  readonly #inodes: ReadonlyMap<number, PlacedInode>;

  constructor(layout: Layout, identity: Ext4Identity, blobs: BlobReader, epochSeconds: number) {
    this.#layout = layout;
    this.#geometry = layout.geometry;
    this.#identity = identity;
    this.#blobs = blobs;
    this.#epochSeconds = epochSeconds;
    this.#seed = crc32c(CRC32C_START, identity.uuid);
    this.#counts = countGroups(layout);
    this.#inodes = new Map(layout.inodes.map((inode) => [inode.number, inode]));
  }

  async* bytes(): AsyncIterable<Uint8Array> {
    const table = descriptors(this.#layout, this.#counts, (group) => this.#bitmaps(group), this.#seed);
    const content = new ContentStream(this.#layout.segments, this.#blobs, this.#seed);
    for (let group = 0; group < this.#geometry.groups; group++) {
      if (hasSuperblock(group)) yield* this.#superblockAndTable(group, table);
      const { blocks, inodes } = this.#bitmaps(group);
      yield blocks;
      yield inodes;
      yield* this.#inodeTable(group);
      const end = groupStart(group) + this.#layout.usedBlocks[group]!;
      yield* content.upTo(end);
      yield* zeros((groupEnd(this.#geometry, group) - end) * BLOCK_BYTES);
    }
    yield* zeros(this.#geometry.sizeBytes - this.#geometry.blocks * BLOCK_BYTES);
  }

  * #superblockAndTable(group: number, table: Buffer): Iterable<Uint8Array> {
    const block = Buffer.alloc(BLOCK_BYTES);
    block.set(superblock(this.#layout, this.#counts, this.#identity, this.#epochSeconds, group), group === 0 ? 1024 : 0);
    yield block;
    yield table;
    yield padding(table.length, BLOCK_BYTES);
  }

  #bitmaps(group: number): GroupBitmaps {
    const existing = groupEnd(this.#geometry, group) - groupStart(group);
    return {
      blocks: bitmap(this.#layout.usedBlocks[group]!, existing),
      inodes: bitmap(this.#counts[group]!.usedInodes, this.#geometry.inodesPerGroup),
    };
  }

  * #inodeTable(group: number): Iterable<Uint8Array> {
    const { inodesPerGroup } = this.#geometry;
    const { usedInodes } = this.#counts[group]!;
    const bytes = Buffer.alloc(Math.ceil((usedInodes * INODE_BYTES) / BLOCK_BYTES) * BLOCK_BYTES);
    for (let index = 0; index < usedInodes; index++) {
      const number = group * inodesPerGroup + index + 1;
      const inode = this.#inodes.get(number);
      bytes.set(inode === undefined ? emptyInode(number, this.#seed) : encodeInode(inode, this.#epochSeconds, this.#seed), index * INODE_BYTES);
    }
    yield bytes;
    yield* zeros(inodesPerGroup * INODE_BYTES - bytes.length);
  }
}

/** Ones up to `used`, zeros up to `existing`, ones for what does not exist. */
function bitmap(used: number, existing: number): Buffer {
  const bytes = Buffer.alloc(BLOCKS_PER_GROUP / 8, 0xff);
  const firstWhole = Math.ceil(used / 8);
  const lastWhole = Math.floor(existing / 8);
  const clear = (from: number, to: number): void => { for (let bit = from; bit < to; bit++) bytes[bit >> 3]! &= ~(1 << (bit % 8)); };
  clear(used, Math.min(firstWhole * 8, existing));
  if (firstWhole < lastWhole) bytes.fill(0, firstWhole, lastWhole);
  clear(Math.max(used, lastWhole * 8), existing);
  return bytes;
}

/** The data blocks in ascending order; a file that lies in several pieces is read once, from front to back. */
class ContentStream {
  readonly #segments: readonly Segment[];
  readonly #blobs: BlobReader;
  readonly #seed: number;
  #next = 0;
  #open: { inode: PlacedInode; reader: ByteReader } | undefined;

  constructor(segments: readonly Segment[], blobs: BlobReader, seed: number) {
    this.#segments = segments;
    this.#blobs = blobs;
    this.#seed = seed;
  }

  async* upTo(block: number): AsyncIterable<Uint8Array> {
    for (let segment = this.#segments[this.#next]; segment !== undefined && segment.start < block; segment = this.#segments[++this.#next]) {
      yield* this.#bytesOf(segment);
    }
  }

  async* #bytesOf(segment: Segment): AsyncIterable<Uint8Array> {
    const { inode, part, index } = segment;
    const { content } = inode;
    if (part === 'leaf') yield extentLeaf(inode.runs, index, inodeSeed(this.#seed, inode.number));
    else if (part === 'xattrs') yield xattrBlock(inode.xattrs.inBlock, segment.start, this.#seed);
    else if (content.kind === 'file') yield* this.#fileBytes(segment);
    else if (content.kind === 'directory') {
      for (const names of content.blocks.slice(index, index + segment.blocks)) yield directoryBlock(names, inodeSeed(this.#seed, inode.number));
    } else if (content.kind === 'long-symlink') {
      yield Buffer.from(content.target, 'latin1');
      yield padding(content.target.length, BLOCK_BYTES);
    } else if (content.kind === 'journal') {
      if (index === 0) yield journalSuperblock(inode.sizeBytes / BLOCK_BYTES);
      yield* zeros((segment.blocks - (index === 0 ? 1 : 0)) * BLOCK_BYTES);
    }
  }

  async* #fileBytes({ inode, blocks, index }: Segment): AsyncIterable<Uint8Array> {
    if (inode.content.kind !== 'file') return;
    if (this.#open?.inode !== inode) this.#open = { inode, reader: new ByteReader(fileContent(this.#blobs, inode.content.file)) };
    const { reader } = this.#open;
    const left = inode.sizeBytes - index * BLOCK_BYTES;
    yield* reader.stream(Math.min(blocks * BLOCK_BYTES, left));
    if (left > blocks * BLOCK_BYTES) return;
    // Reads to the end, which is where the store says whether the bytes are the right ones.
    await reader.some(1);
    yield padding(inode.sizeBytes, BLOCK_BYTES);
  }
}

const ZEROS = new Uint8Array(MIB);

function* zeros(size: number): Iterable<Uint8Array> {
  for (let left = size; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, Math.min(left, ZEROS.length));
}
