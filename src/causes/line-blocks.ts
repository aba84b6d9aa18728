import type { BytePair } from '../foundation/both.ts';
import { commonEnds } from './equal-ends.ts';
import { keptOf } from './kept.ts';
import { differingWindows, stopsAt, type Reach } from './windows.ts';

const LINE_FEED = 10;
const MOST_LINES = 200_000;
/** Of one side. */
const MOST_BYTES = 6 * 2 ** 20;
const TO_LINES: Reach = { stops: stopsAt((byte) => byte === LINE_FEED), around: 0, farthest: Infinity };

/** Lines of both sides, each in order: in Latin-1, without line feeds. */
export interface LineBlock { left: string[]; right: string[] }

/** As Latin-1, without line feeds. */
export function linesOf(text: Buffer): string[] {
  const lines = text.toString('latin1').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** From the first line that differs to the last: before and behind them both sides have the same. Undefined where there are too many. */
export const lineBlock: (pair: BytePair) => LineBlock | undefined = keptOf(({ left, right }) => {
  if (left.length === 0 || right.length === 0) return readBlock([left], [right]);
  const [a, b] = [withoutLast(left), withoutLast(right)];
  if (a.equals(b)) return { left: [], right: [] };
  const common = commonEnds(a, b).start;
  const start = common === 0 ? 0 : a.lastIndexOf(LINE_FEED, common - 1) + 1;
  const [x, y] = [a.subarray(start), b.subarray(start)];
  const behind = linesBehind(x, commonEnds(x, y).end);
  return readBlock([x.subarray(0, x.length - behind)], [y.subarray(0, y.length - behind)], (text) => text.toString('latin1').split('\n'));
});

/** The same without whatever lines both have at the same place: what is left out is the same on both sides, line by line. */
export const differingLines: (pair: BytePair) => LineBlock | undefined = keptOf((pair) => {
  const { left, right } = pair;
  if (left.length !== right.length) return lineBlock(pair);
  const windows = differingWindows(left, right, TO_LINES, MOST_BYTES).map(({ start, end }) => ({ start: left[start] === LINE_FEED && right[start] === LINE_FEED ? start + 1 : start, end }));
  return readBlock(windows.map(({ start, end }) => left.subarray(start, end)), windows.map(({ start, end }) => right.subarray(start, end)));
});

/** Whether the two have other lines at all, or only in another order. Undefined where there are too many. */
export function haveSameLines(pair: BytePair, read = (line: string): string => line): boolean | undefined {
  const lines = differingLines(pair);
  return lines === undefined ? undefined : sameOnes(lines.left.map(read), lines.right.map(read));
}

export function sameOnes(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length || lengthOf(a) !== lengthOf(b)) return false;
  const counts = new Map<string, number>();
  for (const line of a) counts.set(line, (counts.get(line) ?? 0) + 1);
  return b.every((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count > 0;
  });
}

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, { length }) => sum + length, 0);
}

/** The last line has a feed or not; it is the same line. */
function withoutLast(text: Buffer): Buffer {
  return text.at(-1) === LINE_FEED ? text.subarray(0, -1) : text;
}

/** Bytes of whole lines, with the feed before them, at an end that both sides have. */
function linesBehind(text: Buffer, commonBytes: number): number {
  const feed = text.indexOf(LINE_FEED, text.length - commonBytes);
  return feed < 0 ? 0 : text.length - feed;
}

function readBlock(left: readonly Buffer[], right: readonly Buffer[], read = linesOf): LineBlock | undefined {
  return [left, right].every((pieces) => isFew(pieces)) ? { left: left.flatMap(read), right: right.flatMap(read) } : undefined;
}

/** Whether lines can be told apart one by one. */
export function isFew(pieces: readonly Buffer[]): boolean {
  if (pieces.reduce((sum, piece) => sum + piece.length, 0) > MOST_BYTES) return false;
  let count = 0;
  for (const piece of pieces) for (let at = piece.indexOf(LINE_FEED); at >= 0; at = piece.indexOf(LINE_FEED, at + 1)) if (++count > MOST_LINES) return false;
  return true;
}
