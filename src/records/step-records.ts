import type pg from 'pg';

import type { Clock } from '../foundation/clock.ts';
import { jsonDigest } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { uuidV7 } from '../foundation/ids.ts';
import { guard, type BuildHandle } from './build-records.ts';
import { EventFeed } from './event-feed.ts';
import { columnsOf, inTransaction, row, rows, touched, type Sql } from './sql.ts';

/** Output name to tree digest. */
export type OutputDigests = Readonly<Record<string, Sha256>>;

/**
 * What an execution's result is among those of its action: the `first`, which stands; `equal` to it; `deviating`: both
 * are kept and the step is not deterministic; or `renewed`: it took the place of one whose outputs were lost.
 */
export type Standing = 'first' | 'equal' | 'deviating' | 'renewed';

export interface NewExecution {
  step: string;
  planKey: Sha256;
  actionKey: Sha256;
  sandboxDigest: Sha256;
  outcome: 'succeeded' | 'failed' | 'cancelled';
  outputs: OutputDigests;
  /** What the store said: the outputs are those that stand there. */
  standsInStore: boolean;
  usage: { wallMs: number; cpuMs: number; peakMemoryBytes: number };
  exitCode?: number;
  failure?: { kind: string; code?: string; message: string; phase?: string };
  /** Runner, engine, cores. */
  runner: Readonly<Record<string, unknown>>;
  log?: { sha256: Sha256; sizeBytes: number };
  /** `[offsetBytes, sinceStartMs]`, ascending. */
  logTimes: readonly (readonly [number, number])[];
  startedAt: Date;
  finishedAt: Date;
}

export interface KnownResult { actionKey: Sha256; executionId: string; outputs: OutputDigests }

export interface StepRecords {
  started(build: BuildHandle, step: string): Promise<void>;
  /** Takes an earlier result. One that the store has and the record lacks is put on record as adopted. */
  reused(build: BuildHandle, reuse: { step: string; planKey: Sha256; actionKey: Sha256; sandboxDigest: Sha256; outputs: OutputDigests; reason?: string }): Promise<void>;
  /** Keeps the execution whatever came of it, and ends the step with it. */
  executed(build: BuildHandle, execution: NewExecution): Promise<{ executionId: string; standing: Standing | undefined }>;
  /** A step that failed before or beside an execution: sources, conflicts, the engine. */
  failed(build: BuildHandle, step: string, failure: { kind: string; code?: string; message: string; phase?: string }): Promise<void>;
  /** A piece of a running step's log. Without effect once the build is another's. */
  logged(build: BuildHandle, step: string, offsetBytes: number, bytes: Uint8Array): Promise<void>;
  /** What each plan came to, where that is known. */
  planResults(planKeys: readonly Sha256[]): Promise<Map<Sha256, KnownResult>>;
  actionResult(actionKey: Sha256): Promise<KnownResult | undefined>;
  /** Elapsed and CPU time of the newest execution of each step that succeeded, by step name; milliseconds. */
  durations(steps: readonly string[]): Promise<Map<string, { wallMs: number; cpuMs: number }>>;
}

export function stepRecords(pool: pg.Pool, clock: Clock): StepRecords {
  return {
    started: (build, step) => inTransaction(pool, async (sql) => {
      await guard(sql, build);
      await touched(sql, "UPDATE build_steps SET state = 'RUNNING', started_at = $3 WHERE build_id = $1 AND name = $2 AND state = 'PENDING'", [build.id, step, clock.now()]);
      await touched(sql, 'DELETE FROM log_chunks WHERE build_id = $1 AND step_name = $2', [build.id, step]);
    }),
    reused: (build, reuse) => inTransaction(pool, (sql) => recordReuse(sql, clock, build, reuse)),
    executed: (build, execution) => inTransaction(pool, (sql) => recordExecution(sql, clock, build, execution)),
    failed: (build, step, failure) => inTransaction(pool, async (sql) => {
      await guard(sql, build);
      await endStep(sql, clock, build, step, { state: 'FAILED', failure });
    }),
    logged: async (build, step, offsetBytes, bytes) => {
      await touched(pool, `
        WITH piece AS (
          INSERT INTO log_chunks (build_id, step_name, offset_bytes, bytes, at)
          SELECT id, $3, $4, $5, $6 FROM builds WHERE id = $1 AND epoch = $2 AND state = 'RUNNING' ON CONFLICT DO NOTHING RETURNING build_id)
        SELECT pg_notify('${EventFeed.channel}', build_id) FROM piece`,
      [build.id, build.epoch, step, offsetBytes, Buffer.from(bytes), clock.now()]);
    },
    planResults: (planKeys) => planResults(pool, planKeys),
    actionResult: (actionKey) => actionResult(pool, actionKey),
    durations: (steps) => durations(pool, steps),
  };
}

