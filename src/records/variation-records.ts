import type pg from 'pg';

import { canonicalJson } from '../foundation/canonical-json.ts';
import type { Clock } from '../foundation/clock.ts';
import { Failure } from '../foundation/failure.ts';
import { uuidV7 } from '../foundation/ids.ts';
import { guardJob, jobRecords, tellJob, type JobHandle, type JobRecords, type JobState } from './job-records.ts';
import { inTransaction, row, touched, type Sql } from './sql.ts';

export interface NewVariationRun {
  buildId: string;
  profile: string;
  /** Every condition that is varied, none left out; JSON values. An empty list is refused. */
  conditions: readonly unknown[];
}

export interface VariationEnd {
  state: 'DONE' | 'FAILED' | 'CANCELLED';
  /** What a run that is DONE came to. */
  outcome?: string;
  subcode?: string;
  message?: string;
  report?: unknown;
}

export interface VariationRow {
  id: string;
  buildId: string;
  profile: string;
  conditions: readonly unknown[];
  state: JobState;
  outcome: string | null;
  cancelRequested: boolean;
}

export interface VariationRecords extends JobRecords {
  start(run: NewVariationRun): Promise<{ id: string }>;
  find(id: string): Promise<VariationRow | undefined>;
  finish(job: JobHandle, end: VariationEnd): Promise<void>;
}

export function variationRecords(pool: pg.Pool, clock: Clock): VariationRecords {
  return {
    ...jobRecords(pool, clock, 'variation_runs'),
    start: (run) => start(pool, clock, run),
    find: (id) => row<VariationRow>(pool, `
      SELECT id, build_id AS "buildId", profile, conditions, state::text AS state, outcome, cancel_requested_at IS NOT NULL AS "cancelRequested"
      FROM variation_runs WHERE id = $1`, [id]),
    finish: (job, end) => inTransaction(pool, (sql) => finish(sql, clock, job, end)),
  };
}

async function start(sql: Sql, clock: Clock, { buildId, profile, conditions }: NewVariationRun): Promise<{ id: string }> {
  if (conditions.length === 0) throw new Failure('RECORDS.EMPTY_VARIATION', `profile ${profile} varies nothing`);
  const id = uuidV7(clock);
  await touched(sql, 'INSERT INTO variation_runs (id, build_id, profile, conditions, created_at) VALUES ($1, $2, $3, $4, $5)',
    [id, buildId, profile, canonicalJson(conditions), clock.now()]);
  return { id };
}

async function finish(sql: Sql, clock: Clock, job: JobHandle, { state, outcome, subcode, message, report }: VariationEnd): Promise<void> {
  await guardJob(sql, 'variation_runs', job);
  await touched(sql, 'UPDATE variation_runs SET state = $2::task_state, outcome = $3, subcode = $4, message = $5, report = $6, finished_at = $7 WHERE id = $1',
    [job.id, state, outcome ?? null, subcode ?? null, message ?? null, report === undefined ? null : canonicalJson(report), clock.now()]);
  await tellJob(sql, job.id);
}
