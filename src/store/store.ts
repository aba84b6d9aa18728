import type { BlobDigests, Sha256 } from '../foundation/digest.ts';
import type { Finding } from '../foundation/finding.ts';
import type { Tree } from '../tree/tree.ts';

/** What one action gave, in the form two executions are compared in. */
export interface ActionResult {
  format: 1;
  /** Output name (`target`, `sysroot`, `host`, `images` …) to the digest of its tree. */
  outputs: Readonly<Record<string, Sha256>>;
  /** The blob of the log of the execution that stands. */
  log: Sha256;
}

export interface CommittedAction {
  /** The first result ever committed for the key; it stands. */
  standing: ActionResult;
  /** False where the outputs just offered differ from the standing ones: the step is not deterministic. */
  equal: boolean;
}

export type BlobSource = Uint8Array | AsyncIterable<Uint8Array>;

/**
 * Bytes and trees by digest, results by action key. Safe under kill -9 and parallel processes: an object is
 * visible whole or not at all. Narrow on purpose: a remote store implements the same.
 */
export interface Store {
  /** Hashes while writing; an existing blob is left as it is. `expected` refuses other content (STORE.DIGEST_MISMATCH) and keeps nothing. */
  putBlob(source: BlobSource, expected?: { sha256: Sha256; sizeBytes?: number }): Promise<BlobDigests>;
  hasBlob(digest: Sha256): Promise<boolean>;
  /**
   * Verified while reading: the stream fails with STORE.DAMAGED after the last byte if the digest differs (whole reads
   * only). A range is in bytes, `end` exclusive; STORE.BAD_RANGE where it is not within the blob.
   */
  readBlob(digest: Sha256, range?: { start: number; end: number }): AsyncIterable<Uint8Array>;
  readBlobBytes(digest: Sha256): Promise<Uint8Array>;
  statBlob(digest: Sha256): Promise<BlobDigests | undefined>;

  /** Every file of the tree must be there already (STORE.INCOMPLETE names the first that is not). */
  putTree(tree: Tree): Promise<Sha256>;
  getTree(digest: Sha256): Promise<Tree>;

  /** Undefined where there is none, or where one of its outputs is no longer complete. */
  getAction(key: Sha256): Promise<ActionResult | undefined>;
  putAction(key: Sha256, result: ActionResult): Promise<CommittedAction>;
}

/** What only a store on this machine can do. */
export interface LocalStore extends Store {
  /** One directory of a tree, encoded; hashed, and at once: it is small. Throws STORE.MISSING, STORE.DAMAGED. */
  readNode(digest: Sha256): Uint8Array;
  /** Absolute path of a blob's file, for who reads it in place: hashed now, to be read only, there until `gc`. Throws STORE.MISSING, STORE.DAMAGED. */
  blobFile(digest: Sha256): Promise<string>;
  /**
   * The tree as a read-only directory on disk, made once: owner 0:0 where we may, world-readable, setuid and
   * devices left out, all times `epochSeconds`, inodes shared only where the tree has hard links.
   * Returns an absolute path that stays until `gc`.
   */
  checkout(digest: Sha256, epochSeconds: number): Promise<string>;
}

export interface StoreContents {
  blobs: readonly Sha256[];
  trees: readonly Sha256[];
  /** Action keys; everything that their results name is kept with them. */
  actions: readonly Sha256[];
}

export interface GcOptions {
  roots: StoreContents;
  /** What was put, asked for or used within this time is kept, whoever did it. 0 only where nobody else uses the store. */
  graceMs: number;
  /** Deletes nothing. */
  dryRun: boolean;
}

export interface GcItem {
  kind: 'action' | 'evidence' | 'tree' | 'blob' | 'checkout' | 'temporary' | 'quarantine';
  /** Digest, key, or name within the store. */
  name: string;
  sizeBytes: number;
}

export interface GcReport {
  dryRun: boolean;
  /** By kind in the order above, then by name. */
  deleted: readonly GcItem[];
  freedBytes: number;
  /** Roots, or what they name, that could not be read: what hangs below them was not protected. */
  unreadable: readonly string[];
}

export interface VerifyReport {
  /** Path: relative to the store. Damaged objects have been moved to quarantine. */
  findings: readonly Finding[];
  checked: { blobs: number; trees: number; actions: number; checkouts: number; sizeBytes: number };
}

export interface StoreUpkeep {
  /** Hashes every object, looks for every child, compares checkouts with their trees. */
  verify(): Promise<VerifyReport>;
  /** Throws STORE.BUSY where another gc is under way. */
  gc(options: GcOptions): Promise<GcReport>;
}
