import { isCoded } from '../foundation/failure.ts';
import type { NoteKey } from '../signing/note.ts';
import { verifyNote } from '../signing/note.ts';
import { parseCheckpoint, type Checkpoint } from './checkpoint.ts';
import { parseLogEntry, type LogEntry } from './entry.ts';
import { GrowingTree } from './growing-tree.ts';
import { leafHash } from './hashing.ts';
import { HASH_BYTES, type LogReader, type StoredCheckpoint, type StoredEntry, type StoredTile } from './storage.ts';
import { fullTiles } from './tiles.ts';

/** What can be wrong with a log; one word for each, for good. */
export type LogFlaw =
  | 'gap' | 'entry-out-of-order' | 'entry-malformed' | 'leaf-differs' | 'time-differs' | 'time-runs-back' | 'logged-twice'
  | 'tile-missing' | 'tile-differs' | 'tile-unexpected'
  | 'checkpoint-malformed' | 'checkpoint-unsigned' | 'checkpoint-differs' | 'checkpoint-ahead' | 'not-under-checkpoint'
  | 'rolled-back' | 'forked'
  | 'row-missing' | 'row-differs' | 'row-unlogged' | 'signature-missing';

export interface LogFinding {
  flaw: LogFlaw;
  /** `entry 12`, `tile 0/3`, `checkpoint 512`, `statement <sha256>`. */
  place: string;
  message: string;
}

/** What the record holds of that which the log speaks of. */
export interface LoggedRows {
  /**
   * For each entry, in order: the digest of the content as it is now, computed anew; and, of a statement, the keys of
   * which a signature is there and good. undefined where the row is gone.
   */
  look(entries: readonly LogEntry[]): Promise<readonly ({ sha256: string; keys: readonly string[] } | undefined)[]>;
  /** Digests of all rows of which the log must speak. */
  digests(): AsyncIterable<string>;
}

export interface FsckOptions {
  /** The log's name. */
  origin: string;
  /** Every key that has signed its checkpoints, those of the past too. */
  keys: readonly NoteKey[];
  /** Checkpoints seen on another way; the log must still hold what they say. */
  seen?: readonly Checkpoint[];
  rows?: LoggedRows;
}

export interface FsckReport {
  entries: number;
  tiles: number;
  checkpoints: number;
  /** In the order of the walk. */
  findings: readonly LogFinding[];
}

const PAGE = 1024;

interface ReadEntry { index: number; entry: LogEntry }

/** Everything derived anew from the entries and compared with what is kept. Reads all, writes nothing. */
export async function checkLog(log: LogReader, options: FsckOptions): Promise<FsckReport> {
  const walk = new Walk(log, options);
  await walk.readCheckpoints();
  await walk.readEntries();
  await walk.readTiles();
  walk.checkEnd();
  await walk.readRows();
  return walk.report();
}

class Walk {
  readonly #log: LogReader;
  readonly #options: FsckOptions;
  readonly #findings: LogFinding[] = [];
  readonly #tree = new GrowingTree();
  readonly #tiles = new Map<string, Buffer>();
  /** By size: what a root must be there, and who says so. */
  readonly #expected = new Map<number, { root: Uint8Array; place: string; flaw: LogFlaw }[]>();
  readonly #spokenOf = new Set<string>();
  readonly #said = new Set<string>();
  #largest = 0;
  #checkpoints = 0;
  #tilesSeen = 0;
  #next = 0;
  #lastTime = '';

  constructor(log: LogReader, options: FsckOptions) {
    this.#log = log;
    this.#options = options;
  }

