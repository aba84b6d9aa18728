import { Failure, isCoded } from '../foundation/failure.ts';
import { checkPath, displayPath, parentOf, ROOT_PATH, type EntryKind, type PathBytes, type TreeEntry } from '../tree/entry.ts';

/** Caps against bombs. All are on what the archive makes us read or keep. */
export interface TarLimits {
  /** Entries, directories that are only implied included. */
  entries: number;
  /** Bytes of the archive, headers and padding included. */
  totalBytes: number;
  /** Bytes of one file. */
  fileBytes: number;
  /** Bytes of one path or link target. */
  nameBytes: number;
  /** Bytes of one extended header. */
  headerBytes: number;
  /** Names, targets and attributes of all entries together. */
  metadataBytes: number;
}

const MIB = 2 ** 20;

export const DEFAULT_TAR_LIMITS: TarLimits = {
  entries: 1_000_000, totalBytes: 64 * 1024 * MIB, fileBytes: 16 * 1024 * MIB, nameBytes: 4095, headerBytes: MIB, metadataBytes: 256 * MIB,
};

export interface TarRules {
  /** Character and block devices. */
  devices: 'refuse' | 'keep';
  /** Symlinks whose target is absolute or climbs out of the tree; a root file system has them by right. Default: keep. */
  escapingSymlinks?: 'refuse' | 'keep';
}

/**
 * Remembers what an archive has said so far and refuses the entry that does not fit: a bad path, a second entry
 * on a path, one below something that is no directory (so nothing is ever written through a link), a hard link to
 * nothing, too much of anything.
 */
export class TarGuard {
  readonly #limits: TarLimits;
  readonly #rules: TarRules;
  readonly #kinds = new Map<PathBytes, EntryKind | 'implied-directory'>();
  #metadataBytes = 0;

  constructor(limits: TarLimits, rules: TarRules) {
    this.#limits = limits;
    this.#rules = rules;
  }

  admit(path: PathBytes, entry: TreeEntry, place: string): void {
    this.#checkDuplicate(path, entry, place);
    this.#checkParents(path, place);
    this.#checkKind(path, entry, place);
    this.#kinds.set(path, entry.kind);
    this.#count(path, entry, place);
  }

  /** Before the content is read, so that a bomb is refused by its header. */
  checkSize(sizeBytes: number, place: string): void {
    if (sizeBytes > this.#limits.fileBytes) over(place, `has ${sizeBytes} bytes, allowed are ${this.#limits.fileBytes}`, this.#limits.fileBytes, sizeBytes);
  }

  checkHeaderSize(sizeBytes: number, place: string): void {
    const { headerBytes } = this.#limits;
    if (sizeBytes > headerBytes) over(place, `has an extended header of ${sizeBytes} bytes, allowed are ${headerBytes}`, headerBytes, sizeBytes);
  }

  checkPosition(position: number, place: string): void {
    const { totalBytes } = this.#limits;
    if (position > totalBytes) over(place, `lies past byte ${totalBytes}, the most that is read of one archive`, totalBytes, position);
  }

  checkName(name: PathBytes, place: string): void {
    const { nameBytes } = this.#limits;
    if (name.length > nameBytes) over(place, `has a name or target of ${name.length} bytes, allowed are ${nameBytes}`, nameBytes, name.length);
  }

  #checkDuplicate(path: PathBytes, entry: TreeEntry, place: string): void {
    const standing = this.#kinds.get(path);
    if (standing === undefined) return;
    if (standing !== 'implied-directory') throw new Failure('IMAGE.DUPLICATE', `${place} appears twice`, { place });
    if (entry.kind !== 'directory') throw new Failure('IMAGE.THROUGH_LINK', `${place} is a ${entry.kind}, but earlier entries lie below it`, { place });
  }