async function recordReuse(sql: Sql, clock: Clock, build: BuildHandle, reuse: Parameters<StepRecords['reused']>[1]): Promise<void> {
  await guard(sql, build);
  await lockAction(sql, reuse.actionKey);
  const known = await standingResult(sql, reuse.actionKey);
  const executionId = known?.outputsDigest === jsonDigest(reuse.outputs) ? known.executionId : await adopt(sql, clock, reuse, known);
  await insertPlanResult(sql, reuse);
  await endStep(sql, clock, build, reuse.step, { state: 'SUCCEEDED', outcome: 'reused', actionKey: reuse.actionKey, executionId, reason: reuse.reason });
}

/** The result of an execution that some other record holds: its outputs count, its usage is not known and is 0. */
async function adopt(sql: Sql, clock: Clock, reuse: Parameters<StepRecords['reused']>[1], known: StandingRow | undefined): Promise<string> {
  const now = clock.now();
  const execution: NewExecution = {
    ...reuse, outcome: 'succeeded', standsInStore: true, usage: { wallMs: 0, cpuMs: 0, peakMemoryBytes: 0 },
    runner: { adopted: true }, logTimes: [], startedAt: now, finishedAt: now,
  };
  return insertExecution(sql, clock, undefined, execution, known === undefined ? 'first' : 'renewed', known);
}

async function recordExecution(
  sql: Sql, clock: Clock, build: BuildHandle, execution: NewExecution,
): Promise<{ executionId: string; standing: Standing | undefined }> {
  await guard(sql, build);
  await lockAction(sql, execution.actionKey);
  const known = await standingResult(sql, execution.actionKey);
  const standing = standingOf(execution, known);
  const executionId = await insertExecution(sql, clock, build.id, execution, standing, known);
  if (standing !== undefined) await insertPlanResult(sql, execution);
  await endStep(sql, clock, build, execution.step, {
    state: execution.outcome === 'succeeded' ? 'SUCCEEDED' : execution.outcome === 'failed' ? 'FAILED' : 'CANCELLED',
    outcome: 'run', actionKey: execution.actionKey, executionId, nondeterministic: standing === 'deviating', failure: execution.failure,
  });
  await touched(sql, 'DELETE FROM log_chunks WHERE build_id = $1 AND step_name = $2', [build.id, execution.step]);
  return { executionId, standing };
}

function standingOf(execution: NewExecution, known: StandingRow | undefined): Standing | undefined {
  if (execution.outcome !== 'succeeded') return undefined;
  if (known === undefined) return 'first';
  if (known.outputsDigest === jsonDigest(execution.outputs)) return 'equal';
  return execution.standsInStore ? 'renewed' : 'deviating';
}

/** Two that commit the same action, also in different builds, do so one after the other. */
async function lockAction(sql: Sql, actionKey: Sha256): Promise<void> {
  await sql.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [`action ${actionKey}`]);
}

interface StandingRow { executionId: string; outputsDigest: Sha256; generation: number }

function standingResult(sql: Sql, actionKey: Sha256): Promise<StandingRow | undefined> {
  return row(sql, `
    SELECT execution_id AS "executionId", outputs_digest AS "outputsDigest", generation FROM action_results
    WHERE action_key = $1 ORDER BY generation DESC LIMIT 1`, [actionKey]);
}

async function insertExecution(
  sql: Sql, clock: Clock, buildId: string | undefined, execution: NewExecution, standing: Standing | undefined, known: StandingRow | undefined,
): Promise<string> {
  const id = uuidV7(clock);
  const { usage, failure, log } = execution;
  const outputsDigest = execution.outcome === 'succeeded' ? jsonDigest(execution.outputs) : null;
  await touched(sql, `
    INSERT INTO executions (id, build_id, step_name, plan_key, action_key, sandbox_digest, outcome, standing, outputs_digest, failure_kind, failure_code,
      failure_message, phase, exit_code, cpu_ms, wall_ms, peak_memory_bytes, runner, log_sha256, log_size_bytes, log_times, started_at, finished_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`,
  [id, buildId ?? null, execution.step, execution.planKey, execution.actionKey, execution.sandboxDigest, execution.outcome, standing ?? null, outputsDigest,
    failure?.kind ?? null, failure?.code ?? null, failure?.message ?? null, failure?.phase ?? null, execution.exitCode ?? null,
    Math.round(usage.cpuMs), Math.round(usage.wallMs), Math.round(usage.peakMemoryBytes), JSON.stringify(execution.runner),
    log?.sha256 ?? null, log?.sizeBytes ?? 0, JSON.stringify(execution.logTimes), execution.startedAt, execution.finishedAt]);
  if (outputsDigest === null) return id;
  const outputs = Object.entries(execution.outputs);
  await touched(sql, 'INSERT INTO execution_outputs (execution_id, name, tree_digest) SELECT $1, * FROM unnest($2::text[], $3::text[])',
    [id, ...columnsOf(outputs, ([name]) => name, ([, digest]) => digest)]);
  if (standing === 'first' || standing === 'renewed') {
    await touched(sql, 'INSERT INTO action_results (action_key, generation, execution_id, outputs_digest, committed_at) VALUES ($1, $2, $3, $4, $5)',
      [execution.actionKey, (known?.generation ?? 0) + 1, id, outputsDigest, clock.now()]);
  }
  return id;
}

