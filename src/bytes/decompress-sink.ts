import { tooMuch } from './decompress-limits.ts';

const FIRST_BYTES = 64 * 1024;
/** Below this a loop beats a call. */
const SHORT_COPY_BYTES = 32;

/** Collects decompressed bytes up to a limit; what was written can be looked back at. */
export class Sink {
  /** Only the first `length` bytes count. */
  bytes: Buffer;
  length = 0;
  readonly place: string;
  readonly #allowed: number;

  constructor(place: string, allowed: number) {
    this.place = place;
    this.#allowed = allowed;
    this.bytes = Buffer.allocUnsafeSlow(Math.min(FIRST_BYTES, Math.max(allowed, 1)));
  }

  /** Room for `count` more bytes from `length` on; throws BYTES.LIMIT. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed > this.#allowed) tooMuch(this.place, this.#allowed, needed);
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.min(this.#allowed, Math.max(needed, this.bytes.length * 2)));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  push(piece: Uint8Array): void {
    this.take(piece, 0, piece.length);
  }

  /** `count` bytes of another buffer; the caller has checked that they are there. */
  take(from: Uint8Array, start: number, count: number): void {
    if (this.length + count > this.bytes.length) this.reserve(count);
    const { bytes } = this;
    if (count > SHORT_COPY_BYTES) bytes.set(from.subarray(start, start + count), this.length);
    else for (let i = 0; i < count; i++) bytes[this.length + i] = from[start + i]!;
    this.length += count;
  }

  /** One byte, so many times. */
  fill(byte: number, count: number): void {
    if (this.length + count > this.bytes.length) this.reserve(count);
    if (count === 1) this.bytes[this.length] = byte;
    else this.bytes.fill(byte, this.length, this.length + count);
    this.length += count;
  }

  /** Repeats what lies `distance` bytes back; it may overlap itself. The caller has checked that it is there. */
  repeat(distance: number, count: number): void {
    if (this.length + count > this.bytes.length) this.reserve(count);
    const { bytes } = this;
    let at = this.length;
    if (distance >= count && count > SHORT_COPY_BYTES) {
      bytes.copyWithin(at, at - distance, at - distance + count);
    } else if (distance === 1) {
      bytes.fill(bytes[at - 1]!, at, at + count);
    } else {
      for (const end = at + count; at < end; at++) bytes[at] = bytes[at - distance]!;
    }
    this.length += count;
  }

  finish(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}
