import type pg from 'pg';

import { canonicalJson } from '../foundation/canonical-json.ts';
import type { Clock } from '../foundation/clock.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Bug, Failure } from '../foundation/failure.ts';
import { uuidV7 } from '../foundation/ids.ts';
import { insertDocument } from './document-records.ts';
import { EventFeed } from './event-feed.ts';
import { DEFAULT_ACTOR, DEFAULT_PROJECT, inTransaction, row, rows, touched, type Sql } from './sql.ts';

export type BuildState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
export type EndState = 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

/** A claim on a build; once another has claimed it, nothing can be written with this one (RECORDS.STALE). */
export interface BuildHandle { id: string; epoch: number }

export interface NewBuild {
  /** `build`, or another word for one that may repeat a definition (`reproduce`). */
  purpose?: string;
  configurationId?: string;
  revisionId?: string;
  /** The configuration's name, else the board's. */
  targetName: string;
  boardName: string;
  boardDigest: Sha256;
  architecture: string;
  /** The whole closure as a JSON value, and sha256 of its canonical form. */
  definition: unknown;
  definitionDigest: Sha256;
  revisionDigest: Sha256;
  /** On record already (`artifacts.recordSandbox`). */
  sandboxDigest: Sha256;
  /** What was asked, as asked. */
  request: Readonly<Record<string, unknown>>;
}

export interface StartedBuild {
  id: string;
  state: BuildState;
  /** An earlier build of the same definition that is queued, runs, or has succeeded. */
  reused: boolean;
}

export interface BuildEnd {
  state: EndState;
  failure?: { kind: string; code?: string; message: string; step?: string };
  rootTree?: Sha256;
  fileSetId?: number;
}

export interface BuildCounts { run: number; reused: number; failed: number; total: number }

export interface BuildRecords {
  /** Idempotent by target and definition; a failed or cancelled build is started anew. */
  start(build: NewBuild): Promise<StartedBuild>;
  /**
   * Takes the build over, whoever had it: only while holding the build's lock (`locks.exclusively(buildLock(id))`),
   * which tells that the last runner is gone. Undefined where it has ended. Steps that it did not finish wait again.
   */
  claim(id: string, builder: Readonly<Record<string, unknown>>): Promise<BuildHandle | undefined>;
  /** Steps not begun become SKIPPED or CANCELLED. Throws RECORDS.STALE. */
  finish(build: BuildHandle, end: BuildEnd): Promise<BuildCounts>;
  /** False where it has ended. A queued build ends at once. */
  requestCancel(id: string): Promise<boolean>;
  cancelRequested(id: string): Promise<boolean>;
  /** What was asked, and what it was planned as; for whoever runs it. */
  request(id: string): Promise<{ request: Record<string, unknown>; definitionDigest: Sha256 } | undefined>;
  /**
   * Builds that run but that nobody may be running, and those that have ended while their task has not, whose provenance
   * may not be signed: for whoever looks for work left by a kill.
   */
  unfinished(): Promise<{ id: string; state: BuildState; targetName: string }[]>;
}

/** Held by whoever runs the build. */
export function buildLock(id: string): Sha256 {
  return sha256(`provenroot build ${id}`);
}

export function buildRecords(pool: pg.Pool, clock: Clock): BuildRecords {
  return {
    start: (build) => inTransaction(pool, (sql) => start(sql, clock, build)),
    claim: (id, builder) => inTransaction(pool, (sql) => claim(sql, clock, id, builder)),
    finish: (build, end) => inTransaction(pool, (sql) => finish(sql, clock, build, end)),
    requestCancel: (id) => requestCancel(pool, clock, id),
    cancelRequested: async (id) =>
      (await row<{ asked: boolean }>(pool, 'SELECT cancel_requested_at IS NOT NULL AS asked FROM builds WHERE id = $1', [id]))?.asked ?? false,
    request: (id) => row(pool, 'SELECT request, definition_digest AS "definitionDigest" FROM builds WHERE id = $1', [id]),
    unfinished: () => rows(pool, `SELECT id, state::text AS state, target_name AS "targetName" FROM builds b
      WHERE state IN ('QUEUED', 'RUNNING') OR EXISTS (SELECT FROM tasks t WHERE t.key = b.id AND t.kind = 'build' AND t.state = 'RUNNING') ORDER BY id`),
  };
}

const INSERT = `
  INSERT INTO builds (id, project_id, actor_id, purpose, configuration_id, revision_id, target_name, board_name, board_digest, architecture,
    definition_digest, revision_digest, sandbox_digest, request, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
  ON CONFLICT (project_id, target_name, definition_digest) WHERE purpose = 'build' AND state IN ('QUEUED', 'RUNNING', 'SUCCEEDED') DO NOTHING
  RETURNING id`;
const STANDING = `
  SELECT id, state::text AS state FROM builds
  WHERE project_id = $1 AND target_name = $2 AND definition_digest = $3 AND purpose = 'build' AND state IN ('QUEUED', 'RUNNING', 'SUCCEEDED')`;

