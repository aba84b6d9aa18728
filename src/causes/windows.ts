import type { BytePair } from '../foundation/both.ts';
import type { Range } from './ranges.ts';

/** Each step down a call of `compare` is worth so many bytes. */
const BLOCKS: readonly number[] = [2 ** 17, 2 ** 11];

/** Blocks in which two byte strings of one length differ, in order, until `look` says false. What lies in others costs no look at its bytes. */
export function eachDifferingBlock(a: Buffer, b: Buffer, look: (block: Range) => boolean): void {
  blocksIn({ left: a, right: b }, { start: 0, end: a.length }, BLOCKS, look);
}

function blocksIn(pair: BytePair, range: Range, [size, ...smaller]: readonly number[], look: (block: Range) => boolean): boolean {
  if (size === undefined) return look(range);
  for (let at = range.start; at < range.end; at += size) {
    const end = Math.min(at + size, range.end);
    if (pair.left.compare(pair.right, at, end, at, end) !== 0 && !blocksIn(pair, { start: at, end }, smaller, look)) return false;
  }
  return true;
}

/** Every place at which they differ, in order, from each on to the next that is not before what `tell` gives: `Infinity` is enough. */
export function eachDifference(a: Buffer, b: Buffer, tell: (at: number) => number): void {
  let next = 0;
  eachDifferingBlock(a, b, ({ start, end }) => {
    for (let at = Math.max(start, next); at < end; at++) {
      if (a[at] === b[at]) continue;
      next = tell(at);
      at = Math.max(at, next - 1);
    }
    return next !== Infinity;
  });
}

/** How far a window goes around a place that differs: `around` bytes, then up to a byte that stops it on both sides, but no more than `farthest`. */
export interface Reach { stops: Uint8Array; around: number; farthest: number }

export function stopsAt(isStop: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (isStop(byte) ? 1 : 0));
}

/** Room for whatever stands before a date or a path and belongs to it. A text of megabytes is no reason to look through megabytes. */
export const TO_NUL: Reach = { stops: stopsAt((byte) => byte === 0), around: 256, farthest: 2 ** 16 };

/**
 * Where two byte strings of one length differ, each place with what stands around it up to a NUL that both have: no text of
 * 64 KiB goes over the end of a window, and none that differs there. Outside of them there is nothing to explain. United. More
 * than `mostBytes` of them end the search: it is for those who then give up.
 */
export function differingWindows(a: Buffer, b: Buffer, reach: Reach, mostBytes = Infinity): Range[] {
  const windows: Range[] = [];
  let all = 0;
  eachDifference(a, b, (at) => {
    const last = windows.at(-1);
    const start = startOf(a, b, at, last?.end ?? 0, reach);
    const end = endOf(a, b, at, reach);
    all += end - Math.max(start, last?.end ?? 0);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else windows.push({ start, end });
    if (all > mostBytes) return Infinity;
    return stops(a, b, end - 1, reach) ? end : end - reach.around;
  });
  return windows;
}

function stops(a: Buffer, b: Buffer, at: number, { stops: table }: Reach): boolean {
  return table[a[at]!] === 1 && table[b[at]!] === 1;
}

function startOf(a: Buffer, b: Buffer, at: number, least: number, reach: Reach): number {
  let start = Math.max(at - reach.around, least);
  const first = Math.max(at - reach.farthest, least);
  while (start > first && !stops(a, b, start, reach)) start--;
  return start;
}

function endOf(a: Buffer, b: Buffer, at: number, reach: Reach): number {
  let end = Math.min(at + Math.max(1, reach.around), a.length);
  const last = Math.min(at + reach.farthest, a.length);
  while (end < last && !stops(a, b, end - 1, reach)) end++;
  return end;
}

/** Between two windows that are read as one text: no line and no name goes over so many. */
const GAP = '\0'.repeat(16);

/** Pieces of bytes as one Latin-1 text; `placed` says where what was found in it lies in the bytes, without what goes over the end of a window. */
export interface WindowText { text: string; placed<T extends Range>(found: readonly T[]): T[] }

export function windowText(bytes: Buffer, windows: readonly Range[]): WindowText {
  const starts: number[] = [];
  const pieces: string[] = [];
  let length = 0;
  for (const { start, end } of windows) {
    starts.push(length);
    if (pieces.length > 0) pieces.push(GAP);
    pieces.push(bytes.toString('latin1', start, end));
    length += end - start + GAP.length;
  }
  return {
    text: pieces.join(''),
    placed: (found) => found.flatMap((one) => {
      const number = lastAtOrBefore(starts, one.start);
      const { start, end } = windows[number]!;
      const moved = start - starts[number]!;
      return one.end + moved > end ? [] : [{ ...one, start: one.start + moved, end: one.end + moved }];
    }),
  };
}

function lastAtOrBefore(starts: readonly number[], at: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (starts[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}
