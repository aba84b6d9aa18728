import { Failure } from '../foundation/failure.ts';
import { displayPath, ROOT_PATH, type FileEntry, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';
import { fileContent, gathered, padding, type BlobReader } from './file-content.ts';
import type { EpochOption } from './write-tar.ts';

type Inode = Exclude<TreeEntry, { kind: 'hard-link' }>;

/** An inode of the archive and the paths that name it. */
interface Numbered {
  inode: Inode;
  number: number;
  links: number;
  /** Content stands behind the last of them, as GNU cpio writes it and the kernel expects it. */
  lastPath: PathBytes;
}

/**
 * A cpio in the `newc` format that the Linux kernel unpacks as initramfs (buffer-format.rst): inodes numbered in the
 * tree's order, every time the epoch, device 0:0, the root as `.`, padded to 512 bytes.
 * Throws IMAGE.UNSUPPORTED for extended attributes and 4 GiB files, which the format cannot say.
 */
export function writeCpio(tree: Tree, blobs: BlobReader, options: EpochOption): AsyncIterable<Uint8Array> {
  return gathered(members(tree, blobs, options));
}

const MAGIC = '070701';
const TRAILER = 'TRAILER!!!';
const TYPE_BITS = { 'fifo': 0o010000, 'character-device': 0o020000, 'directory': 0o040000, 'block-device': 0o060000, 'file': 0o100000, 'symlink': 0o120000 } as const;

async function* members(tree: Tree, blobs: BlobReader, { epochSeconds }: EpochOption): AsyncIterable<Uint8Array> {
  let written = 0;
  const counted = (bytes: Uint8Array): Uint8Array => { written += bytes.byteLength; return bytes; };
  const inodes = numberInodes(tree);
  for (const [path, entry] of tree.entries) {
    const numbered = inodes.get(entry.kind === 'hard-link' ? entry.target : path)!;
    checkSayable(path, numbered.inode);
    const content = contentAt(path, numbered);
    yield counted(header(path === ROOT_PATH ? '.' : path, numbered, content?.sizeBytes ?? 0, epochSeconds));
    if (content === undefined) continue;
    for await (const chunk of content.bytes(blobs)) yield counted(chunk);
    yield counted(padding(content.sizeBytes, 4));
  }
  yield counted(newc(TRAILER, { links: 1 }));
  yield padding(written, 512);
}

function numberInodes(tree: Tree): Map<PathBytes, Numbered> {
  const inodes = new Map<PathBytes, Numbered>();
  for (const [path, entry] of tree.entries) {
    if (entry.kind === 'hard-link') {
      const target = inodes.get(entry.target)!;
      target.links++;
      target.lastPath = path;
    } else inodes.set(path, { inode: entry, number: inodes.size + 1, links: entry.kind === 'directory' ? 2 : 1, lastPath: path });
  }
  return inodes;
}

interface Content { sizeBytes: number; bytes(blobs: BlobReader): AsyncIterable<Uint8Array> }

function contentAt(path: PathBytes, { inode, lastPath }: Numbered): Content | undefined {
  // The kernel makes a symlink of its own at every path that names it, so each carries its target.
  if (inode.kind === 'symlink') return { sizeBytes: inode.target.length, bytes: () => once(Buffer.from(inode.target, 'latin1')) };
  if (inode.kind !== 'file' || path !== lastPath) return undefined;
  const file: FileEntry = inode;
  return { sizeBytes: file.sizeBytes, bytes: (blobs) => fileContent(blobs, file) };
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

function checkSayable(path: PathBytes, inode: Inode): void {
  const refuse = (what: string): never => {
    throw new Failure('IMAGE.UNSUPPORTED', `cpio cannot say /${displayPath(path)}: ${what}`, { place: displayPath(path), hint: 'Choose another image format, or drop it.' });
  };
  if (inode.xattrs !== undefined) refuse(`it has extended attributes (${Object.keys(inode.xattrs).toSorted().join(', ')})`);
  if (inode.kind === 'file' && inode.sizeBytes > 0xffff_ffff) refuse('it has 4 GiB or more');
  if (path === TRAILER) refuse('the name ends an archive');
}

function header(name: string, { inode, number, links }: Numbered, size: number, mtime: number): Buffer {
  const device = inode.kind === 'character-device' || inode.kind === 'block-device' ? inode : { major: 0, minor: 0 };
  return newc(name, {
    inode: number, mode: TYPE_BITS[inode.kind] | inode.mode, uid: inode.uid, gid: inode.gid, links, mtime, size, rmajor: device.major, rminor: device.minor,
  });
}

interface NewcFields { inode?: number; mode?: number; uid?: number; gid?: number; links?: number; mtime?: number; size?: number; rmajor?: number; rminor?: number }

/** Six bytes of magic, thirteen numbers of eight hexadecimal digits, the name and a NUL, padded to four bytes. */
function newc(name: string, { inode = 0, mode = 0, uid = 0, gid = 0, links = 0, mtime = 0, size = 0, rmajor = 0, rminor = 0 }: NewcFields): Buffer {
  const numbers = [inode, mode, uid, gid, links, Math.min(mtime, 0xffff_ffff), size, 0, 0, rmajor, rminor, name.length + 1, 0];
  const text = `${MAGIC}${numbers.map((number) => number.toString(16).toUpperCase().padStart(8, '0')).join('')}${name}\0`;
  return Buffer.concat([Buffer.from(text, 'latin1'), padding(text.length, 4)]);
}
