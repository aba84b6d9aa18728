import { canonicalJson } from '../foundation/canonical-json.ts';
import { displayPath, joinPath, ROOT_PATH, type PathBytes, type TreeEntry } from './entry.ts';
import { DEFAULT_DIRECTORY, makeTree, type Tree } from './tree.ts';

/** A tree and who answers for it: a package, an overlay, a generator. */
export interface OwnedTree {
  owner: string;
  tree: Tree;
  /** Owners whose paths this one may replace, by declaration. */
  overrides?: readonly string[];
}

export interface Conflict {
  path: PathBytes;
  /** The owner that stands, and the one that came later. */
  owners: readonly [string, string];
  message: string;
}

export interface MergedTree {
  tree: Tree;
  /** Every path but the root; a directory that several trees have belongs to the first. */
  owners: ReadonlyMap<PathBytes, string>;
  conflicts: readonly Conflict[];
}

/**
 * Lays trees over each other in the given order. Directories unite (equal mode and owner, or a conflict);
 * anything else on one path is a conflict unless both sides are equal in every field or the later one
 * declares that it overrides the earlier.
 */
export function mergeTrees(layers: readonly OwnedTree[]): MergedTree {
  const merged = new Map<PathBytes, TreeEntry>();
  const owners = new Map<PathBytes, string>();
  const conflicts: Conflict[] = [];
  for (const layer of layers) {
    for (const [path, entry] of layer.tree.entries) {
      if (path === ROOT_PATH) continue;
      const standing = merged.get(path);
      if (standing === undefined) {
        merged.set(path, entry);
        owners.set(path, layer.owner);
      } else if (!sameEntry(standing, entry)) {
        const owner = owners.get(path)!;
        if (layer.overrides?.includes(owner) === true && (standing.kind === 'directory') === (entry.kind === 'directory')) {
          rehomeLinks(merged, path, standing);
          merged.set(path, entry);
          owners.set(path, layer.owner);
        } else conflicts.push({ path, owners: [owner, layer.owner], message: conflictMessage(path, standing, entry, owner, layer.owner) });
      }
    }
  }
  return { tree: conflicts.length > 0 ? { entries: merged } : makeTree(merged), owners, conflicts };
}

/** Links to a file that is replaced keep what they had: the first of them becomes the file. */
function rehomeLinks(merged: Map<PathBytes, TreeEntry>, path: PathBytes, standing: TreeEntry): void {
  if (standing.kind === 'hard-link' || standing.kind === 'directory') return;
  const links = [...merged].flatMap(([at, entry]) => entry.kind === 'hard-link' && entry.target === path ? [at] : []);
  const [first, ...rest] = links;
  if (first === undefined) return;
  merged.set(first, standing);
  for (const at of rest) merged.set(at, { kind: 'hard-link', target: first });
}

function sameEntry(a: TreeEntry, b: TreeEntry): boolean {
  return a === b || canonicalJson(a) === canonicalJson(b);
}

function conflictMessage(path: PathBytes, a: TreeEntry, b: TreeEntry, ownerA: string, ownerB: string): string {
  const place = `/${displayPath(path)}`;
  if (a.kind !== b.kind) return `${place} is a ${a.kind} from ${ownerA} and a ${b.kind} from ${ownerB}`;
  if (a.kind === 'directory' && b.kind === 'directory') {
    return `directory ${place} is ${a.mode.toString(8)} ${a.uid}:${a.gid} in ${ownerA} and ${b.mode.toString(8)} ${b.uid}:${b.gid} in ${ownerB}`;
  }
  return `${place} comes from both ${ownerA} and ${ownerB}, and they differ`;
}

/** The same tree one or more directories deeper. */
export function prefixedTree(prefix: PathBytes, tree: Tree): Tree {
  return makeTree([...tree.entries].map(([path, entry]) => [
    joinPath(prefix, path), entry.kind === 'hard-link' ? { kind: entry.kind, target: joinPath(prefix, entry.target) } : entry,
  ]));
}

/** What lies below `prefix`, as a tree of its own; empty where nothing does. */
export function subtree(tree: Tree, prefix: PathBytes): Tree {
  const cut = (path: PathBytes): PathBytes | undefined =>
    path === prefix ? ROOT_PATH : path.startsWith(`${prefix}/`) ? path.slice(prefix.length + 1) as PathBytes : undefined;
  return rehomed(tree, cut);
}

/** The paths that `keep` accepts; a dropped directory takes its content along, hard links stay whole. */
export function filterTree(tree: Tree, keep: (path: PathBytes, entry: TreeEntry) => boolean): Tree {
  const dropped: string[] = [];
  return rehomed(tree, (path) => {
    const entry = tree.entries.get(path)!;
    if (dropped.some((directory) => path.startsWith(directory))) return undefined;
    if (path === ROOT_PATH || keep(path, entry)) return path;
    if (entry.kind === 'directory') dropped.push(`${path}/`);
    return undefined;
  });
}

/** Moves or drops paths; a hard link whose file is dropped becomes the file. */
function rehomed(tree: Tree, move: (path: PathBytes) => PathBytes | undefined): Tree {
  const result = new Map<PathBytes, TreeEntry>();
  const moved = new Map<PathBytes, PathBytes>();
  for (const [path, entry] of tree.entries) {
    const to = move(path);
    if (to === undefined) continue;
    if (entry.kind !== 'hard-link') { moved.set(path, to); result.set(to, entry); continue; }
    const home = moved.get(entry.target);
    if (home === undefined) { moved.set(entry.target, to); result.set(to, tree.entries.get(entry.target)!); }
    else result.set(to, { kind: 'hard-link', target: home });
  }
  if (!result.has(ROOT_PATH)) result.set(ROOT_PATH, DEFAULT_DIRECTORY);
  return makeTree(result);
}
