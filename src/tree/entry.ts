import { Failure } from '../foundation/failure.ts';
import type { Sha256 } from '../foundation/digest.ts';

/**
 * A path or name as bytes, one UTF-16 unit per byte (latin1), so that it works as a map key and
 * compares in byte order. Relative, `/`-separated, no leading slash; the root is `''`.
 */
export type PathBytes = string & { readonly brand: 'PathBytes' };

export const ROOT_PATH = '' as PathBytes;

/** Extended attributes: name to value, both as byte strings. */
export type Xattrs = Readonly<Record<string, string>>;

interface Owned {
  /** Permission, setuid, setgid and sticky bits: 0 to 0o7777. */
  mode: number;
  uid: number;
  gid: number;
  xattrs?: Xattrs;
}

export interface DirectoryEntry extends Owned { kind: 'directory' }
export interface FileEntry extends Owned {
  kind: 'file';
  sha256: Sha256;
  sizeBytes: number;
  /** Of a content that nobody has hashed: whether it is found to be another's. False says nothing. Throws `BYTES.*` as its digest does. */
  isFoundIn?(other: FileEntry): boolean;
}
export interface SymlinkEntry extends Owned { kind: 'symlink'; target: PathBytes }
export interface DeviceEntry extends Owned { kind: 'character-device' | 'block-device'; major: number; minor: number }
export interface FifoEntry extends Owned { kind: 'fifo' }
/** The same inode as the file at `target`, which is the smallest of the linked paths in byte order. */
export interface HardLinkEntry { kind: 'hard-link'; target: PathBytes }

export type TreeEntry = DirectoryEntry | FileEntry | SymlinkEntry | DeviceEntry | FifoEntry | HardLinkEntry;
export type EntryKind = TreeEntry['kind'];

/** UTF-8 text to path bytes. */
export function pathBytes(text: string): PathBytes {
  return Buffer.from(text, 'utf8').toString('latin1') as PathBytes;
}

export function pathFromBuffer(bytes: Uint8Array): PathBytes {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1') as PathBytes;
}

export function pathToBuffer(path: PathBytes): Buffer {
  return Buffer.from(path, 'latin1');
}

/** For people: UTF-8 where the bytes are that, else with `\xNN` escapes; control characters always escaped. */
export function displayPath(path: PathBytes): string {
  if (PRINTABLE.test(path)) return path;
  const bytes = pathToBuffer(path);
  const text = bytes.toString('utf8');
  const faithful = Buffer.from(text, 'utf8').equals(bytes) ? text : path.replace(/[\x80-\xff]/g, escapeUnit);
  // eslint-disable-next-line no-control-regex
  return faithful.replace(/[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]/g, escapeUnit);
}

/** As nearly all paths are, and readers name a place for each. */
const PRINTABLE = /^[\x20-\x7e]*$/;

function escapeUnit(unit: string): string {
  const code = unit.codePointAt(0)!;
  return code > 0xff ? `\\u${code.toString(16)}` : `\\x${code.toString(16).padStart(2, '0')}`;
}

export function parentOf(path: PathBytes): PathBytes {
  const slash = path.lastIndexOf('/');
  return (slash < 0 ? '' : path.slice(0, slash)) as PathBytes;
}

export function nameOf(path: PathBytes): PathBytes {
  return path.slice(path.lastIndexOf('/') + 1) as PathBytes;
}

export function joinPath(directory: PathBytes, name: PathBytes): PathBytes {
  return (directory === '' ? name : name === '' ? directory : `${directory}/${name}`) as PathBytes;
}

/** Linux NAME_MAX and PATH_MAX, less the terminating NUL. */
const NAME_MAX = 255;
const PATH_MAX = 4095;

/** As most are: short, relative, and no component of it begins with a dot or is empty. Nothing in it is to be refused. */
export function isPlainPath(path: string): boolean {
  return path.length <= NAME_MAX && path[0] !== '/' && path[0] !== '.' && !path.endsWith('/') && !path.includes('//') && !path.includes('/.') && !path.includes('\0');
}

/** Refuses absolute paths, empty, `.` and `..` components, NUL and over-long names: input is hostile. */
export function checkPath(path: PathBytes): void {
  const refuse = (why: string): never => {
    throw new Failure('TREE.BAD_ENTRY', `path "${displayPath(path)}" ${why}`, { place: displayPath(path) });
  };
  if (path === '' || isPlainPath(path)) return;
  if (path.length > PATH_MAX) refuse(`is longer than ${PATH_MAX} bytes`);
  if (path.startsWith('/')) refuse('is absolute');
  for (const name of path.split('/')) {
    if (name === '') refuse('has an empty component');
    if (name === '.' || name === '..') refuse(`has a component "${name}"`);
    if (name.length > NAME_MAX) refuse(`has a component longer than ${NAME_MAX} bytes`);
    if (name.includes('\0')) refuse('has a NUL byte');
  }
}

/** Contents that nobody has hashed are laid beside each other first, which costs a tenth of their digests. */
export function haveSameBytes(a: FileEntry, b: FileEntry): boolean {
  return a.sizeBytes === b.sizeBytes && (a.isFoundIn?.(b) === true || a.sha256 === b.sha256);
}