async function start(sql: Sql, clock: Clock, build: NewBuild): Promise<StartedBuild> {
  const text = canonicalJson(build.definition);
  if (sha256(text) !== build.definitionDigest) throw new Bug('the digest of a build is not that of its definition');
  await insertDocument(sql, 'build-definition', text);
  // Two rounds: between insert and look the other build may have failed, which makes room again.
  for (let round = 0; round < 3; round++) {
    const made = await row<{ id: string }>(sql, INSERT, [
      uuidV7(clock), DEFAULT_PROJECT, DEFAULT_ACTOR, build.purpose ?? 'build', build.configurationId ?? null, build.revisionId ?? null, build.targetName,
      build.boardName, build.boardDigest, build.architecture, build.definitionDigest, build.revisionDigest, build.sandboxDigest,
      JSON.stringify(build.request), clock.now()]);
    if (made !== undefined) return { id: made.id, state: 'QUEUED', reused: false };
    const standing = await row<{ id: string; state: BuildState }>(sql, STANDING, [DEFAULT_PROJECT, build.targetName, build.definitionDigest]);
    if (standing !== undefined) return { ...standing, reused: true };
  }
  throw new Failure('RECORDS.STALE', `builds of ${build.targetName} come and go; try again`);
}

async function claim(sql: Sql, clock: Clock, id: string, builder: Readonly<Record<string, unknown>>): Promise<BuildHandle | undefined> {
  const claimed = await row<{ epoch: number }>(sql, `
    UPDATE builds SET state = 'RUNNING', epoch = epoch + 1, builder = $2, started_at = coalesce(started_at, $3)
    WHERE id = $1 AND state IN ('QUEUED', 'RUNNING') RETURNING epoch`, [id, JSON.stringify(builder), clock.now()]);
  if (claimed === undefined) return undefined;
  await touched(sql, `
    UPDATE build_steps SET state = 'PENDING', outcome = NULL, action_key = NULL, execution_id = NULL, started_at = NULL, finished_at = NULL,
      failure_kind = NULL, failure_code = NULL, failure_message = NULL, phase = NULL
    WHERE build_id = $1 AND state NOT IN ('PENDING', 'SUCCEEDED')`, [id]);
  await touched(sql, 'DELETE FROM log_chunks WHERE build_id = $1', [id]);
  return { id, epoch: claimed.epoch };
}

async function finish(sql: Sql, clock: Clock, build: BuildHandle, end: BuildEnd): Promise<BuildCounts> {
  await guard(sql, build);
  const now = clock.now();
  await touched(sql, 'UPDATE build_steps SET state = $2::step_state, finished_at = $3 WHERE build_id = $1 AND state IN (\'PENDING\', \'RUNNING\')',
    [build.id, end.state === 'CANCELLED' ? 'CANCELLED' : 'SKIPPED', now]);
  const counts = await row<BuildCounts & { nondeterministic: boolean }>(sql, `
    SELECT count(*) FILTER (WHERE outcome = 'run' AND state = 'SUCCEEDED')::int AS run, count(*) FILTER (WHERE outcome = 'reused')::int AS reused,
      count(*) FILTER (WHERE state = 'FAILED')::int AS failed, count(*)::int AS total, coalesce(bool_or(nondeterministic), false) AS nondeterministic
    FROM build_steps WHERE build_id = $1`, [build.id]);
  const { run, reused, failed, total, nondeterministic } = counts!;
  await touched(sql, `
    UPDATE builds SET state = $2::build_state, failure_kind = $3, failure_code = $4, failure_message = $5, failure_step = $6, root_tree = $7, file_set_id = $8,
      steps_run = $9, steps_reused = $10, steps_failed = $11, steps_total = $12, nondeterministic = $13, finished_at = $14
    WHERE id = $1`,
  [build.id, end.state, end.failure?.kind ?? null, end.failure?.code ?? null, end.failure?.message ?? null, end.failure?.step ?? null,
    end.rootTree ?? null, end.fileSetId ?? null, run, reused, failed, total, nondeterministic, now]);
  await sql.query(`SELECT pg_notify('${EventFeed.channel}', $1)`, [build.id]);
  return { run, reused, failed, total };
}

/** Locks the build's row for this transaction; throws where the claim is no longer the newest. */
export async function guard(sql: Sql, { id, epoch }: BuildHandle): Promise<void> {
  const held = await row(sql, "SELECT FROM builds WHERE id = $1 AND epoch = $2 AND state = 'RUNNING' FOR UPDATE", [id, epoch]);
  if (held === undefined) throw new Failure('RECORDS.STALE', `build ${id} has ended, or another process has taken it over`);
}

async function requestCancel(pool: pg.Pool, clock: Clock, id: string): Promise<boolean> {
  const found = await row<{ state: BuildState }>(pool, `
    UPDATE builds SET cancel_requested_at = coalesce(cancel_requested_at, $2),
      finished_at = CASE WHEN state = 'QUEUED' THEN $2 ELSE finished_at END,
      state = CASE WHEN state = 'QUEUED' THEN 'CANCELLED' ELSE state END
    WHERE id = $1 AND state IN ('QUEUED', 'RUNNING') RETURNING state::text AS state`, [id, clock.now()]);
  if (found !== undefined) await pool.query(`SELECT pg_notify('${EventFeed.channel}', $1)`, [id]);
  else if (await row(pool, 'SELECT FROM builds WHERE id = $1', [id]) === undefined) throw new Failure('RECORDS.UNKNOWN', `no build ${id} is on record`);
  return found !== undefined;
}
