/** Bytes of a hash: SHA-256. */
export const HASH_BYTES = 32;
/** Hashes of a full tile (C2SP tlog-tiles). */
export const TILE_WIDTH = 256;

export interface StoredEntry {
  /** From 0, without a gap. */
  index: number;
  /** The very bytes that the leaf hash covers; at most 65,535. */
  entry: Uint8Array;
  /** 32 bytes. */
  leafHash: Uint8Array;
  /** RFC 3339, milliseconds, UTC; the `at` of the entry. */
  loggedAt: string;
}

/** A full tile: nobody stores partial ones. */
export interface StoredTile {
  level: number;
  number: number;
  /** 256 hashes: 8,192 bytes. */
  hashes: Uint8Array;
}

export interface StoredCheckpoint {
  treeSize: number;
  /** 32 bytes. */
  rootHash: Uint8Array;
  /** The signed note. */
  note: string;
  /** RFC 3339, milliseconds, UTC. */
  issuedAt: string;
}

export interface LogReader {
  /** How many entries there are; the last checkpoint may cover fewer. */
  size(): Promise<number>;
  /** In the order of their index; fewer than `count` where the log ends. */
  entries(first: number, count: number): Promise<readonly StoredEntry[]>;
  /** Leaf hashes one behind the other, 32 bytes each; fewer than `count` where the log ends. */
  leafHashes(first: number, count: number): Promise<Uint8Array>;
  tile(level: number, number: number): Promise<Uint8Array | undefined>;
  /** By level, then number; those behind `after`. For `fsck`. */
  tiles(after: { level: number; number: number } | undefined, count: number): Promise<readonly StoredTile[]>;
  latestCheckpoint(): Promise<StoredCheckpoint | undefined>;
  /** By size; those larger than `afterSize` (-1 for all). For `fsck`. */
  checkpoints(afterSize: number, count: number): Promise<readonly StoredCheckpoint[]>;
}

export interface LogTransaction extends LogReader {
  addEntries(entries: readonly StoredEntry[]): Promise<void>;
  addTiles(tiles: readonly StoredTile[]): Promise<void>;
  addCheckpoint(checkpoint: StoredCheckpoint): Promise<void>;
}

/** Where a log is kept. */
export interface LogStorage extends LogReader {
  /** Alone among the writers of all processes; all of it is kept, durably, when this returns, or nothing. */
  transaction<T>(work: (log: LogTransaction) => Promise<T>): Promise<T>;
}
