import type { Clock } from '../foundation/clock.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { errorCodeOf } from '../foundation/failure.ts';
import { displayPath, joinPath, ROOT_PATH, type PathBytes } from '../tree/entry.ts';
import { decodeNode, type DirectoryNode } from '../tree/node.ts';
import { Breather } from './breather.ts';

export interface Gap {
  /** Path in the tree, for people. */
  path: string;
  what: 'file' | 'directory';
  digest: Sha256;
}

interface ClosureSources {
  /** Bytes of a directory node, verified; undefined where it is not there. */
  node(digest: Sha256): Uint8Array | undefined;
  /** Size of a blob; undefined where it is not there. */
  fileSize(digest: Sha256): number | undefined;
}

/**
 * The first thing below `root` that is not in the store, or that has another size than its tree says.
 * `complete` remembers directories without a gap from one call to the next.
 */
export async function findGap(root: Sha256, sources: ClosureSources, clock: Clock, complete: Set<Sha256>): Promise<Gap | undefined> {
  const breather = new Breather(clock);
  const seen = new Set<Sha256>();
  const pending: [PathBytes, Sha256][] = [[ROOT_PATH, root]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [path, digest] = next;
    if (seen.has(digest) || complete.has(digest)) continue;
    seen.add(digest);
    const node = nodeOrNone(sources.node(digest));
    if (node === undefined) return { path: displayPath(path), what: 'directory', digest };
    const gap = gapAmongFiles(path, node, sources);
    if (gap !== undefined) return gap;
    for (const [name, entry] of node.entries) {
      if (entry.kind === 'directory') pending.push([joinPath(path, name), entry.digest]);
    }
    await breather.breathe();
  }
  for (const digest of seen) complete.add(digest);
  return undefined;
}

/** Bytes that are no directory node are as good as none. */
function nodeOrNone(bytes: Uint8Array | undefined): DirectoryNode | undefined {
  try {
    return bytes === undefined ? undefined : decodeNode(bytes);
  } catch (error) {
    if (errorCodeOf(error) === 'TREE.BAD_NODE') return undefined;
    throw error;
  }
}

export function gapAmongFiles(path: PathBytes, node: DirectoryNode, sources: ClosureSources): Gap | undefined {
  for (const [name, entry] of node.entries) {
    if (entry.kind !== 'file' || sources.fileSize(entry.sha256) === entry.sizeBytes) continue;
    return { path: displayPath(joinPath(path, name)), what: 'file', digest: entry.sha256 };
  }
  return undefined;
}
