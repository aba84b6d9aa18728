import type { Range } from './ranges.ts';

const PAGE = 4096;
/** Room for whatever stands before a date or a path and belongs to it. */
const AROUND = 256;

/** Every place at which two byte strings of one length differ, in order, until `tell` says false. Equal pages cost no look at their bytes. */
export function eachDifference(a: Buffer, b: Buffer, tell: (at: number) => boolean): void {
  for (let page = 0; page < a.length; page += PAGE) {
    const end = Math.min(page + PAGE, a.length);
    if (a.compare(b, page, end, page, end) === 0) continue;
    for (let at = page; at < end; at++) if (a[at] !== b[at] && !tell(at)) return;
  }
}

/**
 * Where two byte strings of one length differ, each place with what stands around it up to a NUL that both have: no text goes
 * over the end of a window. Outside of them there is nothing to explain. United.
 */
export function differingWindows(a: Buffer, b: Buffer): Range[] {
  const windows: Range[] = [];
  eachDifference(a, b, (at) => {
    const last = windows.at(-1);
    if (last !== undefined && at < last.end) return true;
    const start = startOf(a, b, at, last?.end ?? 0);
    const end = endOf(a, b, at);
    if (last !== undefined && start <= last.end) last.end = end;
    else windows.push({ start, end });
    return true;
  });
  return windows;
}

function startOf(a: Buffer, b: Buffer, at: number, least: number): number {
  let start = Math.max(at - AROUND, least);
  while (start > least && (a[start] !== 0 || b[start] !== 0)) start--;
  return start;
}

function endOf(a: Buffer, b: Buffer, at: number): number {
  let end = Math.min(at + AROUND, a.length);
  while (end < a.length && (a[end - 1] !== 0 || b[end - 1] !== 0)) end++;
  return end;
}

/** Between two windows that are read as one text. No pattern goes over so many. */
const GAP = '\0'.repeat(16);

/** The windows as one Latin-1 text, and where a piece of it lies in the bytes. */
export function windowText(bytes: Buffer, windows: readonly Range[]): { text: string; placed<T extends Range>(found: T): T } {
  const starts: number[] = [];
  const pieces: string[] = [];
  let length = 0;
  for (const { start, end } of windows) {
    starts.push(length);
    pieces.push(bytes.toString('latin1', start, end), GAP);
    length += end - start + GAP.length;
  }
  return {
    text: pieces.join(''),
    placed: (found) => {
      const moved = windows[lastAtOrBefore(starts, found.start)]!.start - starts[lastAtOrBefore(starts, found.start)]!;
      return { ...found, start: found.start + moved, end: found.end + moved };
    },
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
