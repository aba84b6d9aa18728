import type { Clock } from '../foundation/clock.ts';
import { Fault } from '../foundation/failure.ts';
import { encodeNote } from '../signing/note.ts';
import type { Signer } from '../signing/signer.ts';
import { checkpointText } from './checkpoint.ts';
import { checkNewEntry, encodeLogEntry, type NewLogEntry } from './entry.ts';
import { leafHash } from './hashing.ts';
import { rootHash } from './proof.ts';
import type { LogReader, LogStorage, LogTransaction, StoredCheckpoint, StoredEntry } from './storage.ts';
import { fullTiles, nodesFromTiles, storedTiles, type TileRoots } from './tiles.ts';
import { TILE_WIDTH } from './storage.ts';

export interface LogOptions {
  storage: LogStorage;
  signer: Pick<Signer, 'signNote'>;
  /** The log's name, as root.json states it. */
  origin: string;
  clock: Clock;
}

export interface TransparencyLog {
  /** Into the log, durable, and under no checkpoint yet. */
  append(entries: readonly NewLogEntry[]): Promise<readonly StoredEntry[]>;
  /** A checkpoint over all there is; the last one where nothing came since. */
  publish(): Promise<StoredCheckpoint>;
  /** Both in one transaction: what returns can be proved. */
  record(entries: readonly NewLogEntry[]): Promise<readonly StoredEntry[]>;
}

interface Waiting {
  entries: readonly NewLogEntry[];
  publish: boolean;
  resolve: (stored: readonly StoredEntry[]) => void;
  reject: (error: unknown) => void;
}

/** The one way to write a log. Callers that come while another's transaction runs share the next. */
export function openLog(options: LogOptions): TransparencyLog {
  const writer = new Writer(options);
  return {
    append: (entries) => writer.enqueue(entries, false),
    publish: async () => {
      await writer.enqueue([], true);
      return (await options.storage.latestCheckpoint())!;
    },
    record: (entries) => writer.enqueue(entries, true),
  };
}

class Writer {
  readonly #options: LogOptions;
  /** Of tiles that were committed: see `#transaction`. */
  readonly #roots: TileRoots = new Map();
  #waiting: Waiting[] = [];
  #busy = false;

  constructor(options: LogOptions) {
    this.#options = options;
  }

  async enqueue(entries: readonly NewLogEntry[], publish: boolean): Promise<readonly StoredEntry[]> {
    // One bad entry must not take its neighbours down with it.
    entries.forEach(checkNewEntry);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entries, publish, resolve, reject });
      if (!this.#busy) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        const stored = await this.#transaction(batch.flatMap(({ entries }) => entries), batch.some(({ publish }) => publish));
        let first = 0;
        for (const { entries, resolve } of batch) { resolve(stored.slice(first, first + entries.length)); first += entries.length; }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#busy = false;
  }

  async #transaction(entries: readonly NewLogEntry[], publish: boolean): Promise<readonly StoredEntry[]> {
    try {
      return await this.#options.storage.transaction(async (log) => {
        const stored = entries.length === 0 ? [] : await this.#append(log, entries);
        if (publish) await this.#publish(log);
        return stored;
      });
    } catch (error) {
      // Tiles of a transaction that came to nothing are none.
      this.#roots.clear();
      throw error;
    }
  }

  async #append(log: LogTransaction, entries: readonly NewLogEntry[]): Promise<readonly StoredEntry[]> {
    const first = await log.size();
    const before = first === 0 ? '' : (await log.entries(first - 1, 1))[0]?.loggedAt ?? damaged(`entry ${first - 1}`);
    const now = this.#options.clock.now().toISOString();
    // A clock that was set back does not take the log back.
    const loggedAt = now < before ? before : now;
    const stored = entries.map((entry, offset) => {
      const bytes = encodeLogEntry({ ...entry, at: loggedAt });
      return { index: first + offset, entry: bytes, leafHash: leafHash(bytes), loggedAt };
    });
    await log.addEntries(stored);
    await this.#addFullTiles(log, first, first + stored.length);
    return stored;
  }

  async #addFullTiles(log: LogTransaction, from: number, to: number): Promise<void> {
    const tiles = storedTiles(log, this.#roots);
    for (let level = 0; fullTiles(to, level) > fullTiles(from, level); level++) {
      for (let number = fullTiles(from, level); number < fullTiles(to, level); number++) {
        await log.addTiles([{ level, number, hashes: await tiles.hashes(level, number, TILE_WIDTH) }]);
      }
    }
  }

  async #publish(log: LogTransaction): Promise<void> {
    const { origin, signer, clock } = this.#options;
    const treeSize = await log.size();
    const latest = await log.latestCheckpoint();
    if (latest?.treeSize === treeSize) return;
    if (latest !== undefined) await this.#checkGrowth(log, latest, treeSize);
    const root = await this.#root(log, treeSize);
    const text = checkpointText({ origin, treeSize, rootHash: root });
    const note = encodeNote({ text, signatures: [await signer.signNote(text)] });
    const now = clock.now().toISOString();
    await log.addCheckpoint({ treeSize, rootHash: root, note, issuedAt: latest !== undefined && now < latest.issuedAt ? latest.issuedAt : now });
  }

  /** Never signs what contradicts an earlier word (C2SP tlog-checkpoint, "Signatures"). */
  async #checkGrowth(log: LogReader, latest: StoredCheckpoint, treeSize: number): Promise<void> {
    if (latest.treeSize > treeSize) damaged(`entries that the checkpoint of ${latest.treeSize} covers`);
    const root = await this.#root(log, latest.treeSize);
    if (!root.equals(latest.rootHash)) damaged(`what the checkpoint of ${latest.treeSize} was signed over`);
  }

  #root(log: LogReader, size: number): Promise<Buffer> {
    return rootHash(nodesFromTiles(storedTiles(log, this.#roots), size), size);
  }
}

function damaged(what: string): never {
  throw new Fault('TRANSPARENCY.DAMAGED', `the log lacks ${what}`, { hint: 'Run `log fsck`; nothing more is signed before it is understood.' });
}
