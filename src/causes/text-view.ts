import type { ContentDescription } from '../content/description.ts';
import type { BytePair } from '../foundation/both.ts';
import { differingLines } from './line-blocks.ts';
import { maskable } from './maskable.ts';
import { shared, type Range } from './ranges.ts';
import type { RuleContext } from './rule.ts';
import { differingWindows, stopsAt, type Reach } from './windows.ts';

interface Script { texts: RegExp; ends: Reach }
const script = (texts: RegExp, isWritten: (byte: number) => boolean): Script => ({ texts, ends: { stops: stopsAt((byte) => !isWritten(byte)), around: 0, farthest: Infinity } });
const isPlain = (byte: number): boolean => byte === 9 || byte >= 0x20 && byte <= 0x7e;

/** Shorter ones are noise of the bytes around them; the more bytes, the longer a text that chance writes. One of 31 MB without an end is no match but a RangeError. */
const SHORT_TEXTS = script(/[\t\x20-\x7e\x80-\xfe]{4,65536}/g, (byte) => isPlain(byte) || byte >= 0x80 && byte <= 0xfe);
const LONG_TEXTS = script(/[\t\x20-\x7e]{8,65536}/g, isPlain);
const SMALL_BYTES = 64 * 1024;
const scriptOf = ({ length }: Buffer): Script => (length > SMALL_BYTES ? LONG_TEXTS : SHORT_TEXTS);
const MOST_TEXTS = 50_000;
/** Of what is no program: a larger file is packed, or has a format that nobody taught this. */
const MOST_DATA_BYTES = 2 ** 21;
const MOST_PROGRAM_BYTES = 2 ** 25;

/**
 * Lines that one side has and the other has not; of two binary files what a person would read in them, a text a line, without code.
 * Suspicions are looked for in it, it proves nothing. Undefined where there is nothing, or too much.
 */
export function differingTexts(pair: BytePair, context: RuleContext): BytePair | undefined {
  if (context.isText) return onlyDifferingLines(pair);
  const ranges = { left: rangesOf(pair.left, context.described.left), right: rangesOf(pair.right, context.described.right) };
  if (ranges.left.length === 0 && ranges.right.length === 0) return undefined;
  const near = textsNear(pair, ranges);
  if (near !== undefined && near.left.equals(near.right)) return undefined;
  const lines = near === undefined ? undefined : lackingLines(near);
  if (lines !== undefined && lines.left.length + lines.right.length > 0) return bounded(lines);
  return onlyDifferingLines({ left: textsOf(pair.left, ranges.left, scriptOf(pair.left)), right: textsOf(pair.right, ranges.right, scriptOf(pair.right)) });
}

function rangesOf(bytes: Buffer, described: ContentDescription): Range[] {
  const isLarge = bytes.length > (described.kind === 'elf' || described.kind === 'kernel-module' ? MOST_PROGRAM_BYTES : MOST_DATA_BYTES);
  return isLarge ? [] : maskable(described, bytes, false);
}

/** Where bytes keep their places, the texts that a difference is in: all others are the same on both sides. */
function textsNear({ left, right }: BytePair, ranges: { left: Range[]; right: Range[] }): BytePair | undefined {
  const isAligned = left.length === right.length && ranges.left.length === ranges.right.length && ranges.left.every(({ start, end }, i) => start === ranges.right[i]!.start && end === ranges.right[i]!.end);
  if (!isAligned) return undefined;
  const windows = shared(differingWindows(left, right, scriptOf(left).ends), ranges.left);
  return { left: textsOf(left, windows, scriptOf(left)), right: textsOf(right, windows, scriptOf(right)) };
}

function textsOf(bytes: Buffer, ranges: readonly Range[], { texts }: Script): Buffer {
  const found: string[] = [];
  for (const { start, end } of ranges) {
    for (const [text] of bytes.toString('latin1', start, end).matchAll(texts)) {
      if (found.length === MOST_TEXTS) return Buffer.alloc(0);
      if (isReadable(text)) found.push(text);
    }
  }
  return Buffer.from(found.map((text) => `${text}\n`).join(''), 'latin1');
}

/** Letters, most of them: what four bytes spell by chance seldom is. */
function isReadable(text: string): boolean {
  const plain = text.replaceAll(/[^\w ./:=-]/g, '').length;
  return plain * 10 >= text.length * 7;
}

/** More is not looked at: rules are many, and a file that differs all through has no one cause that a line would tell. */
const MOST_BYTES = 2 ** 19;

/** In the order of each side. */
function onlyDifferingLines(pair: BytePair): BytePair | undefined {
  const lines = lackingLines(pair);
  if (lines === undefined || lines.left.length + lines.right.length > 0) return bounded(lines);
  // The same lines, in another order.
  return pair.left.equals(pair.right) || pair.left.length > MOST_BYTES ? undefined : { left: pair.left, right: pair.right };
}

function bounded(lines: BytePair | undefined): BytePair | undefined {
  return lines === undefined || lines.left.length > MOST_BYTES || lines.right.length > MOST_BYTES ? undefined : lines;
}

function lackingLines(pair: BytePair): BytePair | undefined {
  const lines = differingLines(pair);
  return lines === undefined ? undefined : { left: lacking(lines.left, lines.right), right: lacking(lines.right, lines.left) };
}

function lacking(lines: readonly string[], others: readonly string[]): Buffer {
  const counts = new Map<string, number>();
  for (const line of others) counts.set(line, (counts.get(line) ?? 0) + 1);
  const found = lines.filter((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count <= 0;
  });
  return Buffer.from(found.map((line) => `${line}\n`).join(''), 'latin1');
}
