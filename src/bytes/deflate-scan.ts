import type { ByteSource } from './byte-source.ts';
import { CodeTable } from './deflate-codes.ts';
import { damaged, overLimit, truncated } from './read-failure.ts';

const CHUNK_BYTES = 2 ** 18;
/** A dynamic header has at most 14 + 19 × 3 + 316 × 14 bits. */
const HEADER_BYTES = 600;
/** A length, its distance and what is looked at behind them. */
const SYMBOL_BYTES = 16;

const END = 256;
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] as const;
const LENGTHS = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258] as const;
const NONE = -1;
const LONGEST_BITS = 15;

/** Bytes that a symbol stands for, and below them how many bits more say how many: 0 of the end, 1 of a literal. */
const SIZES = Array.from({ length: 288 }, (_, symbol) => {
  const index = symbol - END - 1;
  if (index < 0) return symbol === END ? 0 : 1 << 4;
  return index >= LENGTHS.length ? NONE : LENGTHS[index]! << 4 | (index < 8 || index === 28 ? 0 : (index >> 2) - 1);
});
const DISTANCE_BITS = Array.from({ length: 32 }, (_, symbol) => (symbol >= 30 ? NONE : Math.max(0, (symbol >> 1) - 1)));
const PLAIN = Array.from({ length: 19 }, (_, symbol) => symbol);

const FIXED_LENGTHS = Uint8Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8));
const FIXED_DISTANCES = new Uint8Array(32).fill(5);

/**
 * Goes over a deflate stream (RFC 1951) block by block and tells where each ends and how much it unpacks to, without unpacking
 * it: zlib, which does that several times faster, does not tell. It is no judge of a stream: what looks back too far passes.
 */
export class DeflateScan {
  readonly #source: ByteSource;
  readonly #place: string;
  readonly #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES + SYMBOL_BYTES);
  /** Of the source, where the chunk begins; how much of it means something. */
  #start: number;
  #length = 0;
  /** The next bit, in the chunk; up to which one may go before more has to be read. */
  #bit = 0;
  #limit = 0;
  readonly #sizes = new CodeTable(SIZES);
  readonly #distances = new CodeTable(DISTANCE_BITS);
  readonly #lengths = new CodeTable(PLAIN);

  constructor(source: ByteSource, startsAt: number, place: string) {
    this.#source = source;
    this.#place = place;
    this.#start = startsAt;
    this.#seek(startsAt);
  }

  /** Of the source: its next bit, counted from the lowest of its first byte. */
  get bitAt(): number {
    return this.#start * 8 + this.#bit;
  }

  /** Goes over one block that unpacks to at most `allowed` bytes. Throws BYTES.DAMAGED, BYTES.TRUNCATED, BYTES.LIMIT. */
  block(allowed: number): { isLast: boolean; sizeBytes: number } {
    if (this.#bit > this.#limit - HEADER_BYTES * 8) this.#seek(this.#start + (this.#bit >> 3), this.#bit & 7);
    const isLast = this.#take(1) === 1;
    const sizeBytes = this.#content(this.#take(2), allowed);
    this.#checkEnd();
    if (sizeBytes > allowed) overLimit(this.#place, `has a block of ${sizeBytes} bytes or more, allowed are ${allowed}`, allowed, sizeBytes);
    return { isLast, sizeBytes };
  }

  #content(type: number, allowed: number): number {
    if (type === 0) return this.#stored();
    if (type === 3) this.#broken('a block of a type that there is not');
    if (type === 2) this.#dynamicCodes();
    else this.#codes(FIXED_LENGTHS, FIXED_DISTANCES);
    return this.#symbols(allowed);
  }

  #stored(): number {
    this.#bit = Math.ceil(this.#bit / 8) * 8;
    const [length, inverse] = [this.#take(16), this.#take(16)];
    this.#checkEnd();
    if ((length ^ inverse) !== 0xffff) this.#broken('a stored block that contradicts itself');
    const behind = this.#bit + length * 8;
    if (behind <= this.#limit) this.#bit = behind;
    else this.#seek(this.#start + behind / 8);
    return length;
  }

  #dynamicCodes(): void {
    const sizes = this.#take(5) + 257;
    const distances = this.#take(5) + 1;
    const given = this.#take(4) + 4;
    if (sizes > 286 || distances > 30) this.#broken('a block with too many symbols');
    const lengths = new Uint8Array(19);
    for (let i = 0; i < given; i++) lengths[LENGTH_ORDER[i]!] = this.#take(3);
    this.#checkEnd();
    this.#lengths.assign(lengths, 'lengths', this.#place);
    const all = this.#codeLengths(sizes + distances);
    this.#checkEnd();
    if (all[END] === 0) this.#broken('a block without an end');
    this.#codes(all.subarray(0, sizes), all.subarray(sizes));
  }

  #codeLengths(count: number): Uint8Array {
    const all = new Uint8Array(count);
    for (let at = 0; at < count;) {
      const entry = this.#lengths.counted(this.#peek());
      if (entry === 0) this.#broken('a code that there is not');
      this.#bit += entry & 15;
      const symbol = entry >> 4;
      if (symbol < 16) { all[at++] = symbol; continue; }
      if (symbol === 16 && at === 0) this.#broken('a repetition of nothing');
      const times = symbol === 16 ? 3 + this.#take(2) : symbol === 17 ? 3 + this.#take(3) : 11 + this.#take(7);
      if (at + times > count) this.#broken('a repetition that goes too far');
      all.fill(symbol === 16 ? all[at - 1]! : 0, at, at += times);
    }
    return all;
  }

