import { maskable } from './maskable.ts';
import { holds, type Range } from './ranges.ts';
import type { Rule, RuleContext } from './rule.ts';
import { eachDifference } from './windows.ts';

const MOST_RUNS = 10_000;

/** Numbers of 32 bits that are the time of the build on each side; one byte of the value that differs is enough to look at it. */
export const BINARY_TIMES: Rule = {
  code: 'embedded-timestamp',
  undo: (pair, context) => {
    const { left, right } = pair;
    if (context.isText || left.length !== right.length || !isTimeKnown('left', context) || !isTimeKnown('right', context)) return undefined;
    const ranges = maskable(context.described.left, left, false);
    const found = differingStarts(left, right).flatMap((at) => timeAround(left, right, at, context) ?? []).filter((range) => holds(ranges, range));
    if (found.length === 0) return undefined;
    const cleared = (bytes: Buffer): Buffer => {
      const copy = Buffer.from(bytes);
      for (const { start, end } of found) copy.fill(0, start, end);
      return copy;
    };
    return { pair: { left: cleared(left), right: cleared(right) }, evidence: found.slice(0, 3).map(({ start }) => `a time at byte ${start}`) };
  },
};

function isTimeKnown(side: 'left' | 'right', { known, written }: RuleContext): boolean {
  return written[side] !== undefined || known[side].times.length > 0;
}

/** Where runs of differing bytes start; a run goes on over less than four equal ones. */
function differingStarts(a: Buffer, b: Buffer): number[] {
  const starts: number[] = [];
  let last = -8;
  eachDifference(a, b, (at) => {
    if (at - last >= 4) starts.push(at);
    last = at;
    return starts.length < MOST_RUNS ? at + 1 : Infinity;
  });
  return starts;
}

function timeAround(a: Buffer, b: Buffer, at: number, context: RuleContext): Range | undefined {
  for (let start = Math.max(0, at - 3); start <= at && start + 4 <= a.length; start++) {
    for (const read of [(bytes: Buffer) => bytes.readUInt32LE(start), (bytes: Buffer) => bytes.readUInt32BE(start)]) {
      if (isBuildTime(read(a), 'left', context) && isBuildTime(read(b), 'right', context)) return { start, end: start + 4 };
    }
  }
  return undefined;
}

/** To the second: a window of a day would hold numbers that are no times. */
function isBuildTime(seconds: number, side: 'left' | 'right', { known, written }: RuleContext): boolean {
  return seconds !== 0 && (seconds === written[side] || known[side].times.some(({ from, to }) => seconds >= from && seconds <= to));
}
