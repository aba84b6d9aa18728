import type pg from 'pg';

import type { Clock } from '../foundation/clock.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { EventFeed } from './event-feed.ts';
import { row, rows, touched, type Sql } from './sql.ts';

export type JobState = 'QUEUED' | 'RUNNING' | 'DONE' | 'FAILED' | 'CANCELLED';
export type JobTable = 'verifications' | 'variation_runs' | 'comparisons';

/** A claim on a verification, a variation run or a comparison; once another has claimed it, writes with this one are RECORDS.STALE. */
export interface JobHandle { id: string; epoch: number }

/** How far a run has come: `stage` in a word or two, then so many of so many things. */
export interface JobProgress { stage: string; done: number; total: number }

export interface JobRecords {
  /** Takes it over, whoever had it: only while holding `jobLock(id)`. Undefined where it has ended. */
  claim(id: string): Promise<JobHandle | undefined>;
  progress(job: JobHandle, progress: JobProgress): Promise<void>;
  /** False where it has ended. One that waits ends at once. */
  requestCancel(id: string): Promise<boolean>;
  cancelRequested(id: string): Promise<boolean>;
  /** Oldest first: for whoever looks for work left by a kill. */
  unfinished(): Promise<{ id: string; state: JobState }[]>;
}

/** Held by whoever runs it. */
export function jobLock(id: string): Sha256 {
  return sha256(`provenroot job ${id}`);
}

/** What verifications, variation runs and comparisons have in common; `table` is a constant of ours. */
export function jobRecords(pool: pg.Pool, clock: Clock, table: JobTable): JobRecords {
  return {
    claim: (id) => row<JobHandle>(pool, `UPDATE ${table} SET state = 'RUNNING', epoch = epoch + 1, stage = NULL, progress_done = 0, progress_total = 0, started_at = coalesce(started_at, $2)
      WHERE id = $1 AND state IN ('QUEUED', 'RUNNING') RETURNING id, epoch`, [id, clock.now()]),
    progress: async ({ id, epoch }, { stage, done, total }) => {
      const written = await touched(pool, `WITH told AS (UPDATE ${table} SET stage = $3, progress_done = $4, progress_total = $5
          WHERE id = $1 AND epoch = $2 AND state = 'RUNNING' RETURNING id)
        SELECT pg_notify('${EventFeed.channel}', id) FROM told`, [id, epoch, stage, done, total]);
      if (written === 0) throw stale(id);
    },
    requestCancel: (id) => requestCancel(pool, clock, table, id),
    cancelRequested: async (id) =>
      (await row<{ asked: boolean }>(pool, `SELECT cancel_requested_at IS NOT NULL AS asked FROM ${table} WHERE id = $1`, [id]))?.asked ?? false,
    unfinished: () => rows(pool, `SELECT id, state::text AS state FROM ${table} WHERE state IN ('QUEUED', 'RUNNING') ORDER BY id`),
  };
}

/** Locks the row for this transaction; throws where the claim is no longer the newest. */
export async function guardJob(sql: Sql, table: JobTable, { id, epoch }: JobHandle): Promise<void> {
  const held = await row(sql, `SELECT FROM ${table} WHERE id = $1 AND epoch = $2 AND state = 'RUNNING' FOR UPDATE`, [id, epoch]);
  if (held === undefined) throw stale(id);
}

export async function tellJob(sql: Sql, id: string): Promise<void> {
  await sql.query(`SELECT pg_notify('${EventFeed.channel}', $1)`, [id]);
}

async function requestCancel(sql: Sql, clock: Clock, table: JobTable, id: string): Promise<boolean> {
  const asked = await touched(sql, `
    UPDATE ${table} SET cancel_requested_at = coalesce(cancel_requested_at, $2),
      finished_at = CASE WHEN state = 'QUEUED' THEN $2 ELSE finished_at END, state = CASE WHEN state = 'QUEUED' THEN 'CANCELLED' ELSE state END
    WHERE id = $1 AND state IN ('QUEUED', 'RUNNING')`, [id, clock.now()]);
  if (asked > 0) await tellJob(sql, id);
  else if (await row(sql, `SELECT FROM ${table} WHERE id = $1`, [id]) === undefined) throw new Failure('RECORDS.UNKNOWN', `nothing with the id ${id} is on record`);
  return asked > 0;
}

function stale(id: string): Failure {
  return new Failure('RECORDS.STALE', `${id} has ended, or another process has taken it over`);
}
