import type { ByteSource } from '../bytes/byte-source.ts';
import { decodeBlock } from '../bytes/block-codec.ts';
import type { Budget } from '../bytes/caps.ts';
import { damaged } from '../bytes/read-failure.ts';
import { unsigned64 } from './numbers.ts';
import { Recent } from './recent.ts';
import type { SquashfsSuperblock } from './squashfs-superblock.ts';

export const METADATA_BYTES = 8192;
const PLAIN = 0x8000;
/** 8 MiB of tables stay decoded. */
const BLOCKS_KEPT = 1024;

interface MetadataBlock {
  bytes: Buffer;
  /** Where the next one starts. */
  next: number;
}

/** The blocks of 8 KiB that inodes, directories and tables are stored in; decoded where they are asked for. */
export class SquashfsMetadata {
  readonly #source: ByteSource;
  readonly #squashfs: SquashfsSuperblock;
  readonly #budget: Budget;
  readonly #blocks = new Recent<MetadataBlock>(BLOCKS_KEPT);

  constructor(source: ByteSource, squashfs: SquashfsSuperblock, budget: Budget) {
    this.#source = source;
    this.#squashfs = squashfs;
    this.#budget = budget;
  }

  block(at: number, place: string): MetadataBlock {
    return this.#blocks.get(at, () => this.#decode(at, place));
  }

  cursor(block: number, offset: number, place: string): MetadataCursor {
    return new MetadataCursor(this, block, offset, place);
  }

  /** A table of rows of one size, found through a list of the positions of its blocks. */
  row(positions: number, index: number, rowBytes: number, place: string): Buffer {
    const perBlock = METADATA_BYTES / rowBytes;
    const at = unsigned64(this.#source.read(positions + 8 * Math.floor(index / perBlock), 8), 0);
    const { bytes } = this.block(at, place);
    const offset = (index % perBlock) * rowBytes;
    if (offset + rowBytes > bytes.byteLength) damaged(place, `has no row ${index}`);
    return bytes.subarray(offset, offset + rowBytes);
  }

  #decode(at: number, place: string): MetadataBlock {
    if (at + 2 > this.#squashfs.bytesUsed) damaged(place, `lies behind the end of the file system, at byte ${at}`);
    const header = this.#source.read(at, 2).readUInt16LE(0);
    const length = header & 0x7fff;
    if (length === 0 || length > METADATA_BYTES) damaged(place, `has a metadata block of ${length} bytes at byte ${at}`);
    const packed = this.#source.read(at + 2, length);
    this.#budget.content(place, METADATA_BYTES);
    const bytes = (header & PLAIN) === 0 ? decodeBlock(this.#squashfs.codec, packed, METADATA_BYTES, place) : packed;
    return { bytes, next: at + 2 + length };
  }
}

/** Reads on from block to block. */
export class MetadataCursor {
  readonly #metadata: SquashfsMetadata;
  readonly #place: string;
  #block: MetadataBlock;
  #offset: number;

  constructor(metadata: SquashfsMetadata, block: number, offset: number, place: string) {
    this.#metadata = metadata;
    this.#place = place;
    this.#block = metadata.block(block, place);
    this.#offset = offset;
    if (offset > this.#block.bytes.byteLength) damaged(place, `starts at byte ${offset} of a metadata block of ${this.#block.bytes.byteLength}`);
  }

  take(length: number): Buffer {
    const { bytes } = this.#block;
    if (this.#offset + length <= bytes.byteLength) {
      this.#offset += length;
      return bytes.subarray(this.#offset - length, this.#offset);
    }
    const parts: Buffer[] = [];
    for (let left = length; left > 0;) {
      if (this.#offset === this.#block.bytes.byteLength) this.#advance();
      const part = this.#block.bytes.subarray(this.#offset, this.#offset + left);
      parts.push(part);
      this.#offset += part.byteLength;
      left -= part.byteLength;
    }
    return Buffer.concat(parts);
  }

  /** Only a full block has another behind it: what ends early ends the table. */
  #advance(): void {
    if (this.#block.bytes.byteLength !== METADATA_BYTES) damaged(this.#place, 'ends in the middle of something');
    this.#block = this.#metadata.block(this.#block.next, this.#place);
    this.#offset = 0;
  }
}
