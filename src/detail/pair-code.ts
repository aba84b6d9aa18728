import { diffArrays } from 'diff/lib/diff/array.js';

import type { CodeRange } from '../content/elf-code.ts';
import type { Both } from '../foundation/both.ts';

/** One function on both sides, or on one. */
export interface CodePair {
  left?: CodeRange;
  right?: CodeRange;
  /** Of one without a name: the next before it that both sides have. */
  after?: string;
}

/**
 * Functions of two programs: by name, several of one name by their order; those without a name by size and order among
 * what follows the same named one, so that what came or went elsewhere, or moved along, confuses nothing.
 */
export function pairCode({ left, right }: Both<readonly CodeRange[]>): CodePair[] {
  const [a, b] = [numbered(left), numbered(right)];
  const pairs: CodePair[] = [];
  for (const [key, range] of a) pairs.push({ left: range, ...(b.has(key) ? { right: b.get(key)! } : {}) });
  for (const [key, range] of b) if (!a.has(key)) pairs.push({ right: range });
  const isCommon = (key: string): boolean => a.has(key) && b.has(key);
  const [before, after] = [gaps(left, isCommon), gaps(right, isCommon)];
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const named = key === '' ? {} : { after: nameIn(key) };
    pairs.push(...pairUnnamed(before.get(key) ?? [], after.get(key) ?? []).map((pair) => ({ ...pair, ...named })));
  }
  return pairs;
}

const nameIn = (key: string): string => key.slice(0, key.lastIndexOf('\0'));

/** `name\0number` of each that has a name, in order. */
function keysOf(ranges: readonly CodeRange[]): (string | undefined)[] {
  const seen = new Map<string, number>();
  return ranges.map(({ name }) => {
    if (name === undefined) return undefined;
    const number = seen.get(name) ?? 0;
    seen.set(name, number + 1);
    return `${name}\0${number}`;
  });
}

function numbered(ranges: readonly CodeRange[]): Map<string, CodeRange> {
  const keys = keysOf(ranges);
  return new Map(ranges.flatMap((range, i) => (keys[i] === undefined ? [] : [[keys[i], range] as const])));
}

/** Those without a name, by the last one before them that both sides have; in another section nothing is before them. */
function gaps(ranges: readonly CodeRange[], isCommon: (key: string) => boolean): Map<string, CodeRange[]> {
  const keys = keysOf(ranges);
  const found = new Map<string, CodeRange[]>();
  let [last, section] = ['', -1];
  for (const [i, range] of ranges.entries()) {
    if (range.section !== section) [last, section] = ['', range.section];
    const key = keys[i];
    if (key !== undefined) { if (isCommon(key)) last = key; continue; }
    const gap = found.get(last);
    if (gap === undefined) found.set(last, [range]);
    else gap.push(range);
  }
  return found;
}

/** Beyond it, sizes are next to random. */
const MOST_EDITS = 2000;

function pairUnnamed(left: readonly CodeRange[], right: readonly CodeRange[]): CodePair[] {
  const sizes = (ranges: readonly CodeRange[]): number[] => ranges.map(({ sizeBytes }) => sizeBytes);
  const edits = diffArrays(sizes(left), sizes(right), { maxEditLength: MOST_EDITS });
  if (edits === undefined) return inOrder(left, right);
  const pairs: CodePair[] = [];
  let [i, j] = [0, 0];
  let gone: readonly CodeRange[] = [];
  const settle = (come: readonly CodeRange[]): void => { pairs.push(...inOrder(gone, come)); gone = []; };
  for (const { count, added, removed } of edits) {
    if (removed) { gone = left.slice(i, i += count); continue; }
    if (added) { settle(right.slice(j, j += count)); continue; }
    settle([]);
    for (let k = 0; k < count; k++) pairs.push({ left: left[i++]!, right: right[j++]! });
  }
  settle([]);
  return pairs;
}

/** What lies between others that match is likely the same as what lies there on the other side, in order. */
function inOrder(left: readonly CodeRange[], right: readonly CodeRange[]): CodePair[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => ({ ...(left[i] === undefined ? {} : { left: left[i] }), ...(right[i] === undefined ? {} : { right: right[i] }) }));
}
