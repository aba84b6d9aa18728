import { damaged } from './read-failure.ts';

/** The longest code of RFC 1951. */
const MOST_BITS = 15;
/** Codes up to here are looked up; the few that are longer are counted out. A larger table takes longer to fill than a small block to read. */
const TABLE_BITS = 11;
const MOST_SYMBOLS = 288;

/**
 * By the next bits of a stream, least significant first: what the code there stands for. An entry holds the code's length in its
 * lowest four bits and above them what `meanings` says of the symbol; 0: a longer code than the table's, or none.
 */
export class CodeTable {
  readonly entries = new Int32Array(2 ** TABLE_BITS);
  mask = 0;
  readonly #meanings: ArrayLike<number>;
  /** How many codes have each length; where the codes of each length begin; the symbols in the order of their codes. */
  readonly #counts = new Uint16Array(MOST_BITS + 1);
  readonly #next = new Uint16Array(MOST_BITS + 1);
  readonly #symbols = new Uint16Array(MOST_SYMBOLS);

  /** `meanings`: below 0 for a symbol that means nothing. */
  constructor(meanings: ArrayLike<number>) {
    this.#meanings = meanings;
  }

  /** The canonical code of these lengths, 0 for symbols without one. Throws where zlib would: too many codes, or too few. */
  assign(lengths: Uint8Array, what: string, place: string): void {
    this.#counts.fill(0);
    for (const length of lengths) this.#counts[length]!++;
    const longest = this.#check(lengths.length - this.#counts[0]!, what, place);
    this.#sort(lengths);
    const bits = Math.min(longest, TABLE_BITS);
    this.mask = 2 ** bits - 1;
    this.entries.fill(0, 0, 2 ** bits);
    let code = 0;
    for (let index = 0, length = 1; length <= bits; length++, code *= 2) {
      for (let left = this.#counts[length]!; left > 0; left--, index++, code++) this.#fill(code, length, this.#symbols[index]!);
    }
  }

  /** What the code at the start of these bits stands for, as an entry; 0 where there is none. */
  counted(ahead: number): number {
    let [code, first, index] = [0, 0, 0];
    for (let length = 1; length <= MOST_BITS; length++) {
      code = code * 2 + (ahead >> (length - 1) & 1);
      first *= 2;
      const count = this.#counts[length]!;
      if (code < first + count) return this.#entry(this.#symbols[index + code - first]!, length);
      first += count;
      index += count;
    }
    return 0;
  }

  #check(used: number, what: string, place: string): number {
    let left = 1;
    let longest = 0;
    for (let bits = 1; bits <= MOST_BITS; bits++) {
      left = left * 2 - this.#counts[bits]!;
      if (left < 0) damaged(place, `holds compressed data that are broken: a code of ${what} has too many members`);
      if (this.#counts[bits]! > 0) longest = bits;
    }
    // One code of one bit, or none at all, may stand alone: a block of nothing but literals has no distances.
    if (left > 0 && used > 0 && (longest > 1 || what === 'lengths')) damaged(place, `holds compressed data that are broken: a code of ${what} has too few members`);
    return longest;
  }

  #sort(lengths: Uint8Array): void {
    for (let bits = 1, at = 0; bits <= MOST_BITS; at += this.#counts[bits++]!) this.#next[bits] = at;
    for (let symbol = 0; symbol < lengths.length; symbol++) if (lengths[symbol]! > 0) this.#symbols[this.#next[lengths[symbol]!]!++] = symbol;
  }

  #fill(code: number, length: number, symbol: number): void {
    const entry = this.#entry(symbol, length);
    for (let at = reversed(code, length); at <= this.mask; at += 2 ** length) this.entries[at] = entry;
  }

  #entry(symbol: number, length: number): number {
    const meaning = this.#meanings[symbol]!;
    return meaning < 0 ? 0 : meaning << 4 | length;
  }
}

function reversed(code: number, bits: number): number {
  let result = 0;
  for (let left = bits, rest = code; left > 0; left--, rest >>= 1) result = result << 1 | rest & 1;
  return result;
}
