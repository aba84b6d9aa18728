import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Bug } from '../foundation/failure.ts';
import { sortedBy, sortedEntries } from '../foundation/order.ts';
import { nameOf, parentOf, ROOT_PATH, type HardLinkEntry, type PathBytes, type TreeEntry, type Xattrs } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';

/** Who owns a path of the final root, and how it came to. */
export interface PathOwner { kind: string; name: string; reason: string }

type Inode = Exclude<TreeEntry, HardLinkEntry>;

/** What an entry leads to: digest of the node, how many paths come before the first in it, how many are in it at any depth. */
interface Below { digest: Sha256; rank: number; count: number }

/** An entry as it is told: a hard link has the mode, owner and bytes of the file that it is another name of. */
export interface OwnedEntry {
  name: PathBytes;
  kind: TreeEntry['kind'];
  inode: Inode;
  target: PathBytes | null;
  owner: PathOwner;
  /** How many paths of the directory, at any depth, come before it, in byte order of path: `a`, `a-b`, `a/b`. */
  rank: number;
  /** Of a directory. */
  below: Below | null;
}

/** Some entries of a large directory; `name` is the first one's. */
export interface OwnedSegment { name: PathBytes; kind: 'segment'; below: Below }

/** One directory with the owners of its entries, whatever path it lies at; or a segment of one. */
export interface OwnedDirectory { digest: Sha256; pathCount: number; entries: readonly (OwnedEntry | OwnedSegment)[] }

export interface OwnedDirectories { root: OwnedDirectory; distinct: ReadonlyMap<Sha256, OwnedDirectory> }

const FORMAT = 'provenroot owned directory 1\n';

/** A directory of more entries is a list of segments, so that a change costs what is near it. */
const MOST_UNCUT = 64;

/**
 * The Merkle form of a final root with its owners: directories that are equal to the last path, bit and reason are one.
 * Of the root itself only what is in it. Throws a Bug where a path has no owner.
 */
export function ownedDirectories(tree: Tree, owners: ReadonlyMap<PathBytes, PathOwner>): OwnedDirectories {
  const children = Map.groupBy([...tree.entries].filter(([path]) => path !== ROOT_PATH), ([path]) => parentOf(path));
  const distinct = new Map<Sha256, OwnedDirectory>();
  const keep = (made: OwnedDirectory): OwnedDirectory => {
    const known = distinct.get(made.digest);
    if (known === undefined) distinct.set(made.digest, made);
    return known ?? made;
  };
  const visit = (directory: PathBytes): OwnedDirectory => {
    const entries = sortedBy((children.get(directory) ?? []).map(([path, entry]): Unranked => ({
      name: nameOf(path), kind: entry.kind, inode: entry.kind === 'hard-link' ? tree.entries.get(entry.target) as Inode : entry,
      target: entry.kind === 'symlink' || entry.kind === 'hard-link' ? entry.target : null, owner: ownerAt(owners, path), child: entry.kind === 'directory' ? visit(path) : null,
    })), ({ name }) => name);
    return keep(entries.length <= MOST_UNCUT ? makeDirectory(entries) : joined(segmentsOf(entries).map((segment) => ({ name: segment[0]!.name, made: keep(makeDirectory(segment)) }))));
  };
  return { root: visit(ROOT_PATH), distinct };
}

type Unranked = Omit<OwnedEntry, 'rank' | 'below'> & { child: OwnedDirectory | null };

function makeDirectory(entries: readonly Unranked[]): OwnedDirectory {
  const { ranks, pathCount } = ranksOf(entries);
  return {
    digest: sha256(FORMAT + entries.map((entry) => `${lineOf(entry)}\n`).join('')), pathCount,
    entries: entries.map(({ child, ...entry }): OwnedEntry => ({
      ...entry, rank: ranks.get(entry.name)!, below: child === null ? null : { digest: child.digest, rank: ranks.get(`${entry.name}/`)!, count: child.pathCount },
    })),
  };
}

/** By name of an entry, and by name and slash of what is in it: no name has a slash. */
function ranksOf(entries: readonly Unranked[]): { ranks: ReadonlyMap<string, number>; pathCount: number } {
  const items = entries.flatMap(({ name, child }): [string, number][] => [[name, 1], ...(child === null ? [] : [[`${name}/`, child.pathCount] as [string, number]])]);
  const ranks = new Map<string, number>();
  let pathCount = 0;
  for (const [key, weight] of sortedBy(items, ([each]) => each)) {
    ranks.set(key, pathCount);
    pathCount += weight;
  }
  return { ranks, pathCount };
}

/**
 * Cut before names whose digest says so, some 32 in each, so that what comes or goes moves no other cut. Never between `a/`
 * and `a-b`, which comes before `a/b`: the paths of a segment are one range.
 */
function segmentsOf(entries: readonly Unranked[]): Unranked[][] {
  const directories = new Set<string>(entries.filter(({ child }) => child !== null).map(({ name }) => name));
  const segments: Unranked[][] = [];
  for (const entry of entries) {
    const last = segments.at(-1);
    if (last === undefined || isCut(entry.name, directories)) segments.push([entry]);
    else last.push(entry);
  }
  return segments;
}

function isCut(name: PathBytes, directories: ReadonlySet<string>): boolean {
  if (Number.parseInt(sha256(Buffer.from(name, 'latin1')).slice(0, 2), 16) % 32 !== 0) return false;
  return ![...name].some((unit, at) => unit < '/' && directories.has(name.slice(0, at)));
}

function joined(segments: readonly { name: PathBytes; made: OwnedDirectory }[]): OwnedDirectory {
  let pathCount = 0;
  const entries = segments.map(({ name, made }): OwnedSegment => {
    const rank = pathCount;
    pathCount += made.pathCount;
    return { name, kind: 'segment', below: { digest: made.digest, rank, count: made.pathCount } };
  });
  return { digest: sha256(FORMAT + segments.map(({ name, made }) => `${hex(name)} segment ${made.digest}\n`).join('')), pathCount, entries };
}

function ownerAt(owners: ReadonlyMap<PathBytes, PathOwner>, path: PathBytes): PathOwner {
  const owner = owners.get(path);
  if (owner === undefined) throw new Bug(`a path of the final root has no owner: ${JSON.stringify(path)}`);
  return owner;
}

/** All that a row has but numbers of the database; migration 0006 makes the same. */
function lineOf({ name, kind, inode, target, owner, child }: Unranked): string {
  const [size, digest] = inode.kind === 'file' ? [inode.sizeBytes, inode.sha256] : ['-', '-'];
  const [major, minor] = inode.kind === 'character-device' || inode.kind === 'block-device' ? [inode.major, inode.minor] : ['-', '-'];
  const text = (value: string): string => Buffer.from(value, 'utf8').toString('hex');
  return [
    hex(name), kind, inode.mode, inode.uid, inode.gid, size, digest, target === null ? '-' : hex(target), major, minor, attributes(inode.xattrs),
    text(owner.kind), text(owner.name), text(owner.reason), child === null ? '-' : child.digest,
  ].join(' ');
}

function attributes(xattrs: Xattrs | undefined): string {
  return xattrs === undefined ? '-' : sortedEntries(xattrs).map(([name, value]) => `${hex(name)}=${hex(value)}`).join(',');
}

function hex(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('hex');
}
