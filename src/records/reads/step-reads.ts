import { groupBy, readPages, rowsOf, type Database, type ListCondition, type ListShape, type Page } from './statement.ts';

export type StepStateName = 'PENDING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'SKIPPED' | 'CANCELLED';

export interface StepRow {
  buildId: string;
  name: string;
  position: number;
  kind: string;
  recipe: string | null;
  stage: string | null;
  planKey: string;
  actionKey: string | null;
  state: StepStateName;
  outcome: 'run' | 'reused' | null;
  reason: string | null;
  nondeterministic: boolean;
  failureKind: string | null;
  failureCode: string | null;
  failureMessage: string | null;
  phase: string | null;
  startedAt: Date | null;
  finishedAt: Date | null;
  /** The execution whose result it took. */
  executionId: string | null;
  wallMs: number | null;
  cpuMs: number | null;
  peakMemoryBytes: number | null;
  /** The whole log, once the execution is on record. */
  logSha256: string | null;
  logSizeBytes: number | null;
}

const STEP = `s.build_id AS "buildId", s.name, s.position, s.kind, s.recipe, s.stage, s.plan_key AS "planKey", s.action_key AS "actionKey",
  s.state::text AS state, s.outcome, s.reason, s.nondeterministic, s.failure_kind AS "failureKind", s.failure_code AS "failureCode",
  s.failure_message AS "failureMessage", s.phase, s.started_at AS "startedAt", s.finished_at AS "finishedAt", s.execution_id AS "executionId",
  x.wall_ms::float8 AS "wallMs", x.cpu_ms::float8 AS "cpuMs", x.peak_memory_bytes::float8 AS "peakMemoryBytes",
  x.log_sha256 AS "logSha256", x.log_size_bytes::float8 AS "logSizeBytes"`;
const STEP_JOIN = 'LEFT JOIN executions x ON x.id = s.execution_id';
const STEPS: ListShape & { parent: string } = {
  name: 'steps', select: `${STEP}, s.position AS "k0"`, from: `build_steps s ${STEP_JOIN}`, parent: 's.build_id',
  order: [{ column: 's.position', type: 'int' }], direction: 'ASC',
};
const STEPS_BY_KEY = {
  name: 'steps by key', text: `SELECT ${STEP} FROM unnest($1::text[], $2::text[]) AS k(build_id, name)
    JOIN build_steps s ON s.build_id = k.build_id AND s.name = k.name ${STEP_JOIN}`,
};
const ALL_STEPS = { name: 'all steps', text: `SELECT ${STEP} FROM build_steps s ${STEP_JOIN} WHERE s.build_id = $1 ORDER BY s.position` };
const NEEDS = {
  name: 'needs of steps', text: `SELECT DISTINCT n.build_id AS "buildId", n.step_name AS "stepName", n.need FROM unnest($1::text[], $2::text[]) AS k(build_id, name)
    JOIN build_step_needs n ON n.build_id = k.build_id AND n.step_name = k.name ORDER BY 1, 2, 3`,
};
const OUTPUTS = {
  name: 'outputs of executions', text: `SELECT o.execution_id AS "executionId", o.name, o.tree_digest AS "treeDigest" FROM execution_outputs o
    WHERE o.execution_id = ANY($1::text[]) ORDER BY o.name`,
};

export type StepKey = readonly [buildId: string, name: string];

export interface StepReads {
  /** In the order of the plan. */
  ofBuilds(buildIds: readonly string[], filter: { state?: StepStateName }, page: Page): Promise<Map<string, StepRow[]>>;
  allOf(buildId: string): Promise<StepRow[]>;
  byKey(keys: readonly StepKey[]): Promise<StepRow[]>;
  needsOf(keys: readonly StepKey[]): Promise<{ buildId: string; stepName: string; need: string }[]>;
  outputsOf(executionIds: readonly string[]): Promise<Map<string, { name: string; treeDigest: string }[]>>;
}

export function stepReads(database: Database): StepReads {
  return {
    ofBuilds: (ids, { state }, page) => {
      const conditions: ListCondition[] = state === undefined ? [] : [{ tag: 'state', sql: 's.state = ?::step_state', values: [state] }];
      return readPages<StepRow & { parentKey: string }>(database, STEPS, ids, conditions, page);
    },
    allOf: (buildId) => rowsOf(database, ALL_STEPS, [buildId]),
    byKey: (keys) => rowsOf(database, STEPS_BY_KEY, columns(keys)),
    needsOf: (keys) => rowsOf(database, NEEDS, columns(keys)),
    outputsOf: async (ids) =>
      groupBy(await rowsOf<{ executionId: string; name: string; treeDigest: string }>(database, OUTPUTS, [ids]), (row) => row.executionId, ids),
  };
}

function columns(keys: readonly StepKey[]): unknown[] {
  return [keys.map(([id]) => id), keys.map(([, name]) => name)];
}
