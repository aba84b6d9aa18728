import { damaged, truncated } from './read-failure.ts';

/** How far back the longest kind of match begins. */
const FAR = 0x4000;
const SECOND_TABLE = 0x800;
/** What the last run of literals allows next: none before (0), one to three, or a run of its own. */
const AFTER_RUN = 4;

/**
 * One raw LZO1X block (Linux Documentation/staging/lzo.rst) into a buffer of known size. Returns how many bytes it wrote.
 * Throws BYTES.TRUNCATED where it ends before its end mark, BYTES.DAMAGED where it looks back too far or would write too much.
 */
export function decodeLzo(packed: Uint8Array, out: Uint8Array, place: string): number {
  return new LzoDecoder(packed, out, place).run();
}

class LzoDecoder {
  readonly #packed: Uint8Array;
  readonly #out: Uint8Array;
  readonly #place: string;
  #at = 0;
  #to = 0;
  #state = 0;

  constructor(packed: Uint8Array, out: Uint8Array, place: string) {
    this.#packed = packed;
    this.#out = out;
    this.#place = place;
  }

  run(): number {
    this.#first();
    for (;;) {
      const word = this.#byte();
      if (word >= 64) this.#match((word >>> 5) + 1, 1 + ((word >>> 2) & 7) + (this.#byte() << 3), word & 3);
      else if (word >= 32) this.#middle(2 + this.#length(word & 31, 31));
      else if (word < 16) this.#short(word);
      else if (this.#far(word)) return this.#to;
    }
  }

  /** The first byte may be a count of literals. */
  #first(): void {
    const word = this.#packed[0] ?? truncated(this.#place, 'is an empty lzo block');
    if (word <= 17) return;
    this.#at = 1;
    this.#literals(word - 17);
    this.#state = Math.min(word - 17, AFTER_RUN);
  }

  /** A run of literals, or a match of two or three bytes, by what came before. */
  #short(word: number): void {
    if (this.#state === 0) {
      this.#literals(3 + this.#length(word, 15));
      this.#state = AFTER_RUN;
      return;
    }
    const distance = (word >>> 2) + (this.#byte() << 2) + 1;
    if (this.#state === AFTER_RUN) this.#match(3, distance + SECOND_TABLE, word & 3);
    else this.#match(2, distance, word & 3);
  }

  #middle(length: number): void {
    const tail = this.#pair();
    this.#match(length, 1 + (tail >>> 2), tail & 3);
  }

  /** True at the end mark. */
  #far(word: number): boolean {
    const length = 2 + this.#length(word & 7, 7);
    const tail = this.#pair();
    const distance = ((word & 8) << 11) + (tail >>> 2);
    if (distance === 0) return true;
    this.#match(length, distance + FAR, tail & 3);
    return false;
  }

  /** A length that does not fit its bits goes on in the bytes behind: 255 for each zero. */
  #length(bits: number, most: number): number {
    if (bits !== 0) return bits;
    let sum = most;
    for (;;) {
      const byte = this.#byte();
      if (byte !== 0) return sum + byte;
      sum += 255;
      if (sum > this.#out.length) damaged(this.#place, 'has a length in its lzo block that is longer than all of it');
    }
  }

  #match(length: number, distance: number, literals: number): void {
    const out = this.#out;
    const to = this.#to;
    if (distance > to) damaged(this.#place, 'has an lzo block that looks back before its start');
    if (to + length > out.length) damaged(this.#place, 'has an lzo block that is longer than it may be');
    if (distance >= length) out.copyWithin(to, to - distance, to - distance + length);
    else for (let i = to; i < to + length; i++) out[i] = out[i - distance]!;
    this.#to = to + length;
    this.#literals(literals);
    this.#state = literals;
  }

  #literals(count: number): void {
    if (this.#at + count > this.#packed.length) truncated(this.#place, 'ends in the literals of its lzo block');
    if (this.#to + count > this.#out.length) damaged(this.#place, 'has an lzo block that is longer than it may be');
    for (let i = 0; i < count; i++) this.#out[this.#to + i] = this.#packed[this.#at + i]!;
    this.#at += count;
    this.#to += count;
  }

  #pair(): number {
    const low = this.#byte();
    return low | (this.#byte() << 8);
  }

  #byte(): number {
    return this.#packed[this.#at++] ?? truncated(this.#place, 'ends before the end mark of its lzo block');
  }
}
