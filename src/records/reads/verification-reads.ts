import type { JobState } from '../job-records.ts';
import { groupBy, readPage, readPages, rowsOf, type Database, type ListCondition, type ListShape, type Page } from './statement.ts';

/** What verifications and variation runs tell of themselves while they run. */
export interface JobRow {
  id: string;
  state: JobState;
  outcome: string | null;
  subcode: string | null;
  message: string | null;
  report: unknown;
  stage: string | null;
  progressDone: number;
  progressTotal: number;
  cancelRequestedAt: Date | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

export interface VerificationDetailRow extends JobRow {
  buildId: string | null;
  statementSha256: string;
  attempt: number;
  operator: string;
  rebuildBuildId: string | null;
  rebuildStatementSha256: string | null;
  firstDifferingStep: string | null;
}

export interface VerdictRow {
  verificationId: string;
  artifact: string;
  verdict: string;
  expectedSha256: string | null;
  actualSha256: string | null;
  normaliser: string | null;
  normaliserDigest: string | null;
  detail: unknown;
}

export interface VariationDetailRow extends JobRow { buildId: string; profile: string; conditions: unknown }

const job = (table: string): string => `${table}.id, ${table}.state::text AS state, ${table}.outcome, ${table}.subcode, ${table}.message, ${table}.report, ${table}.stage,
  ${table}.progress_done AS "progressDone", ${table}.progress_total AS "progressTotal", ${table}.cancel_requested_at AS "cancelRequestedAt",
  ${table}.created_at AS "createdAt", ${table}.started_at AS "startedAt", ${table}.finished_at AS "finishedAt"`;
const VERIFICATION = `${job('v')}, v.build_id AS "buildId", v.statement_sha256 AS "statementSha256", v.attempt, v.operator, v.rebuild_build_id AS "rebuildBuildId",
  v.rebuild_statement_sha256 AS "rebuildStatementSha256", v.first_differing_step AS "firstDifferingStep"`;
const VARIATION = `${job('r')}, r.build_id AS "buildId", r.profile, r.conditions`;
const VERIFICATIONS: ListShape = { name: 'verifications', select: `${VERIFICATION}, v.id AS "k0"`, from: 'verifications v', order: [{ column: 'v.id', type: 'text' }], direction: 'DESC' };
const VARIATIONS: ListShape & { parent: string } = {
  name: 'variations', select: `${VARIATION}, r.id AS "k0"`, from: 'variation_runs r', parent: 'r.build_id', order: [{ column: 'r.id', type: 'text' }], direction: 'DESC',
};
const VERIFICATIONS_BY_ID = { name: 'verifications by id', text: `SELECT ${VERIFICATION} FROM verifications v WHERE v.id = ANY($1::text[])` };
const VARIATIONS_BY_ID = { name: 'variations by id', text: `SELECT ${VARIATION} FROM variation_runs r WHERE r.id = ANY($1::text[])` };
const VERDICT = `d.verification_id AS "verificationId", d.artifact, d.verdict, d.expected_sha256 AS "expectedSha256", d.actual_sha256 AS "actualSha256", d.normaliser,
  d.normaliser_digest AS "normaliserDigest", d.detail`;
const VERDICTS_OF = { name: 'verdicts of verifications', text: `SELECT ${VERDICT} FROM verdicts d WHERE d.verification_id = ANY($1::text[]) ORDER BY d.artifact` };
const BY_REBUILD_STATEMENT = {
  name: 'verifications by rebuild statement', text: `SELECT ${VERIFICATION} FROM verifications v WHERE v.rebuild_statement_sha256 = ANY($1::text[])`,
};

export interface VerificationReads {
  /** Newest first. */
  list(filter: { state?: JobState }, page: Page): Promise<VerificationDetailRow[]>;
  ofBuilds(buildIds: readonly string[], page: Page): Promise<Map<string, VerificationDetailRow[]>>;
  byId(ids: readonly string[]): Promise<VerificationDetailRow[]>;
  verdictsOf(verificationIds: readonly string[]): Promise<Map<string, VerdictRow[]>>;
  /** The runs of this record that rebuild statements came from. */
  byRebuildStatement(payloadSha256s: readonly string[]): Promise<VerificationDetailRow[]>;
  variationsOfBuilds(buildIds: readonly string[], page: Page): Promise<Map<string, VariationDetailRow[]>>;
  variationsById(ids: readonly string[]): Promise<VariationDetailRow[]>;
}

export function verificationReads(database: Database): VerificationReads {
  return {
    list: ({ state }, page) => {
      const conditions: ListCondition[] = state === undefined ? [] : [{ tag: 'state', sql: 'v.state = ?::task_state', values: [state] }];
      return readPage(database, VERIFICATIONS, conditions, page);
    },
    ofBuilds: (ids, page) => readPages<VerificationDetailRow & { parentKey: string }>(database, { ...VERIFICATIONS, parent: 'v.build_id' }, ids, [], page),
    byId: (ids) => rowsOf(database, VERIFICATIONS_BY_ID, [ids]),
    verdictsOf: async (ids) => groupBy(await rowsOf<VerdictRow>(database, VERDICTS_OF, [ids]), (row) => row.verificationId, ids),
    byRebuildStatement: (digests) => rowsOf(database, BY_REBUILD_STATEMENT, [digests]),
    variationsOfBuilds: (ids, page) => readPages<VariationDetailRow & { parentKey: string }>(database, VARIATIONS, ids, [], page),
    variationsById: (ids) => rowsOf(database, VARIATIONS_BY_ID, [ids]),
  };
}