  report(): FsckReport {
    return { entries: this.#next, tiles: this.#tilesSeen, checkpoints: this.#checkpoints, findings: this.#findings };
  }

  async readCheckpoints(): Promise<void> {
    for (let after = -1; ;) {
      const page = await this.#log.checkpoints(after, PAGE);
      for (const stored of page) this.#checkCheckpoint(stored);
      this.#checkpoints += page.length;
      if (page.length < PAGE) break;
      after = page.at(-1)!.treeSize;
    }
    for (const { origin, treeSize, rootHash } of this.#options.seen ?? []) {
      const place = `checkpoint ${treeSize} that was handed in`;
      if (origin === this.#options.origin) this.#expect(treeSize, { root: rootHash, place, flaw: 'forked' });
      else this.#find('forked', place, `is of the log ${origin}, this one is ${this.#options.origin}`);
    }
    this.#compareRoots();
  }

  async readEntries(): Promise<void> {
    for (;;) {
      const page = await this.#log.entries(this.#next, PAGE);
      await this.#compareRows(page.flatMap((stored) => this.#checkEntry(stored) ?? []));
      if (page.length < PAGE && await this.#log.size() <= this.#next) return;
      if (page.length === 0) { this.#find('gap', `entry ${this.#next}`, `is missing, though the log claims ${await this.#log.size()}`); return; }
    }
  }

  async readTiles(): Promise<void> {
    for (let after: Pick<StoredTile, 'level' | 'number'> | undefined; ;) {
      const page = await this.#log.tiles(after, PAGE);
      for (const tile of page) this.#checkTile(tile);
      this.#tilesSeen += page.length;
      if (page.length < PAGE) break;
      after = page.at(-1)!;
    }
    for (const key of this.#tiles.keys()) this.#find('tile-missing', `tile ${key}`, 'is not there, though all its entries are');
  }

  checkEnd(): void {
    for (const [size, wanted] of [...this.#expected].toSorted(([a], [b]) => a - b)) {
      for (const { place, flaw } of wanted) {
        this.#find(flaw === 'forked' ? 'rolled-back' : 'checkpoint-ahead', place, `covers ${size} entries, the log has ${this.#next}`);
      }
    }
    if (this.#largest < this.#next) this.#find('not-under-checkpoint', `entry ${this.#largest}`, `and what follows, ${this.#next - this.#largest} in all, are under no checkpoint yet`);
  }

  async readRows(): Promise<void> {
    for await (const digest of this.#options.rows?.digests() ?? []) {
      if (!this.#spokenOf.has(digest)) this.#find('row-unlogged', `row ${digest}`, 'is on record and not in the log');
    }
  }

  #find(flaw: LogFlaw, place: string, message: string): void {
    this.#findings.push({ flaw, place, message });
  }

  #checkCheckpoint({ treeSize, rootHash, note }: StoredCheckpoint): void {
    const place = `checkpoint ${treeSize}`;
    this.#largest = Math.max(this.#largest, treeSize);
    this.#expect(treeSize, { root: rootHash, place, flaw: 'checkpoint-differs' });
    try {
      const parsed = parseCheckpoint(Buffer.from(note), place);
      const { origin } = parsed.checkpoint;
      if (origin !== this.#options.origin) this.#find('checkpoint-malformed', place, `is of the log ${origin}`);
      if (parsed.checkpoint.treeSize !== treeSize || !parsed.checkpoint.rootHash.equals(rootHash)) this.#find('checkpoint-differs', place, 'says another size or root in its note than in its row');
      verifyNote(parsed.note, this.#options.keys, place);
    } catch (error) {
      if (!isCoded(error)) throw error;
      this.#find(error.code === 'SIGNING.NOT_SIGNED' ? 'checkpoint-unsigned' : 'checkpoint-malformed', place, error.message);
    }
  }

  #expect(size: number, wanted: { root: Uint8Array; place: string; flaw: LogFlaw }): void {
    this.#expected.set(size, [...this.#expected.get(size) ?? [], wanted]);
  }

  #compareRoots(): void {
    const wanted = this.#expected.get(this.#tree.size);
    if (wanted === undefined) return;
    const root = this.#tree.root();
    for (const { root: said, place, flaw } of wanted) if (!root.equals(said)) this.#find(flaw, place, 'says another root than its entries give');
    this.#expected.delete(this.#tree.size);
  }

  /** What it says, where that can be read. */
  #checkEntry({ index, entry, leafHash: kept, loggedAt }: StoredEntry): ReadEntry | undefined {
    const place = `entry ${index}`;
    if (index > this.#next) this.#find('gap', `entry ${this.#next}`, index === this.#next + 1 ? 'is missing' : `and those up to ${index - 1} are missing`);
    if (index < this.#next) this.#find('entry-out-of-order', place, `stands where ${this.#next} belongs`);
    this.#next = Math.max(index, this.#next) + 1;
    const leaf = leafHash(entry);
    if (!leaf.equals(kept)) this.#find('leaf-differs', place, 'has another hash than its bytes give');
    for (const tile of this.#tree.add(leaf)) this.#tiles.set(`${tile.level}/${tile.number}`, tile.hashes);
    this.#compareRoots();
    const read = this.#parsed(entry, place);
    if (read === undefined) return undefined;
    this.#checkMeaning(read, loggedAt, place);
    return { index, entry: read };
  }

  #checkMeaning(entry: LogEntry, loggedAt: string, place: string): void {
    if (entry.at !== loggedAt) this.#find('time-differs', place, `says ${entry.at} in its bytes and ${loggedAt} in its row`);
    if (entry.at < this.#lastTime) this.#find('time-runs-back', place, `says ${entry.at}, the one before ${this.#lastTime}`);
    this.#lastTime = entry.at > this.#lastTime ? entry.at : this.#lastTime;
    const said = entry.t === 'statement' ? `${entry.t} ${entry.sha256} ${entry.keys.join(' ')}` : `${entry.t} ${entry.sha256}`;
    if (this.#said.has(said)) this.#find('logged-twice', place, 'says what an earlier entry says');
    this.#said.add(said);
    this.#spokenOf.add(entry.sha256);
  }

  #parsed(bytes: Uint8Array, place: string): LogEntry | undefined {
    try {
      return parseLogEntry(bytes, place);
    } catch (error) {
      if (!isCoded(error)) throw error;
      this.#find('entry-malformed', place, error.message);
      return undefined;
    }
  }

  async #compareRows(entries: readonly ReadEntry[]): Promise<void> {
    const { rows } = this.#options;
    if (rows === undefined || entries.length === 0) return;
    const kept = await rows.look(entries.map(({ entry }) => entry));
    for (const [i, { index, entry }] of entries.entries()) {
      const row = kept[i];
      const place = `entry ${index}, ${entry.t} ${entry.sha256}`;
      if (row === undefined) this.#find('row-missing', place, 'is logged and not on record any more');
      else if (row.sha256 !== entry.sha256) this.#find('row-differs', place, `is on record with other content: ${row.sha256}`);
      else if (entry.t === 'statement') for (const key of entry.keys) if (!row.keys.includes(key)) this.#find('signature-missing', place, `has no good signature of ${key} on record any more`);
    }
  }

  #checkTile({ level, number, hashes }: StoredTile): void {
    const key = `${level}/${number}`;
    const expected = this.#tiles.get(key);
    if (expected === undefined) {
      this.#find('tile-unexpected', `tile ${key}`, number < fullTiles(this.#tree.size, level) ? 'is there twice' : 'is there, though not all its entries are');
      return;
    }
    this.#tiles.delete(key);
    if (expected.equals(hashes)) return;
    const at = hashes.byteLength === expected.byteLength ? Math.floor(expected.findIndex((byte, i) => byte !== hashes[i]) / HASH_BYTES) : undefined;
    this.#find('tile-differs', `tile ${key}`, at === undefined ? `has ${hashes.byteLength} bytes` : `differs from its entries at hash ${at}`);
  }
}
