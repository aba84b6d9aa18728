import { damaged, overLimit, truncated } from '../bytes/read-failure.ts';

/** Names and paths are shorter; a hostile table of strings is one that a thousand entries point into. */
const MAX_TEXT_BYTES = 64 * 1024;
/** Of all texts that are taken out of one view. */
const MAX_TEXTS_BYTES = 256 * 2 ** 20;

/** Fields by offset in one byte order. Offsets come from the input: whatever lies outside throws BYTES.TRUNCATED. */
export class View {
  readonly bytes: Buffer;
  readonly littleEndian: boolean;
  readonly place: string;
  #textsLeft = MAX_TEXTS_BYTES;

  constructor(bytes: Uint8Array, littleEndian: boolean, place: string) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.littleEndian = littleEndian;
    this.place = place;
  }

  get sizeBytes(): number {
    return this.bytes.length;
  }

  u8(at: number): number {
    this.#check(at, 1);
    return this.bytes[at]!;
  }

  u16(at: number): number {
    this.#check(at, 2);
    return this.littleEndian ? this.bytes.readUInt16LE(at) : this.bytes.readUInt16BE(at);
  }

  u32(at: number): number {
    this.#check(at, 4);
    return this.littleEndian ? this.bytes.readUInt32LE(at) : this.bytes.readUInt32BE(at);
  }

  i32(at: number): number {
    return this.u32(at) | 0;
  }

  u64(at: number): bigint {
    this.#check(at, 8);
    return this.littleEndian ? this.bytes.readBigUInt64LE(at) : this.bytes.readBigUInt64BE(at);
  }

  /** A length or an offset: no file has 2^53 bytes. */
  size64(at: number): number {
    const value = this.u64(at);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) damaged(this.place, `states ${value} as a size at byte ${at}`);
    return Number(value);
  }

  slice(at: number, length: number): Buffer {
    this.#check(at, length);
    return this.bytes.subarray(at, at + length);
  }

  /** Up to a NUL, which has to be there. Bytes become characters one by one: a name need not be UTF-8. */
  text(at: number): string {
    this.#check(at, 0);
    return this.#textAt(at) ?? truncated(this.place, `ends in the text at byte ${at}`);
  }

  /** As `text`, but empty where it lies outside or has no end. */
  textIfAny(at: number): string {
    return at < this.bytes.length ? this.#textAt(at) ?? '' : '';
  }

  #textAt(at: number): string | undefined {
    const window = this.bytes.subarray(at, at + MAX_TEXT_BYTES + 1);
    const length = window.indexOf(0);
    // Looking for an end that is not there is work, too.
    this.#textsLeft -= length < 0 ? window.length : length;
    if (this.#textsLeft < 0) overLimit(this.place, `has texts of more than ${MAX_TEXTS_BYTES} bytes`, MAX_TEXTS_BYTES, MAX_TEXTS_BYTES);
    if (length < 0 && window.length > MAX_TEXT_BYTES) overLimit(this.place, `has a text of more than ${MAX_TEXT_BYTES} bytes at byte ${at}`, MAX_TEXT_BYTES, MAX_TEXT_BYTES);
    return length < 0 ? undefined : window.toString('latin1', 0, length);
  }

  #check(at: number, length: number): void {
    // Fractions come from no field; what is too large fails the last comparison, and so does what is no number.
    if (!(at >= 0 && length >= 0 && at + length <= this.bytes.length)) {
      truncated(this.place, `has ${this.bytes.length} bytes; bytes ${at} to ${at + length} are asked for`);
    }
  }
}
