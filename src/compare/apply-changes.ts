import type { PathBytes, TreeEntry } from '../tree/entry.ts';
import { makeTree, type Tree } from '../tree/tree.ts';
import { sortChanges } from './sort-changes.ts';
import type { Change } from './comparison.ts';

/** The right tree, from the left and the changes between them: they say everything. Of one place. */
export function applyChanges(left: Tree, changes: readonly Change[]): Tree {
  const entries = new Map<PathBytes, TreeEntry>(left.entries);
  for (const { path, otherPath, before } of changes) if (before !== undefined) entries.delete(otherPath ?? path);
  for (const { path, after } of changes) if (after !== undefined) entries.set(path, after);
  return makeTree(entries);
}

const INVERSE = { added: 'removed', removed: 'added', changed: 'changed', moved: 'moved' } as const;

/** The way back: paths, kinds, classes and entries. What was found in the bytes is left out. */
export function invertChanges(changes: readonly Change[]): Change[] {
  return sortChanges(changes.map(({ place, path, otherPath, kind, classes, before, after, sizeDelta, noise }) => ({
    place, path: otherPath ?? path, ...(otherPath === undefined ? {} : { otherPath: path }), kind: INVERSE[kind], classes, causes: [], noise,
    ...(after === undefined ? {} : { before: after }), ...(before === undefined ? {} : { after: before }), sizeDelta: 0 - sizeDelta,
  })));
}
