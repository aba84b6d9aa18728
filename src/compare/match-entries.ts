import type { Both } from '../foundation/both.ts';
import type { PathBytes } from '../tree/entry.ts';
import { comparePaths } from '../tree/tree.ts';
import type { Side } from './comparison.ts';
import { exactMoves, moveDirectories, type Moves, type Unmatched } from './moves.ts';
import type { FileReader } from './read-files.ts';
import { similarMoves } from './similar.ts';

export interface Matched {
  /** Both sides have them. */
  common: readonly PathBytes[];
  /** Left path to right path. */
  moves: Moves;
  removed: readonly PathBytes[];
  added: readonly PathBytes[];
}

/** Every path of both sides once: by path, then by content, then by likeness. */
export async function matchEntries(sides: Both<Side>, reader: FileReader): Promise<Matched> {
  const { common, unmatched } = byPath(sides);
  const moves = exactMoves(sides, unmatched);
  for (const [from, to] of await similarMoves(sides, unmatched, moves, reader)) moves.set(from, to);
  moveDirectories(sides, unmatched, moves);
  const arrived = new Set(moves.values());
  return { common, moves, removed: unmatched.left.filter((path) => !moves.has(path)), added: unmatched.right.filter((path) => !arrived.has(path)) };
}

/** One walk over both, which are in the same order. */
function byPath({ left, right }: Both<Side>): { common: PathBytes[]; unmatched: Unmatched } {
  const [a, b] = [[...left.tree.entries.keys()], [...right.tree.entries.keys()]];
  const common: PathBytes[] = [];
  const unmatched: { left: PathBytes[]; right: PathBytes[] } = { left: [], right: [] };
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const order = i === a.length ? 1 : j === b.length ? -1 : a[i] === b[j] ? 0 : comparePaths(a[i]!, b[j]!);
    if (order === 0) { common.push(a[i]!); i++; j++; }
    else if (order < 0) unmatched.left.push(a[i++]!);
    else unmatched.right.push(b[j++]!);
  }
  return { common, unmatched };
}
