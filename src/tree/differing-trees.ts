import type { Sha256 } from '../foundation/digest.ts';
import { compareText } from '../foundation/order.ts';
import { joinPath, parentOf, ROOT_PATH, type DirectoryEntry, type PathBytes, type TreeEntry } from './entry.ts';
import type { DirectoryNode, NodeEntry } from './node.ts';
import { makeTree, type Tree } from './tree.ts';

/** The directory with that digest. */
export type NodeLookup = (digest: Sha256) => DirectoryNode;

export interface DifferingTrees { left: Tree; right: Tree }

/**
 * Two trees without what is the same directory at the same path in both: whatever compares them finds what it finds between
 * the whole ones, and costs as much as differs. A file that another name of it needs stays, on both sides.
 */
export function differingTrees(left: Sha256, right: Sha256, node: NodeLookup): DifferingTrees {
  const found = { left: new Map<PathBytes, TreeEntry>(), right: new Map<PathBytes, TreeEntry>() };
  walk(found, ROOT_PATH, left, right, node);
  const targets = [...targetsIn(found.left), ...targetsIn(found.right)];
  for (const [side, root] of [['left', left], ['right', right]] as const) {
    for (const target of targets) addWithParents(found[side], root, target, node);
  }
  return { left: makeTree(found.left), right: makeTree(found.right) };
}

/** Undefined where there is none; nothing but the directories on the way is looked into. */
export function entryAt(root: Sha256, path: PathBytes, node: NodeLookup): NodeEntry | undefined {
  let entry: NodeEntry | undefined = { kind: 'directory', digest: root };
  for (const name of path === ROOT_PATH ? [] : path.split('/')) {
    if (entry?.kind !== 'directory') return undefined;
    entry = named(node(entry.digest), name);
  }
  return entry;
}

function walk(found: { left: Map<PathBytes, TreeEntry>; right: Map<PathBytes, TreeEntry> }, path: PathBytes, left: Sha256, right: Sha256, node: NodeLookup): void {
  const [a, b] = [node(left), node(right)];
  found.left.set(path, a.directory);
  found.right.set(path, b.directory);
  if (left === right) return;
  const [before, after] = [a.entries, b.entries];
  for (let i = 0, j = 0; i < before.length || j < after.length;) {
    const order = i === before.length ? 1 : j === after.length ? -1 : compareText(before[i]![0], after[j]![0]);
    const [name, mine] = order <= 0 ? before[i++]! : after[j]!;
    const at = joinPath(path, name);
    const theirs = order >= 0 ? after[j++]![1] : undefined;
    if (order < 0) addWhole(found.left, at, mine, node);
    else if (order > 0) addWhole(found.right, at, theirs!, node);
    else if (mine.kind === 'directory' && theirs!.kind === 'directory') {
      // Equal directories are known by their digest, and left out with all that is in them.
      if (mine.digest !== theirs!.digest) walk(found, at, mine.digest, theirs!.digest, node);
    } else {
      addWhole(found.left, at, mine, node);
      addWhole(found.right, at, theirs!, node);
    }
  }
}

function addWhole(to: Map<PathBytes, TreeEntry>, path: PathBytes, entry: NodeEntry, node: NodeLookup): void {
  if (entry.kind !== 'directory') { to.set(path, entry); return; }
  const { directory, entries } = node(entry.digest);
  to.set(path, directory);
  for (const [name, child] of entries) addWhole(to, joinPath(path, name), child, node);
}

function* targetsIn(entries: ReadonlyMap<PathBytes, TreeEntry>): Generator<PathBytes> {
  for (const entry of entries.values()) if (entry.kind === 'hard-link') yield entry.target;
}

/** A file that lies in a directory which was left out, and the directories above it. */
function addWithParents(to: Map<PathBytes, TreeEntry>, root: Sha256, path: PathBytes, node: NodeLookup): void {
  if (to.has(path)) return;
  const entry = entryAt(root, path, node);
  if (entry === undefined || entry.kind === 'directory') return;
  to.set(path, entry);
  for (let parent = parentOf(path); !to.has(parent); parent = parentOf(parent)) to.set(parent, directoryAt(root, parent, node));
}

function directoryAt(root: Sha256, path: PathBytes, node: NodeLookup): DirectoryEntry {
  const entry = entryAt(root, path, node) as NodeEntry & { kind: 'directory' };
  return node(entry.digest).directory;
}

function named({ entries }: DirectoryNode, name: string): NodeEntry | undefined {
  let [low, high] = [0, entries.length - 1];
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const order = compareText(entries[middle]![0], name);
    if (order === 0) return entries[middle]![1];
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}
