import type { Range } from './ranges.ts';

const PAGE = 4096;

/** Every place at which two byte strings of one length differ, in order, until `tell` says false. Equal pages cost no look at their bytes. */
export function eachDifference(a: Buffer, b: Buffer, tell: (at: number) => boolean): void {
  for (let page = 0; page < a.length; page += PAGE) {
    const end = Math.min(page + PAGE, a.length);
    if (a.compare(b, page, end, page, end) === 0) continue;
    for (let at = page; at < end; at++) if (a[at] !== b[at] && !tell(at)) return;
  }
}

/** How far a window goes around a place that differs: `around` bytes, then up to a byte that stops it on both sides, but no more than `farthest`. */
export interface Reach { stops: Uint8Array; around: number; farthest: number }

export function stopsAt(isStop: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (isStop(byte) ? 1 : 0));
}

/** Room for whatever stands before a date or a path and belongs to it. A text of megabytes is no reason to look through megabytes. */
const TO_NUL: Reach = { stops: stopsAt((byte) => byte === 0), around: 256, farthest: 2 ** 16 };

/**
 * Where two byte strings of one length differ, each place with what stands around it up to a NUL that both have: no text of
 * 64 KiB goes over the end of a window, and none that differs there. Outside of them there is nothing to explain. United.
 */
export function differingWindows(a: Buffer, b: Buffer, reach: Reach = TO_NUL): Range[] {
  const windows: Range[] = [];
  let settled = 0;
  eachDifference(a, b, (at) => {
    if (at < settled) return true;
    const last = windows.at(-1);
    const start = startOf(a, b, at, last?.end ?? 0, reach);
    const end = endOf(a, b, at, reach);
    settled = stops(a, b, end - 1, reach) ? end : end - reach.around;
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else windows.push({ start, end });
    return true;
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
