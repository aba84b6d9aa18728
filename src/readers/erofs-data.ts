import type { ByteSource } from '../bytes/byte-source.ts';
import { decodeBlock, type BlockCodec } from '../bytes/block-codec.ts';
import { decodeLz4 } from '../bytes/lz4-block.ts';
import { damaged, unsupported } from '../bytes/read-failure.ts';
import { ADVISE, ErofsIndex, readMapHeader, type MapHeader, type PackedExtent } from './erofs-index.ts';
import { DATA_LAYOUT, readErofsInode, type ErofsInode } from './erofs-inode.ts';
import type { ErofsSuperblock } from './erofs-superblock.ts';
import { Recent } from './recent.ts';
import type { Piece } from './hash-pieces.ts';

/** Z_EROFS_PCLUSTER_MAX_SIZE and Z_EROFS_PCLUSTER_MAX_DSIZE of Linux. */
const MAX_PACKED_BYTES = 2 ** 20;
const MAX_EXTENT_BYTES = 12 * 2 ** 20;
const PIECE_BYTES = 2 ** 20;
const HOLE = 0xffff_ffff;
const CODECS: Readonly<Record<number, BlockCodec>> = { 2: 'deflate', 3: 'zstd' };
const LZ4 = 0;
/** Extents of the inode that holds the tails of all others. */
const PACKED_KEPT = 4;

interface Located extends PackedExtent { header: MapHeader; index: ErofsIndex }

/** File contents in every layout: in blocks, with a tail behind the inode, in chunks, compressed. */
export class ErofsData {
  readonly #source: ByteSource;
  readonly #erofs: ErofsSuperblock;
  readonly #packed = new Recent<Buffer>(PACKED_KEPT);
  #packedExtents: readonly Located[] | undefined;

  constructor(source: ByteSource, erofs: ErofsSuperblock) {
    this.#source = source;
    this.#erofs = erofs;
  }

  of(inode: ErofsInode, place: string): Iterable<Piece> {
    switch (inode.layout) {
      case DATA_LAYOUT.plain: return this.#range(inode.union * this.#erofs.blockBytes, inode.sizeBytes);
      case DATA_LAYOUT.inline: return this.#withTail(inode, place);
      case DATA_LAYOUT.chunks: return this.#chunks(inode, place);
      default: return this.#compressed(inode, place);
    }
  }

