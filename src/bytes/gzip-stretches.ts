import { crc32 } from 'node:zlib';

import { peek, type ByteSource } from './byte-source.ts';
import { isGzip, readGzipHeader, type GzipFacts } from './decompress-gzip.ts';
import { tooMuch } from './decompress-limits.ts';
import { DeflateScan } from './deflate-scan.ts';
import { StretchReader, windowBehind, type Stretch } from './deflate-stretch.ts';
import { damaged, overLimit, truncated } from './read-failure.ts';

/** A gzip file as what can be unpacked one by one, in any order. */
export interface GzipStretches {
  stretches: readonly (Stretch & { /** Of what is unpacked. */ offset: number })[];
  sizeBytes: number;
  packedBytes: number;
  facts: GzipFacts;
}

/** For each, 32 KiB are kept: what lies before it. */
const STRETCH_BYTES = 2 ** 21;
const MOST_BLOCK_BYTES = 2 ** 26;
const MOST_STRETCHES = 2 ** 16;
const MOST_HEADER_BYTES = 2 ** 20;
const MEMBERS_TOLD = 64;

/**
 * Members one after the other, as `gunzip` reads them, every byte of them checked; holds no more of what is unpacked than a
 * stretch. Throws BYTES.DAMAGED, BYTES.TRUNCATED, BYTES.LIMIT.
 */
export function readGzipStretches(source: ByteSource, place: string, maxBytes: number): GzipStretches {
  const reader = new GzipReader(source, place, maxBytes);
  let at = 0;
  do at = reader.member(at); while (isGzip(peek(source, at, 4)));
  return { ...reader, packedBytes: at };
}

class GzipReader {
  readonly stretches: GzipStretches['stretches'][number][] = [];
  readonly facts: GzipFacts = { compression: 'gzip', memberCount: 0, members: [] };
  sizeBytes = 0;
  readonly #source: ByteSource;
  readonly #place: string;
  readonly #maxBytes: number;

  constructor(source: ByteSource, place: string, maxBytes: number) {
    this.#source = source;
    this.#place = place;
    this.#maxBytes = maxBytes;
  }

  /** Returns where the next would begin. */
  member(start: number): number {
    const { dataStart, ...header } = readGzipHeader(peek(this.#source, start, MOST_HEADER_BYTES), 0, this.#place);
    const before = this.sizeBytes;
    const { endsAt, checksum } = this.#content(start + dataStart);
    const trailer = peek(this.#source, endsAt, 8);
    const sizeBytes = this.sizeBytes - before;
    if (trailer.byteLength < 8) truncated(this.#place, 'ends before the checksum of a gzip member');
    if (trailer.readUInt32LE(0) !== checksum) damaged(this.#place, 'has a gzip member whose checksum is wrong');
    if (trailer.readUInt32LE(4) !== sizeBytes % 2 ** 32) damaged(this.#place, 'has a gzip member that states another length');
    if (this.facts.memberCount++ < MEMBERS_TOLD) this.facts.members.push({ ...header, packedBytes: endsAt + 8 - start, sizeBytes });
    return endsAt + 8;
  }

  #content(startsAt: number): { endsAt: number; checksum: number } {
    const scan = new DeflateScan(this.#source, startsAt, this.#place);
    const reader = new StretchReader(this.#source, this.#place);
    let window: Buffer | undefined;
    let checksum = 0;
    for (;;) {
      const { isLast, ...blocks } = this.#next(scan);
      const stretch = { ...blocks, ...(window === undefined ? {} : { window }) };
      const bytes = reader.unpack(stretch);
      this.#keep(stretch);
      checksum = crc32(bytes, checksum);
      window = windowBehind(bytes, window);
      if (isLast) return { endsAt: Math.ceil(scan.bitAt / 8), checksum };
    }
  }

  #next(scan: DeflateScan): Stretch & { isLast: boolean } {
    const startsAt = scan.bitAt;
    let sizeBytes = 0;
    for (let isLast = false; ;) {
      const block = scan.block(MOST_BLOCK_BYTES);
      isLast = block.isLast;
      sizeBytes += block.sizeBytes;
      // Blocks that hold next to nothing may go on for long.
      if (isLast || sizeBytes >= STRETCH_BYTES || scan.bitAt - startsAt > STRETCH_BYTES * 8) return { startsAt, endsAt: scan.bitAt, sizeBytes, isLast };
    }
  }

  #keep(stretch: Stretch): void {
    if (stretch.sizeBytes === 0) return;
    if (this.stretches.length === MOST_STRETCHES) overLimit(this.#place, `is packed in more than ${MOST_STRETCHES} pieces`, MOST_STRETCHES, MOST_STRETCHES + 1);
    this.stretches.push({ ...stretch, offset: this.sizeBytes });
    this.sizeBytes += stretch.sizeBytes;
    if (this.sizeBytes > this.#maxBytes) tooMuch(this.#place, this.#maxBytes, this.sizeBytes);
  }
}
