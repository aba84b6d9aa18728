import type { LogReader, LogStorage, StoredCheckpoint, StoredEntry, StoredTile } from '../../src/transparency/storage.ts';

/** A log's storage in memory, open to tampering. */
export class MemoryLog implements LogStorage {
  log: StoredEntry[] = [];
  fullTiles: StoredTile[] = [];
  notes: StoredCheckpoint[] = [];
  #writers: Promise<unknown> = Promise.resolve();

  size = (): Promise<number> => Promise.resolve((this.log.at(-1)?.index ?? -1) + 1);
  entries = (first: number, count: number): Promise<StoredEntry[]> => Promise.resolve(this.#range(first, count));
  leafHashes = (first: number, count: number): Promise<Uint8Array> => Promise.resolve(Buffer.concat(this.#range(first, count).map(({ leafHash }) => leafHash)));
  tile = (level: number, number: number): Promise<Uint8Array | undefined> => Promise.resolve(this.fullTiles.find((tile) => tile.level === level && tile.number === number)?.hashes);
  latestCheckpoint = (): Promise<StoredCheckpoint | undefined> => Promise.resolve(this.notes.at(-1));
  checkpoints = (afterSize: number, count: number): Promise<StoredCheckpoint[]> => Promise.resolve(this.notes.filter(({ treeSize }) => treeSize > afterSize).slice(0, count));

  tiles = (after: { level: number; number: number } | undefined, count: number): Promise<StoredTile[]> => {
    const sorted = this.fullTiles.toSorted((a, b) => a.level - b.level || a.number - b.number);
    return Promise.resolve(sorted.filter(({ level, number }) => after === undefined || level > after.level || (level === after.level && number > after.number)).slice(0, count));
  };

  transaction<T>(work: Parameters<LogStorage['transaction']>[0]): Promise<T> {
    const run = this.#writers.then(async () => {
      const before = [[...this.log], [...this.fullTiles], [...this.notes]] as const;
      try {
        return await work({ ...this.#reader(), addEntries: (entries) => this.#add(this.log, entries), addTiles: (tiles) => this.#add(this.fullTiles, tiles), addCheckpoint: (note) => this.#add(this.notes, [note]) }) as T;
      } catch (error) {
        [this.log, this.fullTiles, this.notes] = before.map((list) => [...list]) as [StoredEntry[], StoredTile[], StoredCheckpoint[]];
        throw error;
      }
    });
    this.#writers = run.catch(() => undefined);
    return run;
  }

  /** Another with the same content, to be tampered with. */
  copy(): MemoryLog {
    const other = new MemoryLog();
    other.log = this.log.map((entry) => ({ ...entry, entry: Buffer.from(entry.entry), leafHash: Buffer.from(entry.leafHash) }));
    other.fullTiles = this.fullTiles.map((tile) => ({ ...tile, hashes: Buffer.from(tile.hashes) }));
    other.notes = this.notes.map((note) => ({ ...note, rootHash: Buffer.from(note.rootHash) }));
    return other;
  }

  #reader(): LogReader {
    const { size, entries, leafHashes, tile, tiles, latestCheckpoint, checkpoints } = this;
    return { size, entries, leafHashes, tile, tiles, latestCheckpoint, checkpoints };
  }

  #range(first: number, count: number): StoredEntry[] {
    // Ordered, as an index over the column gives them; an entry's place is found without a scan where nothing is missing.
    const dense = this.log[first]?.index === first && this.log[first + count - 1]?.index === first + count - 1;
    return dense ? this.log.slice(first, first + count) : this.log.filter(({ index }) => index >= first && index < first + count);
  }

  #add<T>(list: T[], items: readonly T[]): Promise<void> {
    for (const item of items) list.push(item);
    return Promise.resolve();
  }
}
