import { Failure } from '../foundation/failure.ts';
import { compareText } from '../foundation/order.ts';
import {
  checkPath, displayPath, nameOf, parentOf, ROOT_PATH,
  type DirectoryEntry, type FileEntry, type HardLinkEntry, type PathBytes, type TreeEntry,
} from './entry.ts';

/**
 * A directory in canonical form. `entries` runs in depth-first order, names of one directory in byte order,
 * the root (`''`) first; every parent is present; hard links point at the smallest path of their group.
 * Made by `makeTree` only.
 */
export interface Tree {
  readonly entries: ReadonlyMap<PathBytes, TreeEntry>;
}

export const DEFAULT_DIRECTORY: DirectoryEntry = { kind: 'directory', mode: 0o755, uid: 0, gid: 0 };

export const EMPTY_TREE: Tree = { entries: new Map([[ROOT_PATH, DEFAULT_DIRECTORY]]) };

/** Byte order by component, so that a directory's content follows it at once: `a`, `a/b`, `a-b`. */
export function comparePaths(a: PathBytes, b: PathBytes): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return x === SLASH ? -1 : y === SLASH ? 1 : x - y;
  }
  return a.length - b.length;
}
const SLASH = 0x2f;

/**
 * Checks and orders entries. Missing parent directories are added as 0755 0:0.
 * Throws TREE.BAD_ENTRY for a bad path, a bad number, a parent that is no directory, a dangling hard link.
 */
export function makeTree(entries: Iterable<readonly [PathBytes, TreeEntry]>): Tree {
  const byPath = new Map<PathBytes, TreeEntry>();
  for (const [path, entry] of entries) {
    checkPath(path);
    checkEntry(path, entry);
    if (byPath.has(path)) refuse(path, 'appears twice');
    byPath.set(path, withoutEmptyXattrs(entry));
  }
  addMissingParents(byPath);
  return { entries: sorted(withSmallestLinkTargets(byPath)) };
}

/** No attributes has one form: the field is absent. */
function withoutEmptyXattrs(entry: TreeEntry): TreeEntry {
  if (entry.kind === 'hard-link' || entry.xattrs === undefined || Object.keys(entry.xattrs).length > 0) return entry;
  const { xattrs: _none, ...rest } = entry;
  return rest;
}

function refuse(path: PathBytes, why: string): never {
  const place = displayPath(path) === '' ? '/' : displayPath(path);
  throw new Failure('TREE.BAD_ENTRY', `"${place}" ${why}`, { place });
}

function checkEntry(path: PathBytes, entry: TreeEntry): void {
  if (path === ROOT_PATH && entry.kind !== 'directory') refuse(path, 'is the root and must be a directory');
  if (entry.kind === 'hard-link') return;
  checkNumber(path, 'mode', entry.mode, 0o7777);
  checkNumber(path, 'uid', entry.uid, 0xffff_ffff);
  checkNumber(path, 'gid', entry.gid, 0xffff_ffff);
  if (entry.kind === 'file' && !(Number.isSafeInteger(entry.sizeBytes) && entry.sizeBytes >= 0)) refuse(path, `has size ${entry.sizeBytes}`);
  if (entry.kind === 'symlink' && (entry.target === '' || entry.target.includes('\0'))) refuse(path, 'is a link with an empty target or a NUL byte in it');
}

function checkNumber(path: PathBytes, field: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) refuse(path, `has ${field} ${value}, allowed are 0 to ${max}`);
}

function addMissingParents(byPath: Map<PathBytes, TreeEntry>): void {
  for (const path of [...byPath.keys()]) {
    for (let parent = path; parent !== ROOT_PATH;) {
      parent = parentOf(parent);
      const found = byPath.get(parent);
      if (found === undefined) byPath.set(parent, DEFAULT_DIRECTORY);
      else if (found.kind !== 'directory') refuse(path, `lies below "${displayPath(parent)}", which is a ${found.kind}`);
      else break;
    }
  }
  if (!byPath.has(ROOT_PATH)) byPath.set(ROOT_PATH, DEFAULT_DIRECTORY);
}

function withSmallestLinkTargets(byPath: Map<PathBytes, TreeEntry>): Map<PathBytes, TreeEntry> {
  const groups = new Map<PathBytes, PathBytes[]>();
  for (const [path, entry] of byPath) {
    if (entry.kind !== 'hard-link') continue;
    const file = linkedFile(byPath, path, entry);
    groups.set(file, [...(groups.get(file) ?? []), path]);
  }
  for (const [file, links] of groups) {
    const content = byPath.get(file)!;
    const [smallest, ...rest] = [file, ...links].toSorted(comparePaths);
    byPath.set(smallest!, content);
    for (const path of rest) byPath.set(path, { kind: 'hard-link', target: smallest! });
  }
  return byPath;
}

function linkedFile(byPath: ReadonlyMap<PathBytes, TreeEntry>, path: PathBytes, link: HardLinkEntry): PathBytes {
  const seen = new Set<PathBytes>([path]);
  for (let target = link.target; ; ) {
    const entry = byPath.get(target);
    if (entry === undefined) refuse(path, `is a hard link to "${displayPath(target)}", which is not there`);
    if (entry.kind !== 'hard-link') {
      if (entry.kind === 'directory') refuse(path, 'is a hard link to a directory');
      return target;
    }
    if (seen.has(target)) refuse(path, 'is a hard link in a circle');
    seen.add(target);
    target = entry.target;
  }
}

/** A path has no NUL, which stands before all other bytes as the slash does: the text compares in one step as the path does by components. */
function sorted(byPath: Map<PathBytes, TreeEntry>): Map<PathBytes, TreeEntry> {
  const rows = Array.from(byPath.keys(), (path) => ({ path, order: path.replaceAll('/', '\0') }));
  if (rows.every(({ order }, i) => i === 0 || rows[i - 1]!.order < order)) return byPath;
  return new Map(rows.toSorted((a, b) => compareText(a.order, b.order)).map(({ path }) => [path, byPath.get(path)!]));
}

/** The file behind a path, through a hard link; undefined for anything else. */
export function fileAt(tree: Tree, path: PathBytes): FileEntry | undefined {
  const entry = tree.entries.get(path);
  const target = entry?.kind === 'hard-link' ? tree.entries.get(entry.target) : entry;
  return target?.kind === 'file' ? target : undefined;
}

/** The names in one directory, in byte order. */
export function childrenByDirectory(tree: Tree): Map<PathBytes, [PathBytes, TreeEntry][]> {
  const children = new Map<PathBytes, [PathBytes, TreeEntry][]>();
  for (const [path, entry] of tree.entries) {
    if (entry.kind === 'directory') children.set(path, []);
    if (path !== ROOT_PATH) children.get(parentOf(path))!.push([nameOf(path), entry]);
  }
  for (const names of children.values()) names.sort(([a], [b]) => compareText(a, b));
  return children;
}