  #checkParents(path: PathBytes, place: string): void {
    for (let parent = path; parent !== ROOT_PATH;) {
      parent = parentOf(parent);
      const kind = this.#kinds.get(parent);
      if (kind === 'directory' || kind === 'implied-directory') return;
      if (kind !== undefined) throw new Failure('IMAGE.THROUGH_LINK', `${place} lies below "${displayPath(parent)}", which is a ${kind}`, { place });
      this.#kinds.set(parent, 'implied-directory');
      this.#countNames(parent.length, place);
    }
  }

  #checkKind(path: PathBytes, entry: TreeEntry, place: string): void {
    if (path === ROOT_PATH && entry.kind !== 'directory') badPath(place, 'is the root and no directory');
    if (entry.kind === 'hard-link') this.#checkHardLink(path, entry.target, place);
    else if (entry.kind === 'symlink') this.#checkSymlink(path, entry.target, place);
    else if ((entry.kind === 'character-device' || entry.kind === 'block-device') && this.#rules.devices === 'refuse') {
      throw new Failure('IMAGE.DEVICE_REFUSED', `${place} is a ${entry.kind} (${entry.major}:${entry.minor})`, { place });
    }
  }

  #checkHardLink(path: PathBytes, target: PathBytes, place: string): void {
    const kind = this.#kinds.get(target);
    const refuse = (why: string): never => {
      throw new Failure('IMAGE.BAD_LINK', `${place} is a hard link to "${displayPath(target)}", ${why}`, { place });
    };
    if (target === path) refuse('which is itself');
    if (kind === undefined) refuse('which is not there before it');
    if (kind === 'directory' || kind === 'implied-directory') refuse('which is a directory');
  }

  #checkSymlink(path: PathBytes, target: PathBytes, place: string): void {
    if (target === '' || target.includes('\0')) throw new Failure('IMAGE.BAD_LINK', `${place} is a symlink with an empty target or a NUL byte in it`, { place });
    if (this.#rules.escapingSymlinks !== 'refuse' || staysInside(path, target)) return;
    throw new Failure('IMAGE.BAD_LINK', `${place} points out of the tree: "${displayPath(target)}"`, { place });
  }

  #count(path: PathBytes, entry: TreeEntry, place: string): void {
    const target = entry.kind === 'symlink' || entry.kind === 'hard-link' ? entry.target.length : 0;
    const xattrs = entry.kind === 'hard-link' || entry.xattrs === undefined ? 0
      : Object.entries(entry.xattrs).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    this.#countNames(path.length + target + xattrs, place);
  }

  #countNames(bytes: number, place: string): void {
    const { entries, metadataBytes } = this.#limits;
    this.#metadataBytes += bytes;
    if (this.#kinds.size > entries) over(place, `is entry ${this.#kinds.size}, allowed are ${entries}`, entries, this.#kinds.size);
    if (this.#metadataBytes > metadataBytes) over(place, `brings names and attributes to ${this.#metadataBytes} bytes, allowed are ${metadataBytes}`, metadataBytes, this.#metadataBytes);
  }
}

/** `./a/` and `a` are one path; nothing else is repaired. */
export function archivePath(name: PathBytes, isDirectory: boolean, place: string): PathBytes {
  if (name === '.' || name === './') return ROOT_PATH;
  let path: string = name.startsWith('./') ? name.slice(2) : name;
  if (isDirectory && path.endsWith('/')) path = path.slice(0, -1);
  if (path === '') badPath(place, 'has no name');
  try {
    checkPath(path as PathBytes);
  } catch (error) {
    if (isCoded(error) && error.code === 'TREE.BAD_ENTRY') throw new Failure('IMAGE.BAD_PATH', `${place}: ${error.message}`, { place, cause: error });
    throw error;
  }
  return path as PathBytes;
}

/**
 * `..` counts only at the front, where it climbs real directories; behind a name that could itself be a link it
 * would leave the tree (`a -> .`, then `a/..`).
 */
function staysInside(path: PathBytes, target: PathBytes): boolean {
  const names = target.split('/').filter((name) => name !== '' && name !== '.');
  const climbs = names.findIndex((name) => name !== '..');
  const ups = climbs < 0 ? names.length : climbs;
  return !target.startsWith('/') && !names.includes('..', ups) && ups <= path.split('/').length - 1;
}

function badPath(place: string, why: string): never {
  throw new Failure('IMAGE.BAD_PATH', `${place} ${why}`, { place });
}

function over(place: string, why: string, limit: number, found: number): never {
  throw new Failure('IMAGE.LIMIT', `${place} ${why}`, { place, details: { limit, found } });
}
