import { execFileSync } from 'node:child_process';

import { treeFromTar } from '../../src/image/tree-from-tar.ts';
import type { Tree } from '../../src/tree/tree.ts';
import { inPieces } from './crafted-tar.ts';
import type { MemoryBlobs } from './memory-blobs.ts';

/** What lies in a directory on disk, devices, owners and attributes included, told by GNU tar. Needs root. */
export async function treeOnDisk(directory: string, blobs: MemoryBlobs): Promise<Tree> {
  const bytes = execFileSync('tar', ['--format=posix', '--xattrs', '--xattrs-include=*', '--numeric-owner', '--sort=name', '-C', directory, '-cf', '-', '.'], { maxBuffer: 2 ** 30 });
  return treeFromTar(inPieces(bytes, 65_536), blobs, { devices: 'keep' });
}
