import { Failure } from '../foundation/failure.ts';
import { displayPath, ROOT_PATH, type EntryKind, type FileEntry, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { childrenByDirectory, type Tree } from '../tree/tree.ts';
import { leafCount } from './ext4-extents.ts';
import { BLOCK_BYTES, FIRST_INODE, LOST_AND_FOUND, MAX_LINKS, ROOT_INODE } from './ext4-format.ts';
import type { Demand } from './ext4-geometry.ts';
import { packDirectory, type DirectoryName } from './ext4-directory.ts';
import { NO_XATTRS, planXattrs, type PlannedXattrs } from './ext4-xattr.ts';

type Inode = Exclude<TreeEntry, { kind: 'hard-link' }>;

export type InodeContent =
  | { kind: 'nothing' }
  | { kind: 'device'; major: number; minor: number }
  /** A target of less than 60 bytes stands in the inode. */
  | { kind: 'short-symlink' | 'long-symlink'; target: PathBytes }
  | { kind: 'directory'; blocks: readonly (readonly DirectoryName[])[] }
  | { kind: 'file'; file: FileEntry }
  | { kind: 'journal' };

export interface PlannedInode {
  number: number;
  /** Type and permission bits. */
  mode: number;
  uid: number;
  gid: number;
  links: number;
  sizeBytes: number;
  content: InodeContent;
  xattrs: PlannedXattrs;
}

export interface Ext4Content {
  /** Ascending by number; the reserved ones but the root left out. */
  inodes: readonly PlannedInode[];
  demand: Demand;
}

const TYPE_BITS: Readonly<Record<Inode['kind'], number>> = {
  'fifo': 0o010000, 'character-device': 0o020000, 'directory': 0o040000, 'block-device': 0o060000, 'file': 0o100000, 'symlink': 0o120000,
};
const LOST: TreeEntry = { kind: 'directory', mode: 0o700, uid: 0, gid: 0 };

/** Numbers the inodes in the tree's order and lays out what does not depend on the size of the image. */
export function planContent(tree: Tree): Ext4Content {
  const whole = withLostAndFound(tree);
  const numbers = numberInodes(whole);
  const children = childrenByDirectory(whole);
  const links = countLinks(whole);
  const inodes = [...numbers].map(([path, number]): PlannedInode => {
    const inode = whole.entries.get(path) as Inode;
    const content = contentOf(path, inode, number, { numbers, children, whole });
    return {
      number, content, mode: TYPE_BITS[inode.kind] | inode.mode, uid: inode.uid, gid: inode.gid,
      links: linksOf(path, inode, links), sizeBytes: sizeOf(inode, content), xattrs: planXattrs(path, inode.xattrs),
    };
  });
  return { inodes: inodes.toSorted((a, b) => a.number - b.number), demand: demandOf(inodes) };
}

export function contentBlocks(inode: PlannedInode): number {
  const { kind } = inode.content;
  return kind === 'file' || kind === 'directory' || kind === 'long-symlink' || kind === 'journal' ? Math.ceil(inode.sizeBytes / BLOCK_BYTES) : 0;
}

export function journalInode(number: number, blocks: number): PlannedInode {
  return { number, mode: 0o100600, uid: 0, gid: 0, links: 1, sizeBytes: blocks * BLOCK_BYTES, content: { kind: 'journal' }, xattrs: NO_XATTRS };
}

/** e2fsck wants the directory; a tree may bring its own. */
function withLostAndFound(tree: Tree): Tree {
  const path = LOST_AND_FOUND as PathBytes;
  const own = tree.entries.get(path);
  if (own === undefined) return { entries: new Map([...tree.entries, [path, LOST]]) };
  if (own.kind !== 'directory') throw new Failure('IMAGE.UNSUPPORTED', `ext4 cannot say /${LOST_AND_FOUND}: it has to be a directory and is a ${own.kind}`, { place: LOST_AND_FOUND });
  return tree;
}

function numberInodes(tree: Tree): Map<PathBytes, number> {
  const numbers = new Map<PathBytes, number>([[ROOT_PATH, ROOT_INODE], [LOST_AND_FOUND as PathBytes, FIRST_INODE]]);
  let next = FIRST_INODE + 1;
  for (const [path, entry] of tree.entries) if (entry.kind !== 'hard-link' && !numbers.has(path)) numbers.set(path, next++);
  return numbers;
}

interface Surroundings {
  numbers: ReadonlyMap<PathBytes, number>;
  children: ReadonlyMap<PathBytes, [PathBytes, TreeEntry][]>;
  whole: Tree;
}

function contentOf(path: PathBytes, inode: Inode, number: number, around: Surroundings): InodeContent {
  switch (inode.kind) {
    case 'file': return { kind: 'file', file: inode };
    case 'fifo': return { kind: 'nothing' };
    case 'symlink': return { kind: inode.target.length < 60 ? 'short-symlink' : 'long-symlink', target: inode.target };
    case 'directory': return { kind: 'directory', blocks: packDirectory(namesIn(path, number, around)) };
    case 'character-device': case 'block-device':
      if (inode.major > 0xfff || inode.minor > 0xf_ffff) {
        throw new Failure('IMAGE.UNSUPPORTED', `ext4 cannot say /${displayPath(path)}: device ${inode.major}:${inode.minor} (majors end at 4095, minors at 1048575)`, { place: displayPath(path) });
      }
      return { kind: 'device', major: inode.major, minor: inode.minor };
  }
}

function namesIn(path: PathBytes, number: number, { numbers, children, whole }: Surroundings): DirectoryName[] {
  const parent = path === ROOT_PATH ? number : numbers.get(path.slice(0, Math.max(0, path.lastIndexOf('/'))) as PathBytes)!;
  const dots: DirectoryName[] = [['.', number] as const, ['..', parent] as const].map(([name, inode]) => ({ name: name as PathBytes, inode, kind: 'directory' }));
  return [...dots, ...children.get(path)!.map(([name, entry]): DirectoryName => {
    const target = entry.kind === 'hard-link' ? entry.target : (path === ROOT_PATH ? name : `${path}/${name}`) as PathBytes;
    const kind = whole.entries.get(target)!.kind as Exclude<EntryKind, 'hard-link'>;
    return { name, inode: numbers.get(target)!, kind };
  })];
}

function countLinks(tree: Tree): Map<PathBytes, number> {
  const links = new Map<PathBytes, number>();
  const add = (path: PathBytes): void => { links.set(path, (links.get(path) ?? 0) + 1); };
  for (const [path, entry] of tree.entries) {
    if (entry.kind === 'hard-link') add(entry.target);
    else if (path !== ROOT_PATH && entry.kind === 'directory') add(path.slice(0, Math.max(0, path.lastIndexOf('/'))) as PathBytes);
  }
  return links;
}

function linksOf(path: PathBytes, inode: Inode, counted: ReadonlyMap<PathBytes, number>): number {
  const links = (counted.get(path) ?? 0) + (inode.kind === 'directory' ? 2 : 1);
  if (links <= MAX_LINKS) return links;
  if (inode.kind === 'directory') return 1;
  throw new Failure('IMAGE.UNSUPPORTED', `ext4 cannot say /${displayPath(path)}: ${links} hard links, ${MAX_LINKS} are the most`, { place: displayPath(path) });
}

function sizeOf(inode: Inode, content: InodeContent): number {
  if (inode.kind === 'file') return inode.sizeBytes;
  if (inode.kind === 'symlink') return inode.target.length;
  return content.kind === 'directory' ? content.blocks.length * BLOCK_BYTES : 0;
}

/** Fewer consecutive blocks than any group has, so that the count of pieces is never too low. */
const SAFE_RUN = 30_000;

function demandOf(inodes: readonly PlannedInode[]): Demand {
  const blocks = inodes.reduce((sum, inode) => {
    const content = contentBlocks(inode);
    return sum + content + leafCount(1 + Math.ceil(content / SAFE_RUN)) + (inode.xattrs.inBlock.length > 0 ? 1 : 0);
  }, 0);
  return { blocks, inodes: inodes.length - 2 };
}
