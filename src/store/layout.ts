import { join } from 'node:path';

import type { Sha256 } from '../foundation/digest.ts';

/**
 *   format                        "provenroot store 1\n", written last when a store is made
 *   blobs/v1/sha256/ab/<digest>   content of files, logs, images: plain bytes
 *   trees/v1/sha256/ab/<digest>   directory nodes (tree room)
 *   actions/v1/ab/<key>           what stands for an action key, with a checksum
 *   actions/v1/ab/<key>.other.<digest of result>   evidence: a later execution that differed
 *   sums/v1/ab                    cache of sha512 and size by sha256, one line each, append only
 *   checkouts/<boot>/<digest>@<epoch>   symlink to the directory that holds the tree
 *   c/<id>                        that directory; the name is short because overlayfs takes all its options in one page
 *   tmp/<writer>/                 what a process is writing
 *   quarantine/                   damaged objects, kept for a look
 *
 * One level of 256 directories: ext4, btrfs and xfs index large directories, and fewer of them mean fewer to sync.
 */
export interface Layout {
  root: string;
  format: string;
  blobs: string;
  trees: string;
  actions: string;
  sums: string;
  checkouts: string;
  checkoutBodies: string;
  tmp: string;
  quarantine: string;
  gcLock: string;
}

export const STORE_FORMAT = 'provenroot store 1\n';

export function layoutOf(root: string): Layout {
  return {
    root,
    format: join(root, 'format'),
    blobs: join(root, 'blobs', 'v1', 'sha256'),
    trees: join(root, 'trees', 'v1', 'sha256'),
    actions: join(root, 'actions', 'v1'),
    sums: join(root, 'sums', 'v1'),
    checkouts: join(root, 'checkouts'),
    checkoutBodies: join(root, 'c'),
    tmp: join(root, 'tmp'),
    quarantine: join(root, 'quarantine'),
    gcLock: join(root, 'gc.lock'),
  };
}

export const SHARDS: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

export function shardOf(digest: Sha256): string {
  return digest.slice(0, 2);
}
