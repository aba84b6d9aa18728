import type pg from 'pg';

import type { Clock } from '../foundation/clock.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { uuidV7 } from '../foundation/ids.ts';
import { guardJob, jobRecords, tellJob, type JobHandle, type JobRecords, type JobState } from './job-records.ts';
import { inTransaction, row, touched, type Sql } from './sql.ts';

/** A build, or something that was uploaded. */
export type ComparedId = { buildId: string } | { uploadId: string };

export type ComparisonEnd =
  | { state: 'DONE'; exit: number; resultSha256: Sha256; expiresAt: Date }
  | { state: 'FAILED'; subcode: string; message: string }
  | { state: 'CANCELLED' };

export interface ComparisonRow {
  id: string;
  leftBuildId: string | null;
  leftUploadId: string | null;
  rightBuildId: string | null;
  rightUploadId: string | null;
  state: JobState;
}

export interface ComparisonRecords extends JobRecords {
  /** Where one of the same two waits or runs, that one. */
  start(left: ComparedId, right: ComparedId): Promise<{ id: string; joined: boolean }>;
  find(id: string): Promise<ComparisonRow | undefined>;
  finish(job: JobHandle, end: ComparisonEnd): Promise<void>;
}

export function comparisonRecords(pool: pg.Pool, clock: Clock): ComparisonRecords {
  return {
    ...jobRecords(pool, clock, 'comparisons'),
    start: (left, right) => inTransaction(pool, (sql) => start(sql, clock, columnsOf(left, right))),
    find: (id) => row<ComparisonRow>(pool, `SELECT id, left_build_id AS "leftBuildId", left_upload_id AS "leftUploadId", right_build_id AS "rightBuildId", right_upload_id AS "rightUploadId",
      state::text AS state FROM comparisons WHERE id = $1`, [id]),
    finish: (job, end) => inTransaction(pool, (sql) => finish(sql, clock, job, end)),
  };
}

type Columns = readonly [leftBuild: string | null, leftUpload: string | null, rightBuild: string | null, rightUpload: string | null];

function columnsOf(left: ComparedId, right: ComparedId): Columns {
  const pair = (side: ComparedId): [string | null, string | null] => ('buildId' in side ? [side.buildId, null] : [null, side.uploadId]);
  return [...pair(left), ...pair(right)];
}

async function start(sql: Sql, clock: Clock, columns: Columns): Promise<{ id: string; joined: boolean }> {
  // Two that ask at once get one.
  await sql.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [JSON.stringify(['comparison', ...columns])]);
  const standing = await row<{ id: string }>(sql, `SELECT id FROM comparisons WHERE state IN ('QUEUED', 'RUNNING') AND cancel_requested_at IS NULL
    AND (left_build_id, left_upload_id, right_build_id, right_upload_id) IS NOT DISTINCT FROM ($1::text, $2::text, $3::text, $4::text) ORDER BY id LIMIT 1`, columns);
  if (standing !== undefined) return { ...standing, joined: true };
  const id = uuidV7(clock);
  await touched(sql, 'INSERT INTO comparisons (id, left_build_id, left_upload_id, right_build_id, right_upload_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)', [id, ...columns, clock.now()]);
  return { id, joined: false };
}

async function finish(sql: Sql, clock: Clock, job: JobHandle, end: ComparisonEnd): Promise<void> {
  await guardJob(sql, 'comparisons', job);
  const done = end.state === 'DONE' ? end : undefined;
  const failed = end.state === 'FAILED' ? end : undefined;
  await touched(sql, 'UPDATE comparisons SET state = $2::task_state, exit = $3, result_sha256 = $4, expires_at = $5, subcode = $6, message = $7, finished_at = $8 WHERE id = $1',
    [job.id, end.state, done?.exit ?? null, done?.resultSha256 ?? null, done?.expiresAt ?? null, failed?.subcode ?? null, failed?.message ?? null, clock.now()]);
  await tellJob(sql, job.id);
}
