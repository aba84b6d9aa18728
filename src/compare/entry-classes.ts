import type { Both } from '../foundation/both.ts';
import type { EntryFacts, Stamp } from '../readers/image-content.ts';
import { haveSameBytes, type HardLinkEntry, type PathBytes, type TreeEntry, type Xattrs } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';
import { isImplied, type Comparable } from './abilities.ts';
import type { ChangeClass, Side } from './comparison.ts';

/** The order in which classes are told. */
export const CLASSES: readonly ChangeClass[] = ['type', 'content', 'links', 'device', 'mode', 'owner', 'xattrs', 'hardlink', 'times', 'sparse'];

/** What an entry is apart from the number of its names. */
export type SingleEntry = Exclude<TreeEntry, HardLinkEntry>;

export function resolved(tree: Tree, path: PathBytes): SingleEntry {
  const entry = tree.entries.get(path)!;
  return entry.kind === 'hard-link' ? tree.entries.get(entry.target) as SingleEntry : entry;
}

/** The smallest of the paths that share the file. */
export function homeOf(tree: Tree, path: PathBytes): PathBytes {
  const entry = tree.entries.get(path);
  return entry?.kind === 'hard-link' ? entry.target : path;
}

/** In what the entry at one path of the left differs from one of the right; `homeMoved` says where a left path is on the right. */
export function classesOf(sides: Both<Side>, paths: Both<PathBytes>, able: Comparable, homeMoved: (path: PathBytes) => PathBytes): ChangeClass[] {
  const { left, right } = sides;
  const [a, b] = [left.tree.entries.get(paths.left)!, right.tree.entries.get(paths.right)!];
  const homes = { left: homeMoved(homeOf(left.tree, paths.left)), right: homeOf(right.tree, paths.right) };
  // One file with several names is told of at the first of them.
  if (a.kind === 'hard-link' && b.kind === 'hard-link' && homes.left === homes.right) return [];
  const found = new Set(entryClasses(resolved(left.tree, paths.left), resolved(right.tree, paths.right), able, isImplied(left, paths.left) || isImplied(right, paths.right)));
  if (able.hardLinks && (a.kind === 'hard-link' || b.kind === 'hard-link') && homes.left !== homes.right) found.add('hardlink');
  for (const of of factClasses(left.facts.get(paths.left), right.facts.get(paths.right), able)) found.add(of);
  return CLASSES.filter((of) => found.has(of));
}

/** Readers of two images give both the same object where its bytes are the same; a name of a file with several is looked at closer. */
export function isUntouched({ left, right }: Both<Side>, path: PathBytes, able: Comparable): boolean {
  const entry = left.tree.entries.get(path)!;
  if (entry !== right.tree.entries.get(path)) return false;
  const [a, b] = [left.facts.get(path), right.facts.get(path)];
  return a === b || factClasses(a, b, able).length === 0;
}

function entryClasses(a: SingleEntry, b: SingleEntry, able: Comparable, implied: boolean): ChangeClass[] {
  const found: ChangeClass[] = [];
  if (a === b) return found;
  if (a.kind !== b.kind) found.push('type');
  else if (a.kind === 'file' && b.kind === 'file' && !haveSameBytes(a, b)) found.push('content');
  else if (a.kind === 'symlink' && b.kind === 'symlink' && a.target !== b.target) found.push('links');
  else if ('major' in a && 'major' in b && (a.major !== b.major || a.minor !== b.minor)) found.push('device');
  if (implied) return found;
  // Linux has no modes of links; formats write what they like.
  const modesTold = able.owners && (able.sameFormat || a.kind !== 'symlink' || b.kind !== 'symlink');
  if (modesTold && a.mode !== b.mode) found.push('mode');
  if (able.owners && (a.uid !== b.uid || a.gid !== b.gid)) found.push('owner');
  if (able.xattrs && !sameXattrs(a.xattrs, b.xattrs)) found.push('xattrs');
  return found;
}

function sameXattrs(a: Xattrs = {}, b: Xattrs = {}): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && a[name] === b[name]);
}

function factClasses(a: EntryFacts | undefined, b: EntryFacts | undefined, able: Comparable): ChangeClass[] {
  if (a === undefined || b === undefined) return [];
  const found: ChangeClass[] = [];
  if (able.timeStep > 0 && a.modified !== undefined && b.modified !== undefined && !sameTime(a.modified, b.modified, able.timeStep)) found.push('times');
  if (able.sameFormat && a.fatAttributes !== b.fatAttributes) found.push('mode');
  if (able.sameFormat && (a.holeBytes ?? 0) !== (b.holeBytes ?? 0)) found.push('sparse');
  return found;
}

function sameTime(a: Stamp, b: Stamp, step: number): boolean {
  if (step === 1) return a.seconds === b.seconds && a.nanoseconds === b.nanoseconds;
  const inSteps = ({ seconds }: Stamp): number => Math.floor(seconds / (step / 1e9));
  return inSteps(a) === inSteps(b);
}
