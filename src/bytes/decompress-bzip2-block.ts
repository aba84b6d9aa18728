import type { Sink } from './decompress-sink.ts';
import { damaged, truncated, unsupported } from './read-failure.ts';

/** Most significant bit first. */
export class Bits {
  readonly place: string;
  readonly #bytes: Uint8Array;
  #at: number;
  #held = 0;
  #count = 0;

  constructor(bytes: Uint8Array, at: number, place: string) {
    this.#bytes = bytes;
    this.#at = at;
    this.place = place;
  }

  /** At most 24 bits. */
  read(wanted: number): number {
    while (this.#count < wanted) {
      if (this.#at >= this.#bytes.length) truncated(this.place, 'ends in a bzip2 stream');
      this.#held = (this.#held << 8 | this.#bytes[this.#at++]!) >>> 0;
      this.#count += 8;
    }
    this.#count -= wanted;
    return this.#held >>> this.#count & 2 ** wanted - 1;
  }

  word(): number {
    return (this.read(16) * 2 ** 16 + this.read(16)) >>> 0;
  }

  /** Bytes touched so far. */
  wholeBytes(): number {
    return this.#at;
  }
}

interface Block {
  /** Byte in the low 8 bits, index of the next one above them. */
  links: Uint32Array;
  length: number;
  origin: number;
}

/** What follows a block's magic and checksum. */
export function readBlock(bits: Bits, blockBytes: number): Block {
  if (bits.read(1) === 1) unsupported(bits.place, 'a randomised block, as bzip2 wrote before 0.9.5,');
  const origin = bits.read(24);
  const symbols = readSymbolMap(bits);
  const tables = readTables(bits, symbols.length + 2);
  const links = new Uint32Array(blockBytes);
  const length = readSymbols(bits, symbols, tables, links);
  if (origin >= length) damaged(bits.place, 'has a bzip2 block that starts outside itself');
  return { links, length, origin };
}

function readSymbolMap(bits: Bits): number[] {
  const used = bits.read(16);
  const symbols: number[] = [];
  for (let high = 0; high < 16; high++) {
    if ((used >> 15 - high & 1) === 0) continue;
    const row = bits.read(16);
    for (let low = 0; low < 16; low++) if (row >> 15 - low & 1) symbols.push(high * 16 + low);
  }
  if (symbols.length === 0) damaged(bits.place, 'has a bzip2 block without symbols');
  return symbols;
}

const GROUP_SYMBOLS = 50;
const MAX_CODE_BITS = 20;

interface Tables { selectors: Uint8Array; codes: HuffmanCode[] }

/** Canonical: `limits[n]` is the last code of n bits, `bases[n]` what to subtract from one to get its place in `order`. */
interface HuffmanCode { shortest: number; limits: Int32Array; bases: Int32Array; order: number[] }

function readTables(bits: Bits, symbolCount: number): Tables {
  const tableCount = bits.read(3);
  const selectorCount = bits.read(15);
  if (tableCount < 2 || tableCount > 6 || selectorCount === 0) damaged(bits.place, 'has a bzip2 block with a wrong number of tables');
  const recent = Array.from({ length: tableCount }, (_, index) => index);
  const selectors = Uint8Array.from({ length: selectorCount }, () => {
    let index = 0;
    while (bits.read(1) === 1) if (++index >= tableCount) damaged(bits.place, 'selects a bzip2 table that is not there');
    return toFront(recent, index);
  });
  return { selectors, codes: Array.from({ length: tableCount }, () => readCode(bits, symbolCount)) };
}

function readCode(bits: Bits, symbolCount: number): HuffmanCode {
  let length = bits.read(5);
  const lengths = Array.from({ length: symbolCount }, () => {
    for (;;) {
      if (length < 1 || length > MAX_CODE_BITS) damaged(bits.place, 'has a bzip2 code of an impossible length');
      if (bits.read(1) === 0) return length;
      length += bits.read(1) === 0 ? 1 : -1;
    }
  });
  const limits = new Int32Array(MAX_CODE_BITS + 1).fill(-1);
  const bases = new Int32Array(MAX_CODE_BITS + 1);
  const order: number[] = [];
  for (let size = 1, code = 0; size <= MAX_CODE_BITS; size++, code *= 2) {
    bases[size] = code - order.length;
    for (let symbol = 0; symbol < symbolCount; symbol++) if (lengths[symbol] === size) { order.push(symbol); code++; }
    limits[size] = code - 1;
    if (code > 2 ** size) damaged(bits.place, 'has a bzip2 code with more words than fit');
  }
  return { shortest: Math.min(...lengths), limits, bases, order };
}

function readSymbol(bits: Bits, { shortest, limits, bases, order }: HuffmanCode): number {
  let word = bits.read(shortest);
  for (let size = shortest; size <= MAX_CODE_BITS; size++) {
    if (word <= limits[size]! && word - bases[size]! >= 0) return order[word - bases[size]!]!;
    word = word * 2 + (size < MAX_CODE_BITS ? bits.read(1) : 0);
  }
  return damaged(bits.place, 'has a word that is in no bzip2 code');
}

/** Undoes Huffman, the run lengths of zeros and move-to-front; returns how many bytes there are. */
function readSymbols(bits: Bits, symbols: number[], { selectors, codes }: Tables, links: Uint32Array): number {
  const recent = [...symbols];
  const end = symbols.length + 1;
  const full = (): never => damaged(bits.place, 'has a bzip2 block that is larger than its header allows');
  let length = 0;
  let run = 0;
  let runUnit = 1;
  for (let group = 0, left = 0, code = codes[0]!;; left--) {
    if (left === 0) {
      if (group >= selectors.length) damaged(bits.place, 'has a bzip2 block with too few selectors');
      code = codes[selectors[group++]!]!;
      left = GROUP_SYMBOLS;
    }
    const symbol = readSymbol(bits, code);
    if (symbol <= 1) {
      run += runUnit * (symbol + 1);
      runUnit *= 2;
      // Before the run's unit leaves 32 bits.
      if (length + run > links.length) full();
      continue;
    }
    if (run > 0) {
      links.fill(recent[0]!, length, length + run);
      length += run;
      run = 0;
      runUnit = 1;
    }
    if (symbol === end) return length;
    if (length >= links.length) full();
    links[length++] = toFront(recent, symbol - 1);
  }
}

function toFront(recent: number[], index: number): number {
  const value = recent[index]!;
  for (let at = index; at > 0; at--) recent[at] = recent[at - 1]!;
  recent[0] = value;
  return value;
}

/** Undoes the Burrows-Wheeler transform and the first run lengths (four equal bytes, then a count); returns the block's CRC. */
export function writeBlock({ links, length, origin }: Block, sink: Sink): number {
  chain(links, length);
  let crc = 0xffffffff;
  let at = links[origin]! >>> 8;
  let previous = -1;
  let equal = 0;
  for (let left = length; left > 0; left--) {
    const entry = links[at]!;
    const byte = entry & 255;
    at = entry >>> 8;
    const count = equal === 4 ? byte : 1;
    const value = equal === 4 ? previous : byte;
    sink.fill(value, count);
    for (let times = count; times > 0; times--) crc = crc << 8 ^ CRC_TABLE[crc >>> 24 ^ value]!;
    if (equal === 4) { equal = 0; previous = -1; } else { equal = byte === previous ? equal + 1 : 1; previous = byte; }
  }
  return ~crc >>> 0;
}

function chain(links: Uint32Array, length: number): void {
  const starts = new Uint32Array(256);
  for (let at = 0; at < length; at++) starts[links[at]! & 255]!++;
  for (let byte = 0, sum = 0; byte < 256; byte++) {
    const count = starts[byte]!;
    starts[byte] = sum;
    sum += count;
  }
  for (let at = 0; at < length; at++) {
    const to = starts[links[at]! & 255]!++;
    links[to] = links[to]! | at << 8;
  }
}

/** CRC-32 with the polynomial 0x04c11db7, most significant bit first. */
const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? crc << 1 ^ 0x04c11db7 : crc << 1;
  return crc;
});
