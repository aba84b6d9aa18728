import type { Finding } from '../foundation/finding.ts';
import type { PathBytes } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';

/** A point in time as a format stores it; seconds since 1970, negative before. Formats differ in how fine they are. */
export interface Stamp {
  seconds: number;
  nanoseconds: number;
}

/** What an entry has beside its place in the tree. Absent: the format does not say. */
export interface EntryFacts {
  modified?: Stamp;
  changed?: Stamp;
  accessed?: Stamp;
  created?: Stamp;
  /** Bytes of a file that are not stored because they are zeros. */
  holeBytes?: number;
}

/** How an image is laid out, not what it holds: ids, block sizes, compressor, time of making. Keys in camelCase. */
export type LayoutFacts = Readonly<Record<string, string | number | boolean>>;

export type TreeFormat = 'ext2' | 'ext3' | 'ext4' | 'squashfs' | 'erofs' | 'fat12' | 'fat16' | 'fat32' | 'cpio' | 'tar';

/** One file's bytes, piece by piece; a piece is valid until the next is asked for. */
export type Content = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** A file system or an archive, read. */
export interface TreeContent {
  kind: 'tree';
  format: TreeFormat;
  tree: Tree;
  facts: ReadonlyMap<PathBytes, EntryFacts>;
  layout: LayoutFacts;
  /** Sorted; `path` is a path of the tree or names a structure of the image. */
  findings: readonly Finding[];
  /** Of a regular file, through a hard link too; works as long as the source does. Undefined for anything else. */
  content(path: PathBytes): Content | undefined;
}
