import { createHash, hash } from 'node:crypto';
import {
  chmodSync, closeSync, constants, copyFileSync, fchmodSync, futimesSync, linkSync, lutimesSync, mkdirSync, openSync, readSync,
  symlinkSync, utimesSync,
} from 'node:fs';

import type { Clock } from '../foundation/clock.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { pathToBuffer, ROOT_PATH, type DirectoryEntry, type FileEntry, type PathBytes } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';
import { missing } from './blob-reading.ts';
import { Breather } from './breather.ts';
import { writeFully, type ObjectFiles } from './object-files.ts';

const SLASH = Buffer.from('/');
const CHUNK_BYTES = 1024 * 1024;

interface Materializing {
  blobs: ObjectFiles;
  clock: Clock;
  epochSeconds: number;
  /** The file system shares blocks between copies (btrfs, xfs). */
  reflinks: boolean;
}

/**
 * Writes the tree into a new directory. Each file's bytes are hashed on their way (or, where blocks are shared, in the
 * copy): a damaged blob never gets into a build, and nothing is read twice. Owners are those of this process; the
 * directory itself stays 0700 until it has been moved into place.
 */
export async function materialize(tree: Tree, directory: string, how: Materializing): Promise<void> {
  const breather = new Breather(how.clock);
  const base = Buffer.from(directory);
  const at = (path: PathBytes): Buffer => path === ROOT_PATH ? base : Buffer.concat([base, SLASH, pathToBuffer(path)]);
  const copyBuffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  const directories: [Buffer, DirectoryEntry][] = [];
  // Parents come first; `makeTree` has refused every path that could lead out of the directory or through a link.
  for (const [path, entry] of tree.entries) {
    const place = at(path);
    if (entry.kind === 'directory') {
      mkdirSync(place, 0o700);
      directories.push([place, entry]);
    } else if (entry.kind === 'file') await copyFile(place, entry, how, copyBuffer, breather);
    else if (entry.kind === 'symlink') {
      symlinkSync(pathToBuffer(entry.target), place);
      lutimesSync(place, how.epochSeconds, how.epochSeconds);
    } else if (entry.kind === 'hard-link') linkIfFile(tree, entry.target, at, place);
    await breather.breathe();
  }
  // Children before parents: filling a directory changes its times, and 0555 stops other users than root.
  for (const [place, entry] of directories.toReversed()) {
    // Who is not root can only move a directory that it may write to.
    if (place !== base) chmodSync(place, directoryMode(entry));
    utimesSync(place, how.epochSeconds, how.epochSeconds);
  }
}

export function directoryMode(entry: DirectoryEntry): number {
  return (entry.mode | 0o555) & 0o777;
}

function linkIfFile(tree: Tree, target: PathBytes, at: (path: PathBytes) => Buffer, place: Buffer): void {
  const kind = tree.entries.get(target)?.kind;
  if (kind === 'file' || kind === 'symlink') linkSync(at(target), place);
}

async function copyFile(place: Buffer, entry: FileEntry, how: Materializing, buffer: Buffer, breather: Breather): Promise<void> {
  const source = how.blobs.open(entry.sha256);
  if (source === undefined) throw missing('blob', entry.sha256);
  try {
    if (how.reflinks) copyFileSync(how.blobs.pathOf(entry.sha256), place, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    const target = openSync(place, how.reflinks ? 'r' : 'wx', 0o600);
    try {
      const found = await copyBytes(how.reflinks ? target : source.fd, how.reflinks ? undefined : target, buffer, breather);
      if (found !== entry.sha256) throw how.blobs.damaged(entry.sha256, found, source.fd);
      fchmodSync(target, (entry.mode | 0o444) & 0o777);
      futimesSync(target, how.epochSeconds, how.epochSeconds);
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source.fd);
  }
}

/** The sha256 of all that was read. */
async function copyBytes(from: number, to: number | undefined, buffer: Buffer, breather: Breather): Promise<Sha256> {
  let length = readSync(from, buffer);
  if (to !== undefined) writeFully(to, buffer.subarray(0, length));
  // Most files fit: one call is twice as fast as a hash object.
  if (length < buffer.byteLength) return hash('sha256', buffer.subarray(0, length), 'hex') as Sha256;
  const hasher = createHash('sha256');
  while (length > 0) {
    hasher.update(buffer.subarray(0, length));
    await breather.breathe();
    length = readSync(from, buffer);
    if (to !== undefined) writeFully(to, buffer.subarray(0, length));
  }
  return hasher.digest('hex') as Sha256;
}
