import type pg from 'pg';

import { canonicalJson } from '../foundation/canonical-json.ts';
import type { Clock } from '../foundation/clock.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { uuidV7 } from '../foundation/ids.ts';
import { guardJob, jobRecords, tellJob, type JobHandle, type JobRecords, type JobState } from './job-records.ts';
import { columnsOf, inTransaction, row, touched, type Sql } from './sql.ts';

export type ArtifactVerdict = 'REPRODUCED' | 'EQUIVALENT' | 'NOT_REPRODUCED' | 'MISSING_OUTPUT' | 'EXTRA_OUTPUT' | 'INCONCLUSIVE';
export type VerificationOutcome = ArtifactVerdict | 'BUILD_FAILED' | 'ERROR';

export interface NewVerification {
  /** On record already (`evidence.recordStatement`). */
  statementSha256: Sha256;
  /** The build of this record that the statement is about, where it is of here. */
  buildId?: string;
  /** Who rebuilds. */
  operator: string;
  /** Where one of the same statement waits or runs, give that instead of another. */
  join?: boolean;
}

export interface RecordedVerdict {
  artifact: string;
  verdict: ArtifactVerdict;
  expectedSha256?: Sha256;
  actualSha256?: Sha256;
  /** Name and digest of what made both equal; EQUIVALENT only. */
  normaliser?: { name: string; digest: Sha256 };
  /** JSON: which files differ, and how. */
  detail?: Readonly<Record<string, unknown>>;
}

export interface VerificationEnd {
  /** DONE says an outcome, whatever it is; FAILED: no outcome could be put on record. */
  state: 'DONE' | 'FAILED' | 'CANCELLED';
  outcome?: VerificationOutcome;
  /** Of INCONCLUSIVE, BUILD_FAILED, ERROR and of a failed run. */
  subcode?: string;
  message?: string;
  rebuildStatementSha256?: Sha256;
  firstDifferingStep?: string;
  report?: unknown;
  verdicts: readonly RecordedVerdict[];
}

export interface VerificationRow {
  id: string;
  buildId: string | null;
  statementSha256: Sha256;
  attempt: number;
  operator: string;
  state: JobState;
  outcome: VerificationOutcome | null;
  rebuildBuildId: string | null;
  cancelRequested: boolean;
}

export interface VerificationRecords extends JobRecords {
  start(verification: NewVerification): Promise<{ id: string; attempt: number; joined: boolean }>;
  find(id: string): Promise<VerificationRow | undefined>;
  /** Which build of this record is the rebuild. */
  rebuilding(job: JobHandle, rebuildBuildId: string): Promise<void>;
  /** Verdicts and the end are one: there is no ended verification without its verdicts. */
  finish(job: JobHandle, end: VerificationEnd): Promise<void>;
}

export function verificationRecords(pool: pg.Pool, clock: Clock): VerificationRecords {
  return {
    ...jobRecords(pool, clock, 'verifications'),
    start: (verification) => inTransaction(pool, (sql) => start(sql, clock, verification)),
    find: (id) => row<VerificationRow>(pool, `
      SELECT id, build_id AS "buildId", statement_sha256 AS "statementSha256", attempt, operator, state::text AS state, outcome, rebuild_build_id AS "rebuildBuildId",
        cancel_requested_at IS NOT NULL AS "cancelRequested" FROM verifications WHERE id = $1`, [id]),
    rebuilding: (job, buildId) => inTransaction(pool, async (sql) => {
      await guardJob(sql, 'verifications', job);
      await touched(sql, 'UPDATE verifications SET rebuild_build_id = $2 WHERE id = $1', [job.id, buildId]);
    }),
    finish: (job, end) => inTransaction(pool, (sql) => finish(sql, clock, job, end)),
  };
}

async function start(sql: Sql, clock: Clock, { statementSha256, buildId, operator, join = false }: NewVerification): Promise<{ id: string; attempt: number; joined: boolean }> {
  // The statement's row is the lock that numbers attempts.
  if (await row(sql, 'SELECT FROM statements WHERE payload_sha256 = $1 FOR NO KEY UPDATE', [statementSha256]) === undefined) {
    throw new Failure('RECORDS.UNKNOWN', `no statement ${statementSha256} is on record`);
  }
  const standing = join ? await row<{ id: string; attempt: number }>(sql, `
    SELECT id, attempt FROM verifications WHERE statement_sha256 = $1 AND state IN ('QUEUED', 'RUNNING') AND cancel_requested_at IS NULL ORDER BY id LIMIT 1`, [statementSha256]) : undefined;
  if (standing !== undefined) return { ...standing, joined: true };
  const made = await row<{ id: string; attempt: number }>(sql, `
    INSERT INTO verifications (id, build_id, statement_sha256, attempt, operator, created_at)
    SELECT $1, $2, $3, coalesce(max(attempt), 0) + 1, $4, $5 FROM verifications WHERE statement_sha256 = $3 RETURNING id, attempt`,
  [uuidV7(clock), buildId ?? null, statementSha256, operator, clock.now()]);
  return { ...made!, joined: false };
}

async function finish(sql: Sql, clock: Clock, job: JobHandle, end: VerificationEnd): Promise<void> {
  await guardJob(sql, 'verifications', job);
  await touched(sql, `
    INSERT INTO verdicts (verification_id, artifact, verdict, expected_sha256, actual_sha256, normaliser, normaliser_digest, detail)
    SELECT $1, artifact, verdict, expected, actual, normaliser, normaliser_digest, detail::jsonb
    FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
      AS given(artifact, verdict, expected, actual, normaliser, normaliser_digest, detail)`,
  [job.id, ...columnsOf(end.verdicts, ({ artifact }) => artifact, ({ verdict }) => verdict, ({ expectedSha256 }) => expectedSha256 ?? null,
    ({ actualSha256 }) => actualSha256 ?? null, ({ normaliser }) => normaliser?.name ?? null, ({ normaliser }) => normaliser?.digest ?? null,
    ({ detail }) => canonicalJson(detail ?? {}))]);
  await touched(sql, `
    UPDATE verifications SET state = $2::task_state, outcome = $3, subcode = $4, message = $5, rebuild_statement_sha256 = $6, first_differing_step = $7, report = $8, finished_at = $9
    WHERE id = $1`,
  [job.id, end.state, end.outcome ?? null, end.subcode ?? null, end.message ?? null, end.rebuildStatementSha256 ?? null, end.firstDifferingStep ?? null,
    end.report === undefined ? null : canonicalJson(end.report), clock.now()]);
  await tellJob(sql, job.id);
}
