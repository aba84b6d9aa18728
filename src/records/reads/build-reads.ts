import { VERIFY } from '../build-reference.ts';
import { groupBy, readPage, readPages, rowsOf, type Database, type ListCondition, type ListShape, type Page } from './statement.ts';

export type BuildStateName = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

export interface BuildRow {
  id: string;
  state: BuildStateName;
  purpose: string;
  /** The configuration's name, else the board's, else a file's. */
  targetName: string;
  boardName: string;
  configurationId: string | null;
  revisionId: string | null;
  definitionDigest: string;
  sandboxDigest: string;
  nondeterministic: boolean;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  cancelRequestedAt: Date | null;
  failureKind: string | null;
  failureCode: string | null;
  failureMessage: string | null;
  failureStep: string | null;
  stepsTotal: number;
  stepsRun: number;
  stepsReused: number;
  stepsFailed: number;
  rootTree: string | null;
  /** Key of the final root's files. */
  fileSetId: string | null;
  /** Sequence number of the last event; 0 for none. */
  lastSequence: number;
  /** Version, runner, engine, cores and jobs; empty until it has run. */
  builder: Readonly<Record<string, unknown>>;
}

export interface BuildFilter {
  /** Name of the board. */
  board?: string;
  /** Name of the configuration. */
  configuration?: string;
  state?: BuildStateName;
  createdFrom?: Date;
  createdBefore?: Date;
}

export interface PackageRow {
  buildId: string;
  name: string;
  version: string;
  recipeDigest: string;
  role: string;
  license: string;
  options: unknown;
  reasons: unknown;
  purl: string | null;
  cpe: string | null;
}

export interface InputRow { buildId: string; role: string; name: string; digest: string; sizeBytes: number | null; url: string | null }

export interface ImageRow { id: string; buildId: string; name: string; format: string; sha256: string; sha512: string; sizeBytes: number }

export interface EventRow { buildId: string; sequence: number; type: string; stepName: string | null; data: unknown; at: Date }

const BUILD = `b.id, b.state::text AS state, b.purpose, b.target_name AS "targetName", b.board_name AS "boardName", b.configuration_id AS "configurationId",
  b.revision_id AS "revisionId", b.definition_digest AS "definitionDigest", b.sandbox_digest AS "sandboxDigest", b.nondeterministic,
  b.created_at AS "createdAt", b.started_at AS "startedAt", b.finished_at AS "finishedAt", b.cancel_requested_at AS "cancelRequestedAt",
  b.failure_kind AS "failureKind", b.failure_code AS "failureCode", b.failure_message AS "failureMessage", b.failure_step AS "failureStep",
  b.steps_total AS "stepsTotal", b.steps_run AS "stepsRun", b.steps_reused AS "stepsReused", b.steps_failed AS "stepsFailed",
  b.root_tree AS "rootTree", b.file_set_id::text AS "fileSetId", b.last_sequence AS "lastSequence", b.builder`;
const BUILDS: ListShape = {
  name: 'builds', select: `${BUILD}, b.id AS "k0"`, from: 'builds b', order: [{ column: 'b.id', type: 'text' }], direction: 'DESC',
};
const BUILDS_BY_ID = { name: 'builds by id', text: `SELECT ${BUILD} FROM builds b WHERE b.id = ANY($1::text[])` };

const PACKAGE = `p.build_id AS "buildId", p.name, p.version, p.recipe_digest AS "recipeDigest", p.role, p.license, p.options, p.reasons,
  v.definition->>'purl' AS purl, v.definition->>'cpe' AS cpe`;
const PACKAGE_FROM = 'build_packages p LEFT JOIN catalog_versions v ON v.digest = p.recipe_digest';
const PACKAGES: ListShape & { parent: string } = {
  name: 'packages', select: `${PACKAGE}, p.name AS "k0"`, from: PACKAGE_FROM, parent: 'p.build_id',
  order: [{ column: 'p.name', type: 'text' }], direction: 'ASC',
};
const PACKAGES_BY_KEY = {
  name: 'packages by key', text: `SELECT ${PACKAGE} FROM unnest($1::text[], $2::text[]) AS k(build_id, name)
    JOIN build_packages p ON p.build_id = k.build_id AND p.name = k.name LEFT JOIN catalog_versions v ON v.digest = p.recipe_digest`,
};
/** This build's own fetch, else the last one before it ended: bytes stay in the store from then on. */
const FETCHED_FROM = `(SELECT f.url FROM fetches f WHERE f.sha256 = i.digest AND f.fetched_at <= coalesce(b.finished_at, now())
  ORDER BY f.build_id IS NOT DISTINCT FROM i.build_id DESC, f.fetched_at DESC LIMIT 1)`;
