import type { ByteSource } from '../bytes/byte-source.ts';
import type { Compression, CompressionFacts } from '../bytes/decompress.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { Finding } from '../foundation/finding.ts';
import type { PathBytes } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';
import type { ScatteredBlocks } from './partition-source.ts';

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
  /** FAT: of `r`ead-only, `h`idden, `s`ystem, `a`rchive those that are set. */
  fatAttributes?: string;
}

/** How an image is laid out, not what it holds: ids, block sizes, compressor, time of making. Keys in camelCase. */
export type LayoutFacts = Readonly<Record<string, string | number | boolean>>;

export type TreeFormat = 'ext2' | 'ext3' | 'ext4' | 'squashfs' | 'erofs' | 'fat12' | 'fat16' | 'fat32' | 'ubifs' | 'jffs2' | 'cpio' | 'tar' | 'layers' | 'directory';

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

/** A partitioned disk, or flash with volumes. */
export interface DiskContent {
  kind: 'disk';
  format: 'gpt' | 'mbr' | 'ubi';
  /** In the order of the table. */
  partitions: readonly Partition[];
  layout: LayoutFacts;
  findings: readonly Finding[];
}

export interface Partition {
  /** 1-based place in the table; logical partitions of an MBR count from 5. UBI: the volume's id, from 0. */
  number: number;
  offsetBytes: number;
  sizeBytes: number;
  /** GPT: the type's GUID in capitals. MBR: `0x83`. UBI: `dynamic` or `static`. */
  type: string;
  /** GPT: the partition's own GUID and name. */
  id?: string;
  name?: string;
  /** GPT's attribute bits as hexadecimal text; MBR: `active` or nothing; UBI: `autoresize` or nothing. */
  attributes: string;
  /** Where its bytes do not lie in one stretch; `partitionSource` gives them. */
  blocks?: ScatteredBlocks;
  content: ImageContent;
}

/** A container image as an archive: the layers laid over each other, what they take away taken away. */
export interface LayeredContent {
  kind: 'layered';
  format: 'oci' | 'docker';
  /** Lowest first: where each lies in the archive, and its bytes there. */
  layers: readonly { path: string; sizeBytes: number; sha256: Sha256 }[];
  content: TreeContent;
  findings: readonly Finding[];
}

/** A whole image in a compressed wrapper. */
export interface CompressedContent {
  kind: 'compressed';
  compression: Compression;
  facts: CompressionFacts;
  packedBytes: number;
  sizeBytes: number;
  /** What is in the wrapper, for as long as the source is there. */
  bytes: ByteSource;
  content: ImageContent;
  findings: readonly Finding[];
}

/** Bytes, and nothing more is known of them here; or an image that cannot be read, and why. */
export interface OpaqueContent {
  kind: 'opaque';
  sizeBytes: number;
  sha256: Sha256;
  bytes: ByteSource;
  /** What it was taken for before it could not be read. */
  format?: ImageFormat;
  reason?: { code: string; message: string };
  findings: readonly Finding[];
}

export type ImageContent = TreeContent | DiskContent | LayeredContent | CompressedContent | OpaqueContent;

/** What an image is, by its content alone. */
export type ImageFormat = 'gpt' | 'mbr' | 'ubi' | 'ubifs' | 'jffs2' | 'ext' | 'squashfs' | 'erofs' | 'fat' | 'cpio' | 'tar' | Compression;
