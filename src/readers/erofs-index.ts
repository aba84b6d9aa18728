import type { ByteSource } from '../bytes/byte-source.ts';
import { damaged, unsupported } from '../bytes/read-failure.ts';
import { DATA_LAYOUT, type ErofsInode } from './erofs-inode.ts';

/** A run of a file's bytes and the blocks that it is packed in. */
export interface PackedExtent {
  start: number;
  end: number;
  /** 0: as it is; 1 and 3: packed with the first or second algorithm. */
  type: number;
  block: number;
  blocks: number;
}

/** What stands before the index of a compressed inode (`struct z_erofs_map_header`). */
export interface MapHeader {
  advise: number;
  algorithms: readonly [number, number];
  /** Bytes of the last extent when it stands behind the index. */
  inlineBytes: number;
  /** Where in the packed inode the last extent lies. */
  fragmentAt: number;
  wholeIsFragment: boolean;
}

export const ADVISE = { twoBytes: 0x1, bigClusters1: 0x2, bigClusters2: 0x4, inlineTail: 0x8, interlaced: 0x10, fragment: 0x20 } as const;
const TYPE = { plain: 0, head1: 1, nonHead: 2, head2: 3 } as const;
/** In a distance: it is the number of blocks of the cluster before it instead. */
const BLOCK_COUNT = 0x800;

export function readMapHeader(source: ByteSource, inode: ErofsInode): MapHeader {
  const b = source.read(headerAt(inode), 8);
  const wholeIsFragment = (b[7]! & 0x80) !== 0;
  if (!wholeIsFragment && (b[7]! & 7) !== 0) unsupported(`inode ${inode.nid}`, 'erofs with logical clusters larger than blocks');
  return {
    advise: wholeIsFragment ? ADVISE.fragment : b.readUInt16LE(4), algorithms: [b[6]! & 15, b[6]! >>> 4], inlineBytes: b.readUInt16LE(2), wholeIsFragment,
    fragmentAt: wholeIsFragment ? b.readUInt32LE(0) + (b.readUInt32LE(4) & 0x7fff_ffff) * 2 ** 32 : b.readUInt32LE(0),
  };
}

function headerAt(inode: ErofsInode): number {
  return Math.ceil(inode.endAt / 8) * 8;
}

/** One logical cluster: the start of an extent, or a part of the one before. */
interface Cluster { type: number; offset: number; block: number; countOfHead: number | undefined }

export class ErofsIndex {
  readonly #source: ByteSource;
  readonly #inode: ErofsInode;
  readonly #header: MapHeader;
  readonly #blockBytes: number;
  readonly #place: string;
  readonly #clusters: number;

  constructor(source: ByteSource, inode: ErofsInode, header: MapHeader, blockBytes: number) {
    this.#source = source;
    this.#inode = inode;
    this.#header = header;
    this.#blockBytes = blockBytes;
    this.#place = `index of inode ${inode.nid}`;
    this.#clusters = Math.ceil(inode.sizeBytes / blockBytes);
  }

