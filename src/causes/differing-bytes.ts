import { eachDifference } from './windows.ts';

/** How much of two byte strings differs: what a cause covers is measured in it. Of one length: the places; else what lies between the common ends. */
export function differingBytes(a: Buffer, b: Buffer): number {
  if (a.equals(b)) return 0;
  if (a.length !== b.length) return Math.max(a.length, b.length) - commonEnds(a, b);
  let count = 0;
  eachDifference(a, b, () => { count++; return true; });
  return count;
}

function commonEnds(a: Buffer, b: Buffer): number {
  const most = Math.min(a.length, b.length);
  let start = 0;
  while (start < most && a[start] === b[start]) start++;
  let end = 0;
  while (end < most - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return start + end;
}

/** Of texts: the bytes of the lines that the other does not have; where both have the same lines, as of any bytes. */
export function differingTextBytes(a: Buffer, b: Buffer): number {
  if (hasManyLines(a) || hasManyLines(b)) return differingBytes(a, b);
  const more = new Map<string, number>();
  for (const line of linesOf(a)) more.set(line, (more.get(line) ?? 0) + 1);
  for (const line of linesOf(b)) more.set(line, (more.get(line) ?? 0) - 1);
  let [left, right] = [0, 0];
  for (const [line, count] of more) {
    if (count > 0) left += count * (line.length + 1);
    else right -= count * (line.length + 1);
  }
  return Math.max(left, right) || differingBytes(a, b);
}

const MOST_LINES = 200_000;

/** Too many to be told apart one by one. */
export function hasManyLines(text: Buffer): boolean {
  let count = 0;
  for (let at = text.indexOf(10); at >= 0; at = text.indexOf(10, at + 1)) if (++count > MOST_LINES) return true;
  return false;
}

/** As Latin-1, without line feeds. */
export function linesOf(text: Buffer): string[] {
  const lines = text.toString('latin1').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
