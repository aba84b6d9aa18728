import type { ContentKind } from '../content/description.ts';
import type { Both } from '../foundation/both.ts';
import type { TextDifference } from './text-differences.ts';

/** Of what `contentDetail` tells: the key under which it is kept, with both digests. Raised with every change to it. */
export const DETAIL_VERSION = 2;

/** So many at most; `more` counts what was left out. */
export interface Listed<T> {
  items: readonly T[];
  more: number;
}

/** null: that side has none of the name. For people; control characters may stand in it. */
export interface ValueChange {
  name: string;
  left: string | null;
  right: string | null;
}

/** Values that differ, under one heading: properties, symbols, configuration, device tree … */
export interface DetailTable {
  name: string;
  rows: Listed<ValueChange>;
}

/** What one side has and the other has not, in the order in which it has it. */
export interface DetailList {
  name: string;
  removed: Listed<string>;
  added: Listed<string>;
}

/** Hexadecimal; the offsets are those of the first byte of each window. */
export interface ByteWindow {
  leftOffset: number;
  rightOffset: number;
  left: string;
  right: string;
}

/**
 * What became of one function. `shifted`: the same instructions, and every address in them leads to the same thing as
 * before as far as can be told: a suspicion, never a proof. `operands`: the same instructions with other operands.
 * `changed`: other instructions. `bytes`: of one size, with other bytes, for a processor whose instructions are not read here.
 */
export type FunctionFate = 'added' | 'removed' | 'changed' | 'operands' | 'bytes' | 'shifted';

export interface FunctionChange {
  /** Of a function without a symbol, null. */
  name: string | null;
  /** Of a function without a name: the next before it that has one. */
  after?: string;
  fate: FunctionFate;
  left: FunctionPlace | null;
  right: FunctionPlace | null;
  /** That differ, where instructions were compared. */
  instructions?: number;
}

export interface FunctionPlace {
  /** Hexadecimal. */
  address: string;
  sizeBytes: number;
}

export interface FunctionDetail {
  /** By symbols, or by the frames that unwinding needs, where there are no symbols; both where some have none. */
  from: 'symbols' | 'frames' | 'symbols and frames';
  /** How many have which fate; `same` includes those that only lie elsewhere. */
  counts: Readonly<Record<FunctionFate | 'same', number>>;
  /** Weightiest first; those that shifted are counted alone. */
  changes: Listed<FunctionChange>;
}

/** What exactly differs within one file: plain JSON, bounded, a function of the two contents and DETAIL_VERSION alone. */
export interface ContentDetail {
  kinds: Both<ContentKind>;
  tables: readonly DetailTable[];
  functions?: FunctionDetail;
  lists: readonly DetailList[];
  texts: readonly TextDifference[];
  /** Of what is not understood: where the first bytes differ. */
  bytes?: Listed<ByteWindow>;
  /** What is packed in it. */
  inside: Listed<{ name: string; detail: ContentDetail }>;
  /** What could not be read, or not be told, and why. */
  problems: readonly string[];
}

export interface DetailLimits {
  /** Contents in contents. */
  depth: number;
  /** Rows of one table. */
  rows: number;
  /** Of all that is told, as JSON; a little more where the last row has long names. */
  maxBytes: number;
  /** Of one content; a larger one is not looked into. */
  contentBytes: number;
  /** Code that is taken apart, both sides together. */
  codeBytes: number;
}

const MIB = 2 ** 20;
export const DETAIL_LIMITS: DetailLimits = { depth: 4, rows: 200, maxBytes: 96_000, contentBytes: 128 * MIB, codeBytes: 48 * MIB };

const LONGEST = 300;

/** A value as it is told. */
export function told(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

/** What room is left for all that is told, whoever asks first. */
export class DetailRoom {
  readonly limits: DetailLimits;
  #leftBytes: number;
  #leftCode: number;

  constructor(limits: DetailLimits) {
    this.limits = limits;
    this.#leftBytes = limits.maxBytes;
    this.#leftCode = limits.codeBytes;
  }

  get isFull(): boolean {
    return this.#leftBytes <= 0;
  }

  /** The first ones, as many as there is room for. */
  list<T>(items: readonly T[], most = this.limits.rows): Listed<T> {
    const taken: T[] = [];
    for (const item of items.slice(0, most)) {
      if (this.#leftBytes <= 0) break;
      this.#leftBytes -= Buffer.byteLength(JSON.stringify(item)) + 1;
      taken.push(item);
    }
    return { items: taken, more: items.length - taken.length };
  }

  /** Whether that much code may still be taken apart. */
  takeCode(bytes: number): boolean {
    if (bytes > this.#leftCode) return false;
    this.#leftCode -= bytes;
    return true;
  }
}