  * #range(at: number, length: number): Generator<Buffer> {
    for (let done = 0; done < length; done += PIECE_BYTES) yield this.#source.read(at + done, Math.min(PIECE_BYTES, length - done));
  }

  * #withTail(inode: ErofsInode, place: string): Generator<Buffer> {
    const { blockBytes } = this.#erofs;
    const before = Math.max(0, Math.ceil(inode.sizeBytes / blockBytes) - 1) * blockBytes;
    yield* this.#range(inode.union * blockBytes, before);
    const tail = inode.sizeBytes - before;
    if (tail === 0) return;
    if ((inode.endAt % blockBytes) + tail > blockBytes) damaged(place, 'has a tail over the end of its block');
    yield this.#source.read(inode.endAt, tail);
  }

  * #chunks(inode: ErofsInode, place: string): Generator<Piece> {
    const { blockBytes } = this.#erofs;
    const format = inode.union & 0xffff;
    if (format > 0x3f) unsupported(place, `the chunk format 0x${format.toString(16)} of erofs`);
    const chunkBytes = blockBytes * 2 ** (format & 31);
    const unit = (format & 0x20) === 0 ? 4 : 8;
    const base = Math.ceil(inode.endAt / unit) * unit;
    for (let i = 0, left = inode.sizeBytes; left > 0; i++, left -= chunkBytes) {
      const row = this.#source.read(base + i * unit, unit);
      if (unit === 8 && row.readUInt16LE(2) !== 0) unsupported(place, 'erofs data on another device');
      const block = row.readUInt32LE(unit - 4);
      const length = Math.min(left, chunkBytes);
      if (block === HOLE) yield length;
      else yield* this.#range(block * blockBytes, length);
    }
  }

  * #compressed(inode: ErofsInode, place: string): Generator<Piece> {
    for (const extent of this.#extents(inode)) yield this.#decode(inode, extent, place);
  }

  /** The last extent of an inode is marked by where it lies: behind the index, or in the packed inode. */
  * #extents(inode: ErofsInode): Generator<Located> {
    const header = readMapHeader(this.#source, inode);
    const index = new ErofsIndex(this.#source, inode, header, this.#erofs.blockBytes);
    if (header.wholeIsFragment) {
      yield { start: 0, end: inode.sizeBytes, type: 0, block: 0, blocks: 0, header, index };
      return;
    }
    for (const extent of index.extents()) yield { ...extent, header, index };
  }

  #decode(inode: ErofsInode, extent: Located, place: string): Buffer {
    const { header, index } = extent;
    const length = extent.end - extent.start;
    const isLast = extent.end === inode.sizeBytes;
    if (isLast && (header.advise & ADVISE.fragment) !== 0) return this.#fragment(inode, header.fragmentAt, length, place);
    if (length > MAX_EXTENT_BYTES) damaged(place, `has an extent of ${length} bytes`);
    if (isLast && (header.advise & ADVISE.inlineTail) !== 0 && header.inlineBytes > 0) return this.#unpack(this.#source.read(index.tailAt(), header.inlineBytes), extent, length, place);
    const { blockBytes } = this.#erofs;
    if (extent.blocks < 1 || extent.blocks * blockBytes > MAX_PACKED_BYTES) damaged(place, `has an extent packed in ${extent.blocks} blocks`);
    return this.#unpack(this.#source.read(extent.block * blockBytes, extent.blocks * blockBytes), extent, length, place);
  }

  #unpack(packed: Buffer, { type, start, header }: Located, length: number, place: string): Buffer {
    if (type === 0) return this.#plain(packed, start, length, header, place);
    const algorithm = header.algorithms[type === 3 ? 1 : 0];
    const first = this.#erofs.zeroPadded ? packed.findIndex((byte) => byte !== 0) : 0;
    if (first < 0) damaged(place, 'has an extent of nothing but zeros where compressed data are due');
    const out = this.#unpackWith(algorithm, packed.subarray(first), length, place);
    return out.byteLength >= length ? out.subarray(0, length) : damaged(place, `has an extent that decodes to ${out.byteLength} bytes where ${length} are due`);
  }

  #unpackWith(algorithm: number, packed: Buffer, length: number, place: string): Buffer {
    if (algorithm === LZ4) {
      const out = Buffer.allocUnsafeSlow(length);
      return out.subarray(0, decodeLz4(packed, out, place));
    }
    const codec = CODECS[algorithm] ?? unsupported(place, algorithm === 1 ? 'erofs with MicroLZMA' : `erofs compressor ${algorithm}`);
    return decodeBlock(codec, packed, MAX_EXTENT_BYTES, place);
  }

  /** As it is; interlaced, a byte stands in its block where it stands in the file's. */
  #plain(packed: Buffer, start: number, length: number, { advise }: MapHeader, place: string): Buffer {
    if (length > packed.byteLength) damaged(place, `has ${length} plain bytes in ${packed.byteLength}`);
    const offset = (advise & ADVISE.interlaced) === 0 ? 0 : start % this.#erofs.blockBytes;
    if (offset === 0) return packed.subarray(0, length);
    return Buffer.concat([packed.subarray(offset), packed.subarray(0, offset)]).subarray(0, length);
  }

  /** A part of the packed inode, where the ends of many files stand together. */
  #fragment(inode: ErofsInode, at: number, length: number, place: string): Buffer {
    const { packedNid } = this.#erofs;
    if (packedNid === 0 || packedNid === inode.nid) damaged(place, 'has its end in a packed inode, which there is none of');
    if (length > MAX_EXTENT_BYTES) damaged(place, `has ${length} bytes in the packed inode`);
    const packed = readErofsInode(this.#source, this.#erofs, packedNid, 'the packed inode');
    if (at + length > packed.sizeBytes) damaged(place, `has its end at byte ${at} of a packed inode of ${packed.sizeBytes}`);
    if (packed.layout !== DATA_LAYOUT.compressedFull && packed.layout !== DATA_LAYOUT.compressedCompact) return this.#slice(this.of(packed, place), at, length);
    this.#packedExtents ??= [...this.#extents(packed)];
    const parts: Buffer[] = [];
    for (const extent of this.#packedExtents) {
      if (extent.end <= at || extent.start >= at + length) continue;
      const bytes = this.#packed.get(extent.start, () => this.#decode(packed, extent, 'the packed inode'));
      parts.push(bytes.subarray(Math.max(0, at - extent.start), at + length - extent.start));
    }
    return Buffer.concat(parts);
  }

  #slice(pieces: Iterable<Piece>, at: number, length: number): Buffer {
    const parts: Buffer[] = [];
    let start = 0;
    for (const piece of pieces) {
      const bytes = typeof piece === 'number' ? Buffer.alloc(piece) : Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
      if (start + bytes.byteLength > at && start < at + length) parts.push(bytes.subarray(Math.max(0, at - start), at + length - start));
      start += bytes.byteLength;
    }
    return Buffer.concat(parts);
  }
}