  #codes(sizes: Uint8Array, distances: Uint8Array): void {
    this.#sizes.assign(sizes, 'literals', this.#place);
    this.#distances.assign(distances, 'distances', this.#place);
  }

  /** All the time that this takes is spent here. */
  #symbols(allowed: number): number {
    const chunk = this.#chunk;
    const { entries: sizes, mask: sizeMask } = this.#sizes;
    const { entries: distances, mask: distanceMask } = this.#distances;
    let bit = this.#bit;
    let out = 0;
    for (;;) {
      if (bit >= this.#limit) {
        if (out > allowed) return out;
        this.#bit = bit;
        this.#seek(this.#start + (bit >> 3), bit & 7);
        bit = this.#bit;
      }
      let at = bit >> 3;
      const next = (chunk[at]! | chunk[at + 1]! << 8 | chunk[at + 2]! << 16) >> (bit & 7);
      const size = sizes[next & sizeMask]! || this.#sizes.counted(next);
      bit += size & 15;
      if (size >> 8 === 1) { out++; continue; }
      if (size >> 8 === 0) {
        this.#bit = bit;
        return size === 0 ? this.#broken('a code that there is not') : out;
      }
      const more = size >> 4 & 15;
      at = bit >> 3;
      const ahead = (chunk[at]! | chunk[at + 1]! << 8 | chunk[at + 2]! << 16 | chunk[at + 3]! << 24) >>> (bit & 7);
      out += (size >> 8) + (ahead & (1 << more) - 1);
      const distance = distances[ahead >>> more & distanceMask]! || this.#distances.counted(ahead >>> more);
      bit += more + (distance & 15) + (distance >> 4);
      if (distance !== 0) continue;
      this.#bit = bit;
      this.#broken('a distance that there is not');
    }
  }

  #peek(): number {
    const at = this.#bit >> 3;
    const chunk = this.#chunk;
    return (chunk[at]! | chunk[at + 1]! << 8 | chunk[at + 2]! << 16) >> (this.#bit & 7);
  }

  #take(bits: number): number {
    const value = this.#peek() & 2 ** bits - 1;
    this.#bit += bits;
    return value;
  }

  /** The chunk that begins at this byte. At the end of the source zeros follow, and the limit is that end itself. */
  #seek(at: number, bit = 0): void {
    const left = this.#source.sizeBytes - at;
    if (left <= 0) this.#cut();
    this.#length = Math.min(left, CHUNK_BYTES);
    const bytes = this.#source.readInto?.(at, this.#length, this.#chunk) ?? this.#source.read(at, this.#length);
    if (bytes.buffer !== this.#chunk.buffer) bytes.copy(this.#chunk);
    this.#chunk.fill(0, this.#length, this.#length + SYMBOL_BYTES);
    this.#start = at;
    this.#bit = bit;
    this.#limit = (left > CHUNK_BYTES ? this.#length - SYMBOL_BYTES : this.#length) * 8;
  }

  #checkEnd(): void {
    if (this.#bit > this.#length * 8) this.#cut();
  }

  /** A code that begins close to the end was cut: what follows there are zeros that nobody wrote. */
  #broken(why: string): never {
    if (this.#length < CHUNK_BYTES && this.#bit + LONGEST_BITS > this.#length * 8) this.#cut();
    return damaged(this.#place, `holds compressed data that are broken: ${why}`);
  }

  #cut(): never {
    return truncated(this.#place, 'ends in the middle of compressed data');
  }
}
