import { constants, inflateRawSync } from 'node:zlib';

import { borrow, type ByteSource } from './byte-source.ts';
import { refuseZlib } from './decompress-gzip.ts';
import { damaged } from './read-failure.ts';

/** How far a deflate stream looks back. */
const WINDOW_BYTES = 2 ** 15;
const ROOM_BYTES = 2 ** 18;

/** Whole blocks of a deflate stream. Bits count from the lowest of the source's first byte. */
export interface Stretch {
  startsAt: number;
  endsAt: number;
  sizeBytes: number;
  /** What was unpacked just before it, as far back as it may look. */
  window?: Buffer;
}

/**
 * Stretches of one source unpacked by zlib, which can only begin with a whole byte: blocks that hold nothing fill the bits before.
 */
export class StretchReader {
  readonly #source: ByteSource;
  readonly #place: string;
  /** For what is packed, one stretch after the other. */
  #room: Buffer = Buffer.alloc(0);

  constructor(source: ByteSource, place: string) {
    this.#source = source;
    this.#place = place;
  }

  /** Throws BYTES.DAMAGED, too, where other than `sizeBytes` come out. */
  unpack({ startsAt, endsAt, sizeBytes, window }: Stretch): Buffer {
    const first = Math.floor(startsAt / 8);
    const { bytes: filling, bits } = FILLINGS[startsAt % 8]!;
    const packed = this.#read(first, Math.ceil(endsAt / 8) - first, filling.byteLength);
    filling.copy(packed);
    packed[filling.byteLength] = packed[filling.byteLength]! >> startsAt % 8 << startsAt % 8 | bits;
    // What the block behind begins with, and whether that is damaged, is not asked here.
    if (endsAt % 8 > 0) packed[packed.byteLength - 1]! &= 2 ** (endsAt % 8) - 1;
    const bytes = inflated(packed, sizeBytes, window, this.#place);
    return bytes.byteLength === sizeBytes ? bytes : damaged(this.#place, 'holds compressed data that are broken: blocks of another length than theirs');
  }

  #read(first: number, length: number, before: number): Buffer {
    if (before + length > this.#room.byteLength) this.#room = Buffer.allocUnsafeSlow(before + length + ROOM_BYTES);
    const packed = this.#room.subarray(before, before + length);
    const bytes = borrow(this.#source, first, length, packed);
    if (bytes.buffer !== packed.buffer) bytes.copy(packed);
    return this.#room.subarray(0, before + length);
  }
}

/** What may be looked back at from behind these bytes, as a copy. */
export function windowBehind(bytes: Buffer, before: Buffer | undefined): Buffer {
  return Buffer.concat([before ?? Buffer.alloc(0), bytes.subarray(Math.max(0, bytes.byteLength - WINDOW_BYTES))]).subarray(0 - WINDOW_BYTES);
}

function inflated(packed: Buffer, sizeBytes: number, window: Buffer | undefined, place: string): Buffer {
  try {
    return inflateRawSync(packed, {
      finishFlush: constants.Z_SYNC_FLUSH, chunkSize: Math.max(sizeBytes + 1, 64), maxOutputLength: sizeBytes + 1, ...(window === undefined || window.byteLength === 0 ? {} : { dictionary: window }),
    });
  } catch (error) {
    return refuseZlib(error, place, sizeBytes);
  }
}

/** A block with the fixed codes, and nothing but its end in it: ten bits. */
const EMPTY_FIXED = '0 10 0000000';
/** The same with codes of its own (257 of them and one distance, all but the end's unused), said in an odd number of bits, 93. */
const EMPTY_DYNAMIC = ['0 01', '00000 00000 1111', '000 000 100', '000 '.repeat(14), '100 000', '1 1111111', '1 1101011', '0 0', '0'].join('');

/** By number: blocks that hold nothing and end so many bits behind the start of a byte; those bits apart. */
const FILLINGS = Array.from({ length: 8 }, (_, wanted) => {
  let text = wanted % 2 === 1 ? EMPTY_DYNAMIC.replaceAll(' ', '') : '';
  while (text.length % 8 !== wanted) text += EMPTY_FIXED.replaceAll(' ', '');
  const bytes = (text.match(/.{1,8}/g) ?? []).map((bits) => Number.parseInt([...bits].toReversed().join(''), 2));
  return { bytes: Buffer.from(bytes.slice(0, text.length >> 3)), bits: wanted === 0 ? 0 : bytes.at(-1)! };
});