const INPUTS: ListShape & { parent: string } = {
  name: 'inputs', select: `i.build_id AS "buildId", i.role, i.name, i.digest, i.size_bytes::float8 AS "sizeBytes", coalesce(i.url, ${FETCHED_FROM}) AS url, i.role AS "k0", i.name AS "k1"`,
  from: 'build_inputs i JOIN builds b ON b.id = i.build_id', parent: 'i.build_id', order: [{ column: 'i.role', type: 'text' }, { column: 'i.name', type: 'text' }], direction: 'ASC',
};
const IMAGE = `m.id, m.build_id AS "buildId", m.name, m.format, m.sha256, o.sha512, m.size_bytes::float8 AS "sizeBytes"`;
const IMAGE_FROM = 'images m JOIN blobs o ON o.sha256 = m.sha256';
const IMAGES_OF = { name: 'images of builds', text: `SELECT ${IMAGE} FROM ${IMAGE_FROM} WHERE m.build_id = ANY($1::text[]) ORDER BY m.name` };
const IMAGES_BY_ID = { name: 'images by id', text: `SELECT ${IMAGE} FROM ${IMAGE_FROM} WHERE m.id = ANY($1::text[])` };
const IMAGE_BY_NAME = { name: 'image by name', text: `SELECT ${IMAGE} FROM ${IMAGE_FROM} WHERE m.build_id = $1 AND m.name = $2` };
const EVENTS: ListShape & { parent: string } = {
  name: 'events', select: `e.build_id AS "buildId", e.sequence, e.type, e.step_name AS "stepName", e.data, e.at, e.sequence AS "k0"`,
  from: 'build_events e', parent: 'e.build_id', order: [{ column: 'e.sequence', type: 'int' }], direction: 'ASC',
};
const COUNTS = { name: 'builds by state', text: 'SELECT state::text AS state, count(*)::int AS count FROM builds GROUP BY state ORDER BY state' };

export interface BuildReads {
  /** Newest first. */
  list(filter: BuildFilter, page: Page): Promise<BuildRow[]>;
  ofBoards(boardNames: readonly string[], filter: { state?: BuildStateName }, page: Page): Promise<Map<string, BuildRow[]>>;
  ofConfigurations(ids: readonly string[], filter: { state?: BuildStateName }, page: Page): Promise<Map<string, BuildRow[]>>;
  byId(ids: readonly string[]): Promise<BuildRow[]>;
  packagesOf(buildIds: readonly string[], filter: { role?: string }, page: Page): Promise<Map<string, PackageRow[]>>;
  packagesByKey(keys: readonly (readonly [buildId: string, name: string])[]): Promise<PackageRow[]>;
  inputsOf(buildIds: readonly string[], filter: { role?: string }, page: Page): Promise<Map<string, InputRow[]>>;
  /** By name. */
  imagesOf(buildIds: readonly string[]): Promise<Map<string, ImageRow[]>>;
  imagesById(ids: readonly string[]): Promise<ImageRow[]>;
  imageByName(buildId: string, name: string): Promise<ImageRow | undefined>;
  /** In order of sequence; `page.after` is `[sequence]`. */
  eventsOf(buildIds: readonly string[], page: Page): Promise<Map<string, EventRow[]>>;
  countByState(): Promise<{ state: string; count: number }[]>;
}

export function buildReads(database: Database): BuildReads {
  const children = (parent: string): ListShape & { parent: string } => ({ ...BUILDS, name: `builds of ${parent}`, parent });
  const ofBoards = children('b.board_name');
  const ofConfigurations = children('b.configuration_id');
  return {
    list: (filter, page) => readPage(database, BUILDS, buildConditions(filter), page),
    ofBoards: (names, filter, page) => readPages<BuildRow & { parentKey: string }>(database, ofBoards, names, buildConditions(filter), page),
    ofConfigurations: (ids, filter, page) =>
      readPages<BuildRow & { parentKey: string }>(database, ofConfigurations, ids, buildConditions(filter), page),
    byId: (ids) => rowsOf(database, BUILDS_BY_ID, [ids]),
    packagesOf: (ids, { role }, page) => readPages<PackageRow & { parentKey: string }>(database, PACKAGES, ids, roleCondition('p', role), page),
    packagesByKey: (keys) => rowsOf(database, PACKAGES_BY_KEY, [keys.map(([id]) => id), keys.map(([, name]) => name)]),
    inputsOf: (ids, { role }, page) => readPages<InputRow & { parentKey: string }>(database, INPUTS, ids, roleCondition('i', role), page),
    imagesOf: async (ids) => groupBy(await rowsOf<ImageRow>(database, IMAGES_OF, [ids]), (row) => row.buildId, ids),
    imagesById: (ids) => rowsOf(database, IMAGES_BY_ID, [ids]),
    imageByName: async (buildId, name) => (await rowsOf<ImageRow>(database, IMAGE_BY_NAME, [buildId, name]))[0],
    eventsOf: (ids, page) => readPages<EventRow & { parentKey: string }>(database, EVENTS, ids, [], page),
    countByState: () => rowsOf(database, COUNTS, []),
  };
}

function buildConditions(filter: BuildFilter): ListCondition[] {
  // A rebuild that checks a build stands under that build's verifications.
  const conditions: ListCondition[] = [{ tag: 'no rebuilds', sql: 'b.purpose <> ?', values: [VERIFY] }];
  const add = (tag: string, sql: string, value: unknown): void => {
    if (value !== undefined) conditions.push({ tag, sql, values: [value] });
  };
  add('board', 'b.board_name = ?', filter.board);
  add('configuration', 'b.configuration_id IN (SELECT c.id FROM configurations c WHERE c.name = ?)', filter.configuration);
  add('state', 'b.state = ?::build_state', filter.state);
  add('from', 'b.created_at >= ?', filter.createdFrom);
  add('before', 'b.created_at < ?', filter.createdBefore);
  return conditions;
}

function roleCondition(table: 'p' | 'i', role: string | undefined): ListCondition[] {
  return role === undefined ? [] : [{ tag: 'role', sql: `${table}.role = ?`, values: [role] }];
}
