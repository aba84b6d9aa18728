import type { BytePair } from '../foundation/both.ts';
import { commonEnds } from './equal-ends.ts';
import { differingLines } from './line-blocks.ts';
import { eachDifferingBlock } from './windows.ts';

/** How much of two byte strings differs: what a cause covers is measured in it. Of one length: the places; else what lies between the common ends. */
export function differingBytes(a: Buffer, b: Buffer): number {
  if (a.equals(b)) return 0;
  if (a.length !== b.length) {
    const { start, end } = commonEnds(a, b);
    return Math.max(a.length, b.length) - start - end;
  }
  let count = 0;
  eachDifferingBlock(a, b, ({ start, end }) => {
    for (let at = start; at < end; at++) if (a[at] !== b[at]) count++;
    return true;
  });
  return count;
}

/** Of texts: the bytes of the lines that the other does not have; where both have the same lines, as of any bytes. */
export function differingTextBytes(pair: BytePair): number {
  const lines = differingLines(pair);
  if (lines === undefined) return differingBytes(pair.left, pair.right);
  const more = new Map<string, number>();
  for (const line of lines.left) more.set(line, (more.get(line) ?? 0) + 1);
  for (const line of lines.right) more.set(line, (more.get(line) ?? 0) - 1);
  let [left, right] = [0, 0];
  for (const [line, count] of more) {
    if (count > 0) left += count * (line.length + 1);
    else right -= count * (line.length + 1);
  }
  return Math.max(left, right) || differingBytes(pair.left, pair.right);
}
