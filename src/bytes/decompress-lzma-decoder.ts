import type { Sink } from './decompress-sink.ts';
import { damaged, truncated } from './read-failure.ts';

export interface LzmaProperties {
  literalContextBits: number;
  literalPositionBits: number;
  positionBits: number;
  dictionaryBytes: number;
}

const EVEN = 1024;
const STATES = 12;
/** Position slots from here on have bits of their own. */
const FIRST_MODELLED_SLOT = 4;
const LAST_MODELLED_SLOT = 14;
const END_DISTANCE = 0xffffffff;

const probabilities = (count: number): Uint16Array => new Uint16Array(count).fill(EVEN);

/** Lengths 2 to 273, in three ranges. */
class LengthModel {
  readonly choice = probabilities(2);
  readonly low = probabilities(16 << 3);
  readonly middle = probabilities(16 << 3);
  readonly high = probabilities(256);
}

/** LZMA as the LZMA SDK's specification (lzma-specification.txt, 2015) describes it; names follow it. */
export class LzmaDecoder {
  /** The next byte of the input. */
  position: number;
  readonly #input: Uint8Array;
  readonly #sink: Sink;
  readonly #properties: LzmaProperties;
  #range = 0xffffffff;
  #code = 0;

  readonly #literals: Uint16Array;
  readonly #isMatch = probabilities(STATES << 4);
  readonly #isRep = probabilities(STATES);
  readonly #isRepG0 = probabilities(STATES);
  readonly #isRepG1 = probabilities(STATES);
  readonly #isRepG2 = probabilities(STATES);
  readonly #isRep0Long = probabilities(STATES << 4);
  readonly #slots = probabilities(4 << 6);
  readonly #specialDistances = probabilities(1 + 128 - LAST_MODELLED_SLOT);
  readonly #align = probabilities(16);
  readonly #matchLength = new LengthModel();
  readonly #repLength = new LengthModel();

  constructor(input: Uint8Array, start: number, sink: Sink, properties: LzmaProperties) {
    this.#input = input;
    this.#sink = sink;
    this.#properties = properties;
    this.#literals = probabilities(0x300 << (properties.literalContextBits + properties.literalPositionBits));
    this.position = start + 1;
    if (start + 5 > input.length) truncated(sink.place, 'ends where lzma data start');
    if (input[start] !== 0) damaged(sink.place, 'has lzma data that do not start with a zero');
    for (let i = 0; i < 4; i++) this.#code = (this.#code << 8 | input[this.position++]!) >>> 0;
  }

