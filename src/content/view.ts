import { damaged, truncated } from '../bytes/read-failure.ts';

/** Fields by offset in one byte order. Offsets come from the input: whatever lies outside throws BYTES.TRUNCATED. */
export class View {
  readonly bytes: Buffer;
  readonly littleEndian: boolean;
  readonly place: string;

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
    const end = this.bytes.indexOf(0, at);
    if (end < 0) truncated(this.place, `ends in the text at byte ${at}`);
    return this.bytes.toString('latin1', at, end);
  }

  #check(at: number, length: number): void {
    if (!Number.isSafeInteger(at) || !Number.isSafeInteger(length) || at < 0 || length < 0 || at + length > this.bytes.length) {
      truncated(this.place, `has ${this.bytes.length} bytes; bytes ${at} to ${at + length} are asked for`);
    }
  }
}
