import { createHash } from 'node:crypto';

import { borrow, ROOM_BYTES, roomFor, streamOf, type ByteSource } from '../bytes/byte-source.ts';
import { decodeBlock } from '../bytes/block-codec.ts';
import type { Budget } from '../bytes/caps.ts';
import { damaged } from '../bytes/read-failure.ts';
import { Recent } from './recent.ts';
import type { SquashfsFile } from './squashfs-inode.ts';
import type { SquashfsSuperblock } from './squashfs-superblock.ts';
import type { SquashfsTables } from './squashfs-tables.ts';
import type { Piece } from './hash-pieces.ts';

const PLAIN = 0x100_0000;
const LENGTH_BITS = 0xff_ffff;
const EMPTY = Buffer.alloc(0);
/** Small files of one directory share a fragment; 16 are enough in practice. */
const FRAGMENTS_KEPT = 16;

/** File contents: blocks one after the other, a tail in a fragment that several files share. */
export class SquashfsData {
  readonly #source: ByteSource;
  readonly #squashfs: SquashfsSuperblock;
  readonly #tables: SquashfsTables;
  readonly #budget: Budget;
  readonly #fragments = new Recent<Buffer>(FRAGMENTS_KEPT);
  readonly #packedFragments = new Map<number, string>();
  #room: Buffer | undefined;

  constructor(source: ByteSource, squashfs: SquashfsSuperblock, tables: SquashfsTables, budget: Budget) {
    this.#budget = budget;
    this.#source = source;
    this.#squashfs = squashfs;
    this.#tables = tables;
  }

  /** A piece is good until the next is asked for. */
  * of(file: SquashfsFile, place: string, room = roomFor(this.#squashfs.blockBytes)): Generator<Piece> {
    const { blockBytes } = this.#squashfs;
    let at = file.firstBlock;
    let left = file.sizeBytes;
    for (let i = 0; i < file.blocks.byteLength; i += 4) {
      const word = file.blocks.readUInt32LE(i);
      const due = Math.min(blockBytes, left);
      yield word === 0 ? due : this.#exactly(this.#block(at, word, place, room), due, place);
      at += word & LENGTH_BITS;
      left -= due;
    }
    if (file.fragment === undefined || left === 0) return;
    const { index, offset } = file.fragment;
    const fragment = this.#fragments.get(index, () => this.#fragment(index));
    if (offset + left > fragment.byteLength) damaged(place, `has its end in bytes ${offset} to ${offset + left} of a fragment of ${fragment.byteLength}`);
    yield fragment.subarray(offset, offset + left);
  }

  /**
   * What the content is decoded from and how, by digest; undefined where that is damaged: whoever decodes it says so. Reads no more than the
   * content has bytes, and each fragment once.
   */
  packed({ sizeBytes, firstBlock, blocks, fragment }: SquashfsFile): string | undefined {
    const { codec, blockBytes, bytesUsed } = this.#squashfs;
    let packedBytes = 0;
    for (let i = 0; i < blocks.byteLength; i += 4) {
      const length = blocks.readUInt32LE(i) & LENGTH_BITS;
      if (length > blockBytes) return undefined;
      packedBytes += length;
    }
    if (firstBlock + packedBytes > bytesUsed) return undefined;
    const tail = fragment === undefined || sizeBytes % blockBytes === 0 ? '' : this.#packedFragment(fragment.index);
    if (tail === undefined) return undefined;
    return `${codec} ${blockBytes} ${sizeBytes} ${blocks.byteLength === 0 ? '' : this.#digest(blocks, firstBlock, packedBytes)} ${tail} ${fragment?.offset}`;
  }

  #packedFragment(index: number): string | undefined {
    const known = this.#packedFragments.get(index);
    if (known !== undefined) return known;
    const { blockBytes, bytesUsed } = this.#squashfs;
    const { at, word } = this.#tables.fragment(index);
    const length = word & LENGTH_BITS;
    if (word >= PLAIN * 2 || length > blockBytes || at + length > bytesUsed) return undefined;
    this.#budget.content(`fragment ${index}`, length);
    const packed = `${word & PLAIN} ${this.#digest(EMPTY, at, length)}`;
    this.#packedFragments.set(index, packed);
    return packed;
  }

  /** Of some bytes, and then a part of the image. */
  #digest(first: Buffer, at: number, length: number): string {
    const hash = createHash('sha256').update(first);
    for (const piece of streamOf(this.#source, at, length, this.#room ??= Buffer.allocUnsafeSlow(ROOM_BYTES))) hash.update(piece);
    return hash.digest('hex');
  }

  #fragment(index: number): Buffer {
    const { at, word } = this.#tables.fragment(index);
    const bytes = this.#block(at, word, `fragment ${index}`);
    // Whoever names many fragments for little content pays for their decoding.
    this.#budget.content(`fragment ${index}`, bytes.byteLength);
    return bytes;
  }

  #block(at: number, word: number, place: string, room?: Buffer): Buffer {
    const { blockBytes, bytesUsed, codec } = this.#squashfs;
    const length = word & LENGTH_BITS;
    if (word >= PLAIN * 2 || length > blockBytes) damaged(place, `has a block of ${length} bytes, marked 0x${word.toString(16)}`);
    if (at + length > bytesUsed) damaged(place, `has a block at byte ${at}, the file system ends at ${bytesUsed}`);
    const packed = room === undefined ? this.#source.read(at, length) : borrow(this.#source, at, length, room);
    return (word & PLAIN) === 0 ? decodeBlock(codec, packed, blockBytes, place) : packed;
  }

  #exactly(bytes: Buffer, due: number, place: string): Buffer {
    return bytes.byteLength === due ? bytes : damaged(place, `has a block of ${bytes.byteLength} bytes where ${due} are due`);
  }
}
