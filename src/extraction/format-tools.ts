import type { PathBytes, TreeEntry, Xattrs } from '../tree/entry.ts';
import { makeTree, type Tree } from '../tree/tree.ts';

/** Something that is lost on the way through a format and its tool, and therefore not compared. */
export interface Loss {
  name: string;
  /** Why, for who reads that it was left out. */
  why: string;
  /** What of an entry can be compared; undefined: nothing, as if it were not there. */
  left(path: PathBytes, entry: TreeEntry, tree: Tree): TreeEntry | undefined;
}

const SYMLINK_MODES: Loss = {
  name: 'modes of symbolic links', why: 'Linux gives every symbolic link the mode 0777',
  left: (_path, entry) => entry.kind === 'symlink' && entry.mode !== 0o777 ? { ...entry, mode: 0o777 } : entry,
};

const USER_ATTRIBUTES: Loss = {
  name: 'user attributes of links and devices', why: 'Linux keeps attributes whose name starts with `user.` for files and directories alone',
  left: (_path, entry) => {
    if (entry.kind === 'hard-link' || entry.kind === 'file' || entry.kind === 'directory') return entry;
    return withXattrs(entry, Object.entries(entry.xattrs ?? {}).filter(([name]) => !name.startsWith('user.')));
  },
};

const ALL_ATTRIBUTES: Loss = {
  name: 'extended attributes', why: 'a cpio archive cannot hold any',
  left: (_path, entry) => entry.kind === 'hard-link' ? entry : withXattrs(entry, []),
};

const LINKED_SYMLINKS: Loss = {
  name: 'hard links of symbolic links', why: 'GNU cpio, as the kernel, makes each of them a symbolic link of its own',
  left: (_path, entry, tree) => {
    const target = entry.kind === 'hard-link' ? tree.entries.get(entry.target) : undefined;
    return target?.kind === 'symlink' ? target : entry;
  },
};

const LOST_AND_FOUND: Loss = {
  name: 'an empty /lost+found', why: 'ext4 brings that directory itself',
  left: (path, entry, tree) => {
    if (path !== 'lost+found' || entry.kind !== 'directory' || entry.mode !== 0o700 || entry.uid !== 0 || entry.gid !== 0 || entry.xattrs !== undefined) return entry;
    return [...tree.entries.keys()].some((other) => other.startsWith('lost+found/')) ? entry : undefined;
  },
};

/** By format of an image of the root file system: what cannot be told of it. The tools are in list-images.py. */
const LOSSES: Readonly<Record<string, readonly Loss[]>> = {
  'tar': [SYMLINK_MODES],
  'cpio.gz': [LINKED_SYMLINKS, SYMLINK_MODES, ALL_ATTRIBUTES],
  'squashfs': [SYMLINK_MODES, USER_ATTRIBUTES],
  'ext4': [LOST_AND_FOUND],
};

/** False for a format that is no image of a root file system (a kernel …), or that no tool of the sandbox unpacks. */
export function canExtract(format: string): boolean {
  return Object.hasOwn(LOSSES, format);
}

export function lossesOf(format: string): readonly Loss[] {
  return LOSSES[format] ?? [];
}

/** The tree as far as it can be compared, and how many paths each loss changed. */
export function comparable(tree: Tree, losses: readonly Loss[]): { tree: Tree; lost: ReadonlyMap<Loss, number> } {
  const lost = new Map<Loss, number>();
  const entries = [...tree.entries].flatMap(([path, given]): [PathBytes, TreeEntry][] => {
    const entry = losses.reduce<TreeEntry | undefined>((standing, loss) => {
      const left = standing === undefined ? undefined : loss.left(path, standing, tree);
      if (left !== standing) lost.set(loss, (lost.get(loss) ?? 0) + 1);
      return left;
    }, given);
    return entry === undefined ? [] : [[path, entry]];
  });
  return { tree: makeTree(entries), lost };
}

function withXattrs<T extends Exclude<TreeEntry, { kind: 'hard-link' }>>(entry: T, kept: readonly (readonly [string, string])[]): T {
  const { xattrs, ...rest } = entry;
  if (xattrs === undefined || Object.keys(xattrs).length === kept.length) return entry;
  const left: { xattrs?: Xattrs } = kept.length === 0 ? {} : { xattrs: Object.fromEntries(kept) };
  return { ...rest, ...left } as T;
}
