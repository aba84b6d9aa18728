import type { BytePair } from '../foundation/both.ts';
import type { ByteWindow, DetailRoom, Listed } from './detail.ts';

const WINDOW_BYTES = 16;
const MOST_WINDOWS = 8;
/** Windows lie at multiples of it, as people read hexadecimal. */
const ALIGNMENT = 16;

/** The first places that differ. Of one length: place by place; else the first and the last, for between them nothing is in its place. */
export function byteWindows({ left, right }: BytePair, room: DetailRoom): Listed<ByteWindow> {
  return left.length === right.length ? windowsInPlace(left, right, room) : room.list(outerWindows(left, right));
}

function windowsInPlace(left: Buffer, right: Buffer, room: DetailRoom): Listed<ByteWindow> {
  const starts: number[] = [];
  let count = 0;
  for (let at = 0; at < left.length; at += ALIGNMENT) {
    if (left.compare(right, at, Math.min(at + ALIGNMENT, right.length), at, Math.min(at + ALIGNMENT, left.length)) === 0) continue;
    if (count++ < MOST_WINDOWS) starts.push(at);
  }
  const { items, more } = room.list(starts.map((at) => windowAt(left, right, at, at)));
  return { items, more: more + count - starts.length };
}

function outerWindows(left: Buffer, right: Buffer): ByteWindow[] {
  const most = Math.min(left.length, right.length);
  let start = 0;
  while (start < most && left[start] === right[start]) start++;
  let end = 0;
  while (end < most - start && left[left.length - 1 - end] === right[right.length - 1 - end]) end++;
  const first = windowAt(left, right, aligned(start), aligned(start));
  const [lastLeft, lastRight] = [left.length - end - WINDOW_BYTES, right.length - end - WINDOW_BYTES];
  return Math.min(lastLeft, lastRight) <= aligned(start) + WINDOW_BYTES ? [first] : [first, windowAt(left, right, lastLeft, lastRight)];
}

const aligned = (at: number): number => at - at % ALIGNMENT;

function windowAt(left: Buffer, right: Buffer, leftOffset: number, rightOffset: number): ByteWindow {
  const hex = (bytes: Buffer, at: number): string => bytes.toString('hex', at, at + WINDOW_BYTES);
  return { leftOffset, rightOffset, left: hex(left, leftOffset), right: hex(right, rightOffset) };
}
