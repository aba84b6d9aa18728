import type { ByteSource } from '../bytes/byte-source.ts';
import { decodeBlock } from '../bytes/block-codec.ts';
import type { Budget } from '../bytes/caps.ts';
import { damaged } from '../bytes/read-failure.ts';
import { Recent } from './recent.ts';
import type { SquashfsFile } from './squashfs-inode.ts';
import type { SquashfsSuperblock } from './squashfs-superblock.ts';
import type { SquashfsTables } from './squashfs-tables.ts';
import type { Piece } from './tree-collector.ts';

const PLAIN = 0x100_0000;
const LENGTH_BITS = 0xff_ffff;
/** Small files of one directory share a fragment; 16 are enough in practice. */
const FRAGMENTS_KEPT = 16;

/** File contents: blocks one after the other, a tail in a fragment that several files share. */
export class SquashfsData {
  readonly #source: ByteSource;
  readonly #squashfs: SquashfsSuperblock;
  readonly #tables: SquashfsTables;
  readonly #budget: Budget;
  readonly #fragments = new Recent<Buffer>(FRAGMENTS_KEPT);

  constructor(source: ByteSource, squashfs: SquashfsSuperblock, tables: SquashfsTables, budget: Budget) {
    this.#budget = budget;
    this.#source = source;
    this.#squashfs = squashfs;
    this.#tables = tables;
  }

  * of(file: SquashfsFile, place: string): Generator<Piece> {
    const { blockBytes } = this.#squashfs;
    let at = file.firstBlock;
    let left = file.sizeBytes;
    for (let i = 0; i < file.blocks.byteLength; i += 4) {
      const word = file.blocks.readUInt32LE(i);
      const due = Math.min(blockBytes, left);
      yield word === 0 ? due : this.#exactly(this.#block(at, word, place), due, place);
      at += word & LENGTH_BITS;
      left -= due;
    }
    if (file.fragment === undefined || left === 0) return;
    const { index, offset } = file.fragment;
    const fragment = this.#fragments.get(index, () => this.#fragment(index));
    if (offset + left > fragment.byteLength) damaged(place, `has its end in bytes ${offset} to ${offset + left} of a fragment of ${fragment.byteLength}`);
    yield fragment.subarray(offset, offset + left);
  }

  #fragment(index: number): Buffer {
    const { at, word } = this.#tables.fragment(index);
    const bytes = this.#block(at, word, `fragment ${index}`);
    // Whoever names many fragments for little content pays for their decoding.
    this.#budget.content(`fragment ${index}`, bytes.byteLength);
    return bytes;
  }

  #block(at: number, word: number, place: string): Buffer {
    const { blockBytes, bytesUsed, codec } = this.#squashfs;
    const length = word & LENGTH_BITS;
    if (word >= PLAIN * 2 || length > blockBytes) damaged(place, `has a block of ${length} bytes, marked 0x${word.toString(16)}`);
    if (at + length > bytesUsed) damaged(place, `has a block at byte ${at}, the file system ends at ${bytesUsed}`);
    const packed = this.#source.read(at, length);
    return (word & PLAIN) === 0 ? decodeBlock(codec, packed, blockBytes, place) : packed;
  }

  #exactly(bytes: Buffer, due: number, place: string): Buffer {
    return bytes.byteLength === due ? bytes : damaged(place, `has a block of ${bytes.byteLength} bytes where ${due} are due`);
  }
}
