import type pg from 'pg';

import { sha256 } from '../foundation/digest.ts';
import { columnsOf, inTransaction, row, rows, touched, type Sql } from './sql.ts';

/** A leaf: `leafHash` covers exactly the bytes of `entry`; times are RFC 3339 in UTC with milliseconds. */
export interface LogEntryRow { index: number; entry: Uint8Array; leafHash: Uint8Array; loggedAt: string }
/** A full tile: 256 hashes. */
export interface LogTileRow { level: number; number: number; hashes: Uint8Array }
export interface LogCheckpointRow { treeSize: number; rootHash: Uint8Array; note: string; issuedAt: string }

export interface TransparencyReads {
  size(): Promise<number>;
  /** In the order of their index; fewer than `count` where the log ends. */
  entries(first: number, count: number): Promise<LogEntryRow[]>;
  /** One behind the other, 32 bytes each. */
  leafHashes(first: number, count: number): Promise<Buffer>;
  tile(level: number, number: number): Promise<Uint8Array | undefined>;
  /** By level, then number, behind `after`. */
  tiles(after: { level: number; number: number } | undefined, count: number): Promise<LogTileRow[]>;
  latestCheckpoint(): Promise<LogCheckpointRow | undefined>;
  /** By size, larger than `afterSize`. */
  checkpoints(afterSize: number, count: number): Promise<LogCheckpointRow[]>;
}

export interface LogWrites extends TransparencyReads {
  addEntries(entries: readonly LogEntryRow[]): Promise<void>;
  addTiles(tiles: readonly LogTileRow[]): Promise<void>;
  addCheckpoint(checkpoint: LogCheckpointRow): Promise<void>;
}

/** Where the transparency log is kept. */
export interface LogRecords extends TransparencyReads {
  /** One writer at a time, of all processes; all of `work` or nothing of it. */
  transaction<T>(work: (log: LogWrites) => Promise<T>): Promise<T>;
  /** Where the log speaks of a digest (a statement's payload, a root's envelope), first first. */
  about(digest: string): Promise<LogEntryRow[]>;
}

/** Waited for, not tried: appends are short. */
const WRITER_LOCK = BigInt.asIntN(64, BigInt(`0x${sha256('provenroot transparency log').slice(0, 16)}`)).toString();

export function logRecords(pool: pg.Pool): LogRecords {
  return {
    ...transparencyReads(pool),
    transaction: (work) => inTransaction(pool, async (sql) => {
      await sql.query('SELECT pg_advisory_xact_lock($1)', [WRITER_LOCK]);
      return work({ ...transparencyReads(sql), ...logWrites(sql) });
    }),
    about: (digest) => rows<LogEntryRow>(pool, `SELECT ${ENTRY} FROM log_entries WHERE about = $1 ORDER BY index`, [digest]),
  };
}

const rfc3339 = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const ENTRY = `index, entry, leaf_hash AS "leafHash", ${rfc3339('logged_at')} AS "loggedAt"`;
const CHECKPOINT = `tree_size AS "treeSize", root_hash AS "rootHash", note, ${rfc3339('issued_at')} AS "issuedAt"`;

export function transparencyReads(sql: Sql): TransparencyReads {
  return {
    // The writer leaves no gap: the last index tells, at any size, without counting.
    size: async () => (await row<{ size: number }>(sql, 'SELECT coalesce(max(index) + 1, 0) AS size FROM log_entries'))!.size,
    entries: (first, count) => rows<LogEntryRow>(sql, `SELECT ${ENTRY} FROM log_entries WHERE index >= $1 AND index < $1::int8 + $2::int8 ORDER BY index`, [first, count]),
    leafHashes: async (first, count) => Buffer.concat((await rows<{ hash: Buffer }>(sql,
      'SELECT leaf_hash AS hash FROM log_entries WHERE index >= $1 AND index < $1::int8 + $2::int8 ORDER BY index', [first, count])).map(({ hash }) => hash)),
    tile: async (level, number) => (await row<{ hashes: Buffer }>(sql, 'SELECT hashes FROM log_tiles WHERE level = $1 AND number = $2', [level, number]))?.hashes,
    tiles: (after, count) => rows<LogTileRow>(sql, `SELECT level, number, hashes FROM log_tiles
      WHERE (level, number) > ($1::int, $2::int8) ORDER BY level, number LIMIT $3`, [after?.level ?? -1, after?.number ?? -1, count]),
    latestCheckpoint: () => row<LogCheckpointRow>(sql, `SELECT ${CHECKPOINT} FROM log_checkpoints ORDER BY tree_size DESC LIMIT 1`),
    checkpoints: (afterSize, count) => rows<LogCheckpointRow>(sql, `SELECT ${CHECKPOINT} FROM log_checkpoints WHERE tree_size > $1 ORDER BY tree_size LIMIT $2`, [afterSize, count]),
  };
}

function logWrites(sql: Sql): Omit<LogWrites, keyof TransparencyReads> {
  return {
    addEntries: async (entries) => {
      await touched(sql, 'INSERT INTO log_entries (index, entry, leaf_hash, logged_at) SELECT * FROM unnest($1::int8[], $2::bytea[], $3::bytea[], $4::timestamptz[])',
        columnsOf(entries, ({ index }) => index, ({ entry }) => Buffer.from(entry), ({ leafHash }) => Buffer.from(leafHash), ({ loggedAt }) => loggedAt));
    },
    addTiles: async (tiles) => {
      await touched(sql, 'INSERT INTO log_tiles (level, number, hashes) SELECT * FROM unnest($1::int[], $2::int8[], $3::bytea[])',
        columnsOf(tiles, ({ level }) => level, ({ number }) => number, ({ hashes }) => Buffer.from(hashes)));
    },
    addCheckpoint: async ({ treeSize, rootHash, note, issuedAt }) => {
      await touched(sql, 'INSERT INTO log_checkpoints (tree_size, root_hash, note, issued_at) VALUES ($1, $2, $3, $4)', [treeSize, Buffer.from(rootHash), note, issuedAt]);
    },
  };
}
