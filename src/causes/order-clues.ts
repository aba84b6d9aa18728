import type { BytePair } from '../foundation/both.ts';
import { compareText } from '../foundation/order.ts';
import { differingBytes } from './differing-bytes.ts';
import { differingLines, haveSameLines, isFew, lineBlock, linesOf, sameOnes, type LineBlock } from './line-blocks.ts';
import { isLanguageOrder, meansSomething } from './order-rules.ts';
import type { Rule } from './rule.ts';

/** The lines between the first and the last that differ, where both sides have as many and the same; commas at the end do not count. */
function reorderedBlock(pair: BytePair): LineBlock | undefined {
  if (haveSameLines(pair, bare) !== true) return undefined;
  const block = lineBlock(pair);
  return block !== undefined && block.left.length > 1 && block.left.length === block.right.length && sameOnes(block.left.map(bare), block.right.map(bare)) ? block : undefined;
}

const bare = (line: string): string => line.trimEnd().replace(/[,;]$/, '');
const whole = (block: LineBlock): number => Math.max(block.left.join('\n').length, block.right.join('\n').length);
const NONE: BytePair = { left: Buffer.alloc(0), right: Buffer.alloc(0) };

const LEAST_SORTED = 4;

/** A list within a text, sorted in two ways. Of few lines, or with more text around, it is no proof. */
export const ANY_SORTED: Rule = {
  code: 'locale',
  undo: (pair, context) => {
    const block = meansSomething(context) ? undefined : reorderedBlock(pair);
    if (block === undefined || block.left.length < LEAST_SORTED || !isLanguageOrder(block.left.map(bare), block.right.map(bare))) return undefined;
    return { pair: NONE, evidence: [`${block.left.length} lines`], bytes: whole(block) };
  },
};

/** Whatever the lines are. */
export const ANY_LINES: Rule = {
  code: 'ordering',
  undo: (pair) => { const block = reorderedBlock(pair); return block === undefined ? undefined : { pair: NONE, evidence: [`${block.left.length} lines`], bytes: whole(block) }; },
};

const ADDRESS = /(?<![\w.])(?:0x)?[0-9a-fA-F]{6,16}(?!\w)/g;
const LEAST_SYMBOLS = 3;

function symbolsOf(lines: readonly string[]): string[] {
  return lines.filter((line) => line.search(ADDRESS) >= 0).map((line) => line.replaceAll(ADDRESS, '').replaceAll(/0x[0-9a-f]+/g, '').trim()).filter((line) => line !== '');
}

/** Listings of symbols (nm, System.map, a linker's map): addresses go up on both sides, the names come in another order. */
export const ANY_SYMBOLS: Rule = {
  code: 'link-order',
  undo: (pair) => {
    const changed = differingLines(pair);
    if (changed === undefined || !sameOnes(symbolsOf(changed.left), symbolsOf(changed.right))) return undefined;
    const block = lineBlock(pair);
    if (block === undefined || symbolsOf(block.left).join('\n') === symbolsOf(block.right).join('\n')) return undefined;
    const count = isFew([pair.left]) ? symbolsOf(linesOf(pair.left)).length : 0;
    return count < LEAST_SYMBOLS ? undefined : { pair: NONE, evidence: [`${count} symbols`], bytes: Math.max(pair.left.length, pair.right.length) };
  },
};

const LEAST_WORDS = 3;
const MOST_WORDS = 50_000;

/** The same words of a line in another order: keys of JSON, attributes of XML, a list between commas. */
export const ANY_WORDS: Rule = {
  code: 'ordering',
  undo: (pair, { isText }) => {
    const block = isText ? lineBlock(pair) : undefined;
    if (block === undefined || block.left.length !== block.right.length) return undefined;
    const { left: a, right: b } = block;
    let [bytes, lines] = [0, 0];
    const rest: [string[], string[]] = [[], []];
    for (const [i, line] of a.entries()) {
      if (line === b[i] || !isReordered(line, b[i]!)) { rest[0].push(line); rest[1].push(b[i]!); continue; }
      [bytes, lines] = [bytes + line.length, lines + 1];
    }
    const text = (list: readonly string[]): Buffer => Buffer.from(list.map((line) => `${line}\n`).join(''), 'latin1');
    return lines === 0 ? undefined : { pair: { left: text(rest[0]), right: text(rest[1]) }, evidence: [`${lines} lines, words of each`], bytes };
  },
};

function isReordered(a: string, b: string): boolean {
  if (a.length !== b.length || a.length > MOST_WORDS * 20) return false;
  const [x, y] = [a, b].map((line): string[] => line.match(/[\w.\x80-\xff/+-]+/g) ?? []) as [string[], string[]];
  return x.length >= LEAST_WORDS && x.length === y.length && x.length <= MOST_WORDS && sameOnes(x, y);
}

const [LEAST_RECORD, MOST_RECORD, MOST_BYTES] = [4, 128, 2 ** 16];

/** A table of records of one length, in another order. */
export const ANY_RECORDS: Rule = {
  code: 'ordering',
  undo: ({ left, right }, { described }) => {
    if (described.left.kind !== 'data' || left.length !== right.length || left.length > MOST_BYTES || !sameHistogram(left, right)) return undefined;
    let [start, end] = [0, left.length];
    while (start < end && left[start] === right[start]) start++;
    while (end > start && left[end - 1] === right[end - 1]) end--;
    for (let size = LEAST_RECORD; size <= MOST_RECORD; size++) {
      for (let shift = 0; shift < size && shift <= start; shift++) {
        const from = start - shift;
        const count = Math.ceil((end - from) / size);
        if (count < 3 || from + count * size > left.length) continue;
        const records = (bytes: Buffer): string[] => Array.from({ length: count }, (_, i) => bytes.toString('latin1', from + i * size, from + (i + 1) * size)).toSorted(compareText);
        if (records(left).join('') === records(right).join('')) return { pair: NONE, evidence: [`${count} records of ${size} bytes`], bytes: end - start };
      }
    }
    return undefined;
  },
};

function sameHistogram(a: Buffer, b: Buffer): boolean {
  const counts = new Int32Array(256);
  for (const byte of a) counts[byte]!++;
  for (const byte of b) counts[byte]!--;
  return counts.every((count) => count === 0);
}

/** The libraries that a program needs, in another order: with it goes the order in which names are looked up. */
export const NEEDED_ORDER: Rule = {
  code: 'link-order',
  undo: ({ left, right }, { described }) => {
    const needed = [described.left, described.right].map((of) => (of.kind === 'elf' ? of.facts.dynamic?.needed ?? [] : []));
    const [a, b] = needed as [string[], string[]];
    if (a.join('\n') === b.join('\n') || !sameOnes(a, b)) return undefined;
    return { pair: NONE, evidence: [`${a.length} libraries`], bytes: Math.max(1, differingBytes(left, right)) };
  },
};
