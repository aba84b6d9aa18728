import type { ContentDescription } from '../content/description.ts';
import type { Both, BytePair } from '../foundation/both.ts';
import { commonEnds } from './equal-ends.ts';
import { keptOf } from './kept.ts';
import { maskable } from './maskable.ts';
import { shared, type Range } from './ranges.ts';
import { differingWindows, stopsAt, TO_NUL, windowText, type Reach, type WindowText } from './windows.ts';

/** What is shorter is looked through as a whole where its bytes need not keep their places. */
const WHOLE_BYTES = 2 ** 21;
/** Of one side: 4 MiB of dates take 2 s. */
export const MOST_SEARCHED_BYTES = 2 ** 22;
/** A certificate is shorter. */
const LINES_AROUND: Reach = { stops: stopsAt((byte) => byte === 10), around: 4096, farthest: 2 ** 16 };

/** What the two are, and whether they are taken apart as texts are. */
interface Known { described: Both<ContentDescription>; isText: boolean }

/** The text of both sides around what differs; `isTooMuch`: so that nothing of it is. */
export interface Searched extends Both<WindowText> { isTooMuch: boolean }

/** What texts are looked for in: what stands around a difference, and may be masked. */
export const searched: (pair: BytePair, known: Known) => Searched = keptOf((pair, known) => {
  const ranges = (side: 'left' | 'right'): Range[] => maskable(known.described[side], pair[side], known.isText);
  const masked = { left: ranges('left'), right: ranges('right') };
  const windows = windowsOf(pair, known.isText, MOST_SEARCHED_BYTES + pair.left.length - bytesOf(masked.left));
  const [left, right] = [shared(windows.left, masked.left), shared(windows.right, masked.right)];
  const isTooMuch = Math.max(bytesOf(left), bytesOf(right)) > MOST_SEARCHED_BYTES;
  return { left: windowText(pair.left, isTooMuch ? [] : left), right: windowText(pair.right, isTooMuch ? [] : right), isTooMuch };
});

/** All of it, where what both sides have matters too. */
export const searchedWhole: (pair: BytePair, known: Known) => Both<WindowText> = keptOf(({ left, right }, { described, isText }) =>
  ({ left: windowText(left, maskable(described.left, left, isText)), right: windowText(right, maskable(described.right, right, isText)) }));

function windowsOf({ left, right }: BytePair, isText: boolean, mostBytes: number): Both<Range[]> {
  const isAligned = left.length === right.length;
  if (isAligned && !isText) return alike(differingWindows(left, right, TO_NUL, mostBytes));
  if (Math.max(left.length, right.length) <= WHOLE_BYTES) return { left: [{ start: 0, end: left.length }], right: [{ start: 0, end: right.length }] };
  if (isAligned) return alike(differingWindows(left, right, LINES_AROUND, mostBytes));
  const { start, end } = commonEnds(left, right);
  const middle = ({ length }: Buffer): Range[] => [{ start: Math.max(0, start - LINES_AROUND.around), end: Math.min(length, length - end + LINES_AROUND.around) }];
  return { left: middle(left), right: middle(right) };
}

function bytesOf(ranges: readonly Range[]): number {
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0);
}

function alike(windows: Range[]): Both<Range[]> {
  return { left: windows, right: windows };
}