  /** Decodes `sizeBytes`, or up to the end marker where undefined; a marker at exactly that size is read, too. */
  run(sizeBytes: number | undefined): void {
    const { literalContextBits, literalPositionBits, positionBits, dictionaryBytes } = this.#properties;
    const sink = this.#sink;
    const start = sink.length;
    const end = sizeBytes === undefined ? Infinity : start + sizeBytes;
    const positionMask = (1 << positionBits) - 1;
    const literalMask = (1 << literalPositionBits) - 1;
    let state = 0;
    let [rep0, rep1, rep2, rep3] = [0, 0, 0, 0];
    while (sink.length < end || this.#code !== 0) {
      const atEnd = sink.length >= end;
      const position = sink.length - start;
      const posState = position & positionMask;
      if (this.#bit(this.#isMatch, (state << 4) + posState) === 0) {
        if (atEnd) damaged(sink.place, 'goes on after the length that its lzma header states');
        const previous = position === 0 ? 0 : sink.bytes[sink.length - 1]!;
        const model = 0x300 * (((position & literalMask) << literalContextBits) + (previous >> (8 - literalContextBits)));
        sink.fill(state < 7 ? this.#literal(model) : this.#matchedLiteral(model, this.#lookBack(rep0, start)), 1);
        state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
        continue;
      }
      let length: number;
      if (this.#bit(this.#isRep, state) === 0) {
        [rep3, rep2, rep1] = [rep2, rep1, rep0];
        length = this.#length(this.#matchLength, posState);
        state = state < 7 ? 7 : 10;
        rep0 = this.#distance(length);
        if (rep0 === END_DISTANCE) {
          if (sizeBytes !== undefined && !atEnd) damaged(sink.place, 'ends before the length that its lzma header states');
          return;
        }
      } else {
        if (position === 0) damaged(sink.place, 'repeats before there is anything in its lzma data');
        if (this.#bit(this.#isRepG0, state) === 0) {
          if (this.#bit(this.#isRep0Long, (state << 4) + posState) === 0) {
            if (atEnd) damaged(sink.place, 'goes on after the length that its lzma header states');
            state = state < 7 ? 9 : 11;
            sink.fill(this.#lookBack(rep0, start), 1);
            continue;
          }
        } else if (this.#bit(this.#isRepG1, state) === 0) {
          [rep0, rep1] = [rep1, rep0];
        } else if (this.#bit(this.#isRepG2, state) === 0) {
          [rep0, rep1, rep2] = [rep2, rep0, rep1];
        } else {
          [rep0, rep1, rep2, rep3] = [rep3, rep0, rep1, rep2];
        }
        length = this.#length(this.#repLength, posState);
        state = state < 7 ? 8 : 11;
      }
      if (rep0 >= position || rep0 >= dictionaryBytes) damaged(sink.place, 'has lzma data that look back before their start');
      if (sink.length + length > end) damaged(sink.place, 'goes on after the length that its lzma header states');
      sink.repeat(rep0 + 1, length);
    }
  }

  #lookBack(distance: number, start: number): number {
    if (distance >= this.#sink.length - start) damaged(this.#sink.place, 'has lzma data that look back before their start');
    return this.#sink.bytes[this.#sink.length - distance - 1]!;
  }

  #normalize(): void {
    if (this.#range >= 2 ** 24) return;
    if (this.position >= this.#input.length) truncated(this.#sink.place, 'ends in lzma data');
    this.#range = this.#range << 8 >>> 0;
    this.#code = (this.#code << 8 | this.#input[this.position++]!) >>> 0;
  }

  #bit(model: Uint16Array, index: number): number {
    const probability = model[index]!;
    const bound = (this.#range >>> 11) * probability;
    let bit: number;
    if (this.#code < bound) {
      model[index] = probability + (2048 - probability >> 5);
      this.#range = bound;
      bit = 0;
    } else {
      model[index] = probability - (probability >> 5);
      this.#range -= bound;
      this.#code -= bound;
      bit = 1;
    }
    this.#normalize();
    return bit;
  }

  #directBits(count: number): number {
    let result = 0;
    for (let left = count; left > 0; left--) {
      this.#range >>>= 1;
      const bit = this.#code >= this.#range ? 1 : 0;
      if (bit === 1) this.#code -= this.#range;
      this.#normalize();
      result = result * 2 + bit;
    }
    return result;
  }

  #tree(model: Uint16Array, base: number, bits: number): number {
    let node = 1;
    for (let left = bits; left > 0; left--) node = node << 1 | this.#bit(model, base + node);
    return node - (1 << bits);
  }

  #reverseTree(model: Uint16Array, base: number, bits: number): number {
    let node = 1;
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.#bit(model, base + node);
      node = node << 1 | bit;
      value |= bit << i;
    }
    return value;
  }

  #literal(model: number): number {
    let symbol = 1;
    while (symbol < 0x100) symbol = symbol << 1 | this.#bit(this.#literals, model + symbol);
    return symbol & 0xff;
  }

  #matchedLiteral(model: number, matched: number): number {
    let symbol = 1;
    let match = matched;
    while (symbol < 0x100) {
      const matchBit = match >> 7 & 1;
      match <<= 1;
      const bit = this.#bit(this.#literals, model + ((1 + matchBit) << 8) + symbol);
      symbol = symbol << 1 | bit;
      if (matchBit !== bit) break;
    }
    while (symbol < 0x100) symbol = symbol << 1 | this.#bit(this.#literals, model + symbol);
    return symbol & 0xff;
  }

  #length(model: LengthModel, posState: number): number {
    if (this.#bit(model.choice, 0) === 0) return 2 + this.#tree(model.low, posState << 3, 3);
    if (this.#bit(model.choice, 1) === 0) return 10 + this.#tree(model.middle, posState << 3, 3);
    return 18 + this.#tree(model.high, 0, 8);
  }

  #distance(length: number): number {
    const slot = this.#tree(this.#slots, Math.min(length - 2, 3) << 6, 6);
    if (slot < FIRST_MODELLED_SLOT) return slot;
    const bits = (slot >> 1) - 1;
    const base = (2 | slot & 1) * 2 ** bits;
    if (slot < LAST_MODELLED_SLOT) return base + this.#reverseTree(this.#specialDistances, base - slot, bits);
    return base + this.#directBits(bits - 4) * 16 + this.#reverseTree(this.#align, 0, 4);
  }
}
