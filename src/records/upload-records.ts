import type pg from 'pg';

import type { Clock } from '../foundation/clock.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { uuidV7 } from '../foundation/ids.ts';
import { inTransaction, row, rows, touched, type Sql } from './sql.ts';

/** `EXPIRED`: neither came to an end nor was kept for longer. */
export type UploadState = 'OPEN' | 'READY' | 'REFUSED' | 'REMOVED' | 'EXPIRED';

export interface UploadRow {
  id: string;
  name: string;
  sizeBytes: number;
  /** So many are on disk, whatever happens. */
  offsetBytes: number;
  expectedSha256: Sha256 | null;
  /** Of what is in the store. */
  sha256: Sha256 | null;
  state: UploadState;
  message: string | null;
  createdAt: Date;
  expiresAt: Date;
  finishedAt: Date | null;
}

export interface NewUpload { name: string; sizeBytes: number; expectedSha256?: Sha256; expiresAt: Date }

export interface UploadRecords {
  /** Undefined where so many are open already. */
  open(upload: NewUpload, mostOpen: number): Promise<{ id: string } | undefined>;
  find(id: string): Promise<UploadRow | undefined>;
  /** Bytes up to `to` are on disk. Throws RECORDS.STALE where it has moved on or ended. */
  advance(id: string, from: number, to: number, expiresAt: Date): Promise<void>;
  /** Throws RECORDS.STALE where it has ended. */
  finish(id: string, end: { state: 'READY'; sha256: Sha256; expiresAt: Date } | { state: 'REFUSED'; message: string }): Promise<void>;
  /** False where there is nothing left to remove. */
  remove(id: string): Promise<boolean>;
  /** Those that still may get bytes, and how many bytes those are to get altogether. */
  receiving(): Promise<{ ids: string[]; missingBytes: number }>;
}

/** Held by whoever writes its bytes. */
export function uploadLock(id: string): Sha256 {
  return sha256(`provenroot upload ${id}`);
}

/** For lists, too; `u` is the table. */
export const UPLOAD = `u.id, u.name, u.size_bytes AS "sizeBytes", u.offset_bytes AS "offsetBytes", u.expected_sha256 AS "expectedSha256", u.sha256, u.message,
  CASE WHEN u.state IN ('OPEN', 'READY') AND u.expires_at <= now() THEN 'EXPIRED' ELSE u.state END AS state,
  u.created_at AS "createdAt", u.expires_at AS "expiresAt", u.finished_at AS "finishedAt"`;

const IS_OPEN = "state = 'OPEN' AND expires_at > now()";

export function uploadRecords(pool: pg.Pool, clock: Clock): UploadRecords {
  return {
    open: (upload, mostOpen) => inTransaction(pool, (sql) => open(sql, clock, upload, mostOpen)),
    find: (id) => row<UploadRow>(pool, `SELECT ${UPLOAD} FROM uploads u WHERE u.id = $1`, [id]),
    advance: async (id, from, to, expiresAt) => {
      await once(id, touched(pool, `UPDATE uploads SET offset_bytes = $3, expires_at = $4 WHERE id = $1 AND offset_bytes = $2 AND ${IS_OPEN}`, [id, from, to, expiresAt]));
    },
    finish: async (id, end) => {
      await once(id, end.state === 'READY'
        ? touched(pool, `UPDATE uploads SET state = 'READY', sha256 = $2, expires_at = $3, finished_at = $4 WHERE id = $1 AND ${IS_OPEN}`, [id, end.sha256, end.expiresAt, clock.now()])
        : touched(pool, `UPDATE uploads SET state = 'REFUSED', message = $2, finished_at = $3 WHERE id = $1 AND ${IS_OPEN}`, [id, end.message, clock.now()]));
    },
    remove: async (id) => await touched(pool, "UPDATE uploads SET state = 'REMOVED', finished_at = coalesce(finished_at, $2) WHERE id = $1 AND state IN ('OPEN', 'READY')", [id, clock.now()]) > 0,
    receiving: async () => {
      const found = await rows<{ id: string; missing: number }>(pool, `SELECT id, size_bytes - offset_bytes AS missing FROM uploads WHERE ${IS_OPEN} ORDER BY id`);
      return { ids: found.map(({ id }) => id), missingBytes: found.reduce((sum, { missing }) => sum + Number(missing), 0) };
    },
  };
}

async function open(sql: Sql, clock: Clock, { name, sizeBytes, expectedSha256, expiresAt }: NewUpload, mostOpen: number): Promise<{ id: string } | undefined> {
  // Two that open one at once are counted one after the other.
  await sql.query('LOCK TABLE uploads IN SHARE ROW EXCLUSIVE MODE');
  const standing = await row<{ count: number }>(sql, `SELECT count(*)::int AS count FROM uploads WHERE ${IS_OPEN}`);
  if (standing!.count >= mostOpen) return undefined;
  const id = uuidV7(clock);
  await touched(sql, 'INSERT INTO uploads (id, name, size_bytes, expected_sha256, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)',
    [id, name, sizeBytes, expectedSha256 ?? null, clock.now(), expiresAt]);
  return { id };
}

async function once(id: string, written: Promise<number>): Promise<void> {
  if (await written === 0) throw new Failure('RECORDS.STALE', `upload ${id} has ended, or has other bytes by now`, { place: id });
}