  /** In order and without gaps, from byte 0 to the end of the file. */
  * extents(): Generator<PackedExtent> {
    const { sizeBytes } = this.#inode;
    let open: PackedExtent | undefined;
    for (let i = 0; i < this.#clusters; i++) {
      const cluster = this.#cluster(i);
      if (cluster.type === TYPE.nonHead) {
        if (open === undefined) damaged(this.#place, 'does not begin with the start of an extent');
        if (cluster.countOfHead !== undefined && i === Math.floor(open.start / this.#blockBytes) + 1) open.blocks = cluster.countOfHead;
        continue;
      }
      const start = i * this.#blockBytes + cluster.offset;
      if (cluster.offset >= this.#blockBytes || (open === undefined ? start !== 0 : start <= open.start)) damaged(this.#place, `has an extent at byte ${start} out of order`);
      if (start >= sizeBytes) break;
      if (open !== undefined) yield { ...open, end: start };
      open = { start, end: sizeBytes, type: cluster.type, block: cluster.block, blocks: 1 };
    }
    if (open !== undefined) yield open;
  }

  /** Where the tail stands that is kept behind the index. */
  tailAt(): number {
    const last = this.#clusters - 1;
    if (this.#inode.layout === DATA_LAYOUT.compressedFull) return this.#fullAt(last) + 8;
    const { packAt, packBytes } = this.#packOf(last);
    return packAt + packBytes;
  }

  #cluster(number: number): Cluster {
    return this.#inode.layout === DATA_LAYOUT.compressedFull ? this.#full(number) : this.#compact(number);
  }

  #fullAt(number: number): number {
    return headerAt(this.#inode) + 16 + number * 8;
  }

  #full(number: number): Cluster {
    const b = this.#source.read(this.#fullAt(number), 8);
    const type = b.readUInt16LE(0) & 3;
    if (type !== TYPE.nonHead) return { type, offset: b.readUInt16LE(2), block: b.readUInt32LE(4), countOfHead: undefined };
    const distance = b.readUInt16LE(4);
    return { type, offset: 0, block: 0, countOfHead: (distance & BLOCK_COUNT) === 0 ? undefined : distance & ~BLOCK_COUNT };
  }

  /** Packs of 2 clusters in 8 bytes up to a boundary of 32, then (if so advised) of 16 in 32, the rest of 2 in 8. */
  #packOf(number: number): { packAt: number; packBytes: number; slots: number; slot: number } {
    const base = headerAt(this.#inode) + 8;
    const first = Math.min(((32 - (base % 32)) / 4) & 7, this.#clusters);
    const dense = (this.#header.advise & ADVISE.twoBytes) !== 0 && first < this.#clusters ? Math.floor((this.#clusters - first) / 16) * 16 : 0;
    if (number >= first && number < first + dense) {
      const index = number - first;
      return { packAt: base + first * 4 + Math.floor(index / 16) * 32, packBytes: 32, slots: 16, slot: index % 16 };
    }
    const isBehind = number >= first + dense;
    const at = base + (isBehind ? first * 4 + dense * 2 + (number - first - dense) * 4 : number * 4);
    const packAt = Math.floor(at / 8) * 8;
    return { packAt, packBytes: 8, slots: 2, slot: (at - packAt) / 4 };
  }

  #compact(number: number): Cluster {
    const { packAt, packBytes, slots, slot } = this.#packOf(number);
    const pack = this.#source.read(packAt, packBytes);
    const bits = ((packBytes - 4) * 8) / slots;
    const low = Math.max(Math.log2(this.#blockBytes), 12);
    const at = (i: number): { type: number; value: number } => {
      const bit = bits * i;
      const from = bit >>> 3;
      const word = Buffer.alloc(4);
      pack.copy(word, 0, from, Math.min(from + 4, packBytes));
      const shifted = word.readUInt32LE(0) >>> (bit & 7);
      return { value: shifted & (2 ** low - 1), type: (shifted >>> low) & 3 };
    };
    const { type, value } = at(slot);
    if (type === TYPE.nonHead) return { type, offset: 0, block: 0, countOfHead: (value & BLOCK_COUNT) === 0 ? undefined : value & ~BLOCK_COUNT };
    return { type, offset: value, block: pack.readUInt32LE(packBytes - 4) + this.#blocksBefore(slot, at), countOfHead: undefined };
  }

  /** A pack names one block: those of its extents follow one another from there. */
  #blocksBefore(slot: number, at: (i: number) => { type: number; value: number }): number {
    const isBig = (this.#header.advise & ADVISE.bigClusters1) !== 0;
    let blocks = isBig ? 0 : 1;
    for (let i = slot - 1; i >= 0; i--) {
      const { type, value } = at(i);
      if (!isBig) {
        if (type === TYPE.nonHead) i -= value;
        if (i >= 0) blocks++;
        continue;
      }
      if (type !== TYPE.nonHead) blocks++;
      else if ((value & BLOCK_COUNT) !== 0) { blocks += value & ~BLOCK_COUNT; i--; }
      else if (value <= 1) damaged(this.#place, 'has a distance that cannot be');
      else i -= value - 2;
    }
    return blocks;
  }
}
