import type { Both } from '../foundation/both.ts';
import { compareText } from '../foundation/order.ts';
import { nameOf, parentOf, type PathBytes } from '../tree/entry.ts';
import { comparePaths } from '../tree/tree.ts';
import type { Side } from './comparison.ts';
import { resolved } from './entry-classes.ts';

/** Paths that one side alone has, in the trees' order. */
export type Unmatched = Both<readonly PathBytes[]>;

/** Left path to right path. */
export type Moves = Map<PathBytes, PathBytes>;

type Key = (path: PathBytes, identity: string) => string;

/** From what says most to what says least; within one key, the first goes with the first. The same whichever side is left. */
const KEYS: readonly Key[] = [
  (path, identity) => `${identity}\0${nameOf(path)}\0${nameOf(parentOf(path))}`,
  (path, identity) => `${identity}\0${nameOf(path)}`,
  (_path, identity) => identity,
];

/** What is at another path on the other side, its content the same. */
export function exactMoves(sides: Both<Side>, unmatched: Unmatched): Moves {
  const moves: Moves = new Map();
  const taken = new Set<PathBytes>();
  for (const [strength, key] of KEYS.entries()) {
    const grouped = (side: Side, paths: readonly PathBytes[], free: (path: PathBytes) => boolean): Map<string, PathBytes[]> => {
      const groups = new Map<string, PathBytes[]>();
      for (const path of paths) {
        const identity = free(path) ? identityOf(side, path, strength === KEYS.length - 1) : undefined;
        if (identity === undefined) continue;
        const of = key(path, identity);
        const group = groups.get(of);
        if (group === undefined) groups.set(of, [path]);
        else group.push(path);
      }
      return groups;
    };
    const right = grouped(sides.right, unmatched.right, (path) => !taken.has(path));
    for (const [of, froms] of grouped(sides.left, unmatched.left, (path) => !moves.has(path))) {
      const tos = right.get(of) ?? [];
      for (const [i, from] of froms.entries()) {
        const to = tos[i];
        if (to === undefined) break;
        moves.set(from, to);
        taken.add(to);
      }
    }
  }
  return moves;
}

/** Undefined: nothing that would be known again at another path. Links and devices only keep their identity with their name. */
function identityOf({ tree }: Side, path: PathBytes, nameless: boolean): string | undefined {
  const entry = resolved(tree, path);
  if (entry.kind === 'file') return entry.sizeBytes === 0 ? undefined : entry.sha256;
  if (nameless) return undefined;
  if (entry.kind === 'symlink') return `symlink ${entry.target}`;
  return 'major' in entry ? `${entry.kind} ${entry.major} ${entry.minor}` : undefined;
}

/** A directory moved where most of what moved out of it went; adds to the moves until nothing more follows. */
export function moveDirectories(sides: Both<Side>, unmatched: Unmatched, moves: Moves): void {
  const directories = (side: Side, paths: readonly PathBytes[]): Set<PathBytes> => new Set(paths.filter((path) => side.tree.entries.get(path)!.kind === 'directory'));
  const free = { left: directories(sides.left, unmatched.left), right: directories(sides.right, unmatched.right) };
  let voters = [...moves];
  while (voters.length > 0) {
    const votes = countVotes([...moves], free);
    voters = [];
    for (const { from, to } of byVotes(votes)) {
      if (!free.left.delete(from)) continue;
      if (!free.right.delete(to)) { free.left.add(from); continue; }
      moves.set(from, to);
      voters.push([from, to]);
    }
  }
}

interface Vote { from: PathBytes; to: PathBytes; count: number }

function countVotes(moved: readonly (readonly [PathBytes, PathBytes])[], free: Both<ReadonlySet<PathBytes>>): Vote[] {
  const votes = new Map<string, Vote>();
  for (const [child, movedChild] of moved) {
    const [from, to] = [parentOf(child), parentOf(movedChild)];
    if (!free.left.has(from) || !free.right.has(to)) continue;
    const key = `${from}\0${to}`;
    const vote = votes.get(key);
    if (vote === undefined) votes.set(key, { from, to, count: 1 });
    else vote.count++;
  }
  return [...votes.values()];
}

function byVotes(votes: Vote[]): Vote[] {
  return votes.toSorted((a, b) => b.count - a.count || comparePairs([a.from, a.to], [b.from, b.to]));
}

/** An order of pairs that does not know left from right. */
export function comparePairs(a: readonly [PathBytes, PathBytes], b: readonly [PathBytes, PathBytes]): number {
  const [a1, a2] = a.toSorted(comparePaths);
  const [b1, b2] = b.toSorted(comparePaths);
  return compareText(a1!, b1!) || compareText(a2!, b2!);
}