async function insertPlanResult(sql: Sql, { planKey, actionKey }: { planKey: Sha256; actionKey: Sha256 }): Promise<void> {
  await touched(sql, 'INSERT INTO plan_results (plan_key, action_key) VALUES ($1, $2) ON CONFLICT DO NOTHING', [planKey, actionKey]);
}

interface StepEnd {
  state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  outcome?: 'run' | 'reused';
  actionKey?: Sha256;
  executionId?: string;
  nondeterministic?: boolean;
  reason?: string | undefined;
  failure?: { kind: string; code?: string; message: string; phase?: string } | undefined;
}

/** A step that has ended stays so: a build that was taken over meets its finished steps again. */
async function endStep(sql: Sql, clock: Clock, build: BuildHandle, step: string, end: StepEnd): Promise<void> {
  await touched(sql, `
    UPDATE build_steps SET state = $3::step_state, outcome = coalesce($4, outcome), action_key = coalesce($5, action_key), execution_id = coalesce($6, execution_id),
      nondeterministic = $7, reason = coalesce($8, reason), failure_kind = $9, failure_code = $10, failure_message = $11, phase = $12,
      started_at = coalesce(started_at, $13), finished_at = $13
    WHERE build_id = $1 AND name = $2 AND state IN ('PENDING', 'RUNNING')`,
  [build.id, step, end.state, end.outcome ?? null, end.actionKey ?? null, end.executionId ?? null, end.nondeterministic ?? false, end.reason ?? null,
    end.failure?.kind ?? null, end.failure?.code ?? null, end.failure?.message ?? null, end.failure?.phase ?? null, clock.now()]);
}

const OUTPUTS = '(SELECT jsonb_object_agg(o.name, o.tree_digest) FROM execution_outputs o WHERE o.execution_id = r.execution_id)';

async function planResults(sql: Sql, planKeys: readonly Sha256[]): Promise<Map<Sha256, KnownResult>> {
  const found = await rows<KnownResult & { planKey: Sha256 }>(sql, `
    SELECT k.plan_key AS "planKey", p.action_key AS "actionKey", r.execution_id AS "executionId", coalesce(${OUTPUTS}, '{}') AS outputs
    FROM unnest($1::text[]) AS k(plan_key)
    CROSS JOIN LATERAL (SELECT action_key FROM plan_results WHERE plan_key = k.plan_key ORDER BY id DESC LIMIT 1) p
    CROSS JOIN LATERAL (SELECT execution_id FROM action_results WHERE action_key = p.action_key ORDER BY generation DESC LIMIT 1) r`, [planKeys]);
  return new Map(found.map(({ planKey, ...result }) => [planKey, result]));
}

function actionResult(sql: Sql, actionKey: Sha256): Promise<KnownResult | undefined> {
  return row<KnownResult>(sql, `
    SELECT r.action_key AS "actionKey", r.execution_id AS "executionId", coalesce(${OUTPUTS}, '{}') AS outputs
    FROM action_results r WHERE r.action_key = $1 ORDER BY r.generation DESC LIMIT 1`, [actionKey]);
}

async function durations(sql: Sql, steps: readonly string[]): Promise<Map<string, { wallMs: number; cpuMs: number }>> {
  const found = await rows<{ step: string; wallMs: number; cpuMs: number }>(sql, `
    SELECT k.step, e.wall_ms::float8 AS "wallMs", e.cpu_ms::float8 AS "cpuMs" FROM unnest($1::text[]) AS k(step)
    CROSS JOIN LATERAL (SELECT wall_ms, cpu_ms FROM executions
      WHERE step_name = k.step AND outcome = 'succeeded' AND wall_ms > 0 ORDER BY id DESC LIMIT 1) e`, [steps]);
  return new Map(found.map(({ step, wallMs, cpuMs }) => [step, { wallMs, cpuMs }]));
}
