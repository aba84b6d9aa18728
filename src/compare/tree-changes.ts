import type { CauseCode } from '../causes/cause-codes.ts';
import type { Cause } from '../causes/cause.ts';
import type { Both } from '../foundation/both.ts';
import type { FileEntry, PathBytes, TreeEntry } from '../tree/entry.ts';
import { comparable, lostEntries, type Comparable } from './abilities.ts';
import type { Change, ChangeClass, LayoutDifference, Side } from './comparison.ts';
import { classesOf, isUntouched, resolved } from './entry-classes.ts';
import type { Explanation } from './explain-content.ts';
import type { Explainer } from './explainer.ts';
import { matchEntries, type Matched } from './match-entries.ts';
import type { FileReader } from './read-files.ts';
import { sortChanges } from './sort-changes.ts';

/** Sorted; `place` is the container that the trees are in. */
export async function treeChanges(place: string, sides: Both<Side>, reader: FileReader, explainer: Explainer): Promise<Change[]> {
  const matched = await matchEntries(sides, reader);
  const changes = [...onlyOnOneSide(place, sides, matched)];
  const work = { place, sides, able: comparable(sides), moves: matched.moves, reader, explainer };
  for (const path of matched.common) {
    if (isUntouched(sides, path, work.able)) continue;
    const change = await pairChange(work, { left: path, right: path });
    if (change !== undefined) changes.push(change);
  }
  for (const [from, to] of matched.moves) changes.push((await pairChange(work, { left: from, right: to }))!);
  return sortChanges(changes);
}

/** What the format of one side has no room for: not a change of an entry, and no noise. */
export function lostLayout(place: string, sides: Both<Side>): LayoutDifference[] {
  return lostEntries(sides).map(({ key, left, right }) => ({ place, key: `entriesWith${key[0]!.toUpperCase()}${key.slice(1)}`, left, right, cause: 'real-change', noise: false }));
}

function* onlyOnOneSide(place: string, { left, right }: Both<Side>, { removed, added }: Matched): Generator<Change> {
  const causes = [{ code: 'real-change' as const, confidence: 1, coverage: 1, evidence: [] }];
  for (const path of removed) yield { place, path, kind: 'removed', classes: [], causes, noise: false, before: settled(left.tree.entries.get(path)!), sizeDelta: 0 - sizeOf(left, path) };
  for (const path of added) yield { place, path, kind: 'added', classes: [], causes, noise: false, after: settled(right.tree.entries.get(path)!), sizeDelta: sizeOf(right, path) };
}

/** What is told outlives the images: a digest that waits to be asked for is made now. */
function settled(entry: TreeEntry): TreeEntry {
  return { ...entry };
}

/** A second name takes no room. */
function sizeOf({ tree }: Side, path: PathBytes): number {
  const entry = tree.entries.get(path);
  return entry?.kind === 'file' ? entry.sizeBytes : 0;
}

interface PairWork { place: string; sides: Both<Side>; able: Comparable; moves: Matched['moves']; reader: FileReader; explainer: Explainer }

async function pairChange(work: PairWork, paths: Both<PathBytes>): Promise<Change | undefined> {
  const { place, sides: { left, right }, able, moves } = work;
  const moved = paths.left !== paths.right;
  const classes = classesOf(work.sides, paths, able, (home) => (moved ? moves.get(home) ?? home : home));
  if (!moved && classes.length === 0) return undefined;
  const content = classes.includes('content') ? await explained(work, paths) : undefined;
  const causes = [...(content?.causes ?? []), ...causesOf(classes, moved)];
  return {
    place, path: paths.right, ...(moved ? { otherPath: paths.left } : {}), kind: moved ? 'moved' : 'changed', classes, causes,
    noise: !moved && classes.every((of) => (of === 'content' ? content!.noise : NOISE_CLASSES[of] !== undefined)),
    before: settled(left.tree.entries.get(paths.left)!), after: settled(right.tree.entries.get(paths.right)!), sizeDelta: sizeOf(right, paths.right) - sizeOf(left, paths.left),
    ...(content === undefined || content.parts.length === 0 ? {} : { parts: content.parts }), ...(content?.inside === undefined ? {} : { inside: content.inside }),
  };
}

/** Of what a class of difference tells by itself. */
const NOISE_CLASSES: Readonly<Partial<Record<ChangeClass, CauseCode>>> = { times: 'modification-time', sparse: 'fs-layout' };

function causesOf(classes: readonly ChangeClass[], moved: boolean): Cause[] {
  const noise = classes.flatMap((of) => NOISE_CLASSES[of] ?? []);
  const real = moved || classes.some((of) => of !== 'content' && NOISE_CLASSES[of] === undefined);
  return [...noise, ...(real ? ['real-change' as const] : [])].map((code) => ({ code, confidence: 1, coverage: 1, evidence: [] }));
}

async function explained({ sides: { left, right }, reader, explainer }: PairWork, paths: Both<PathBytes>): Promise<Explanation> {
  const [before, after] = [resolved(left.tree, paths.left) as FileEntry, resolved(right.tree, paths.right) as FileEntry];
  const pair = { left: await reader.read(left, paths.left), right: await reader.read(right, paths.right) };
  if (pair.left === undefined || pair.right === undefined) return explainer.notRead(Math.max(before.sizeBytes, after.sizeBytes));
  const written = { left: left.facts.get(paths.left)?.modified?.seconds, right: right.facts.get(paths.right)?.modified?.seconds };
  return explainer.explain({ left: pair.left, right: pair.right }, { path: paths.right, written, isInImage: (path) => isIn(left, path) || isIn(right, path) });
}

function isIn({ tree, has }: Side, path: PathBytes): boolean {
  return tree.entries.has(path) || has?.(path) === true;
}
