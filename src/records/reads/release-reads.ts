import { QUARANTINE_COLUMNS, type RecordedQuarantine } from '../quarantine-records.ts';
import { groupBy, readPage, rowsOf, type Database, type ListCondition, type ListShape, type Page } from './statement.ts';

export interface ReleaseRow { id: string; product: string; version: string; buildId: string; statementSha256: string; createdAt: Date }
export type QuarantineRow = RecordedQuarantine;

const RELEASE = 'r.id, r.product, r.version, r.build_id AS "buildId", r.statement_sha256 AS "statementSha256", r.created_at AS "createdAt"';
const RELEASES: ListShape = { name: 'releases', select: `${RELEASE}, r.id AS "k0"`, from: 'releases r', order: [{ column: 'r.id', type: 'text' }], direction: 'DESC' };
const RELEASES_BY_ID = { name: 'releases by id', text: `SELECT ${RELEASE} FROM releases r WHERE r.id = ANY($1::text[])` };
const RELEASE_BY_NAME = { name: 'release by name', text: `SELECT ${RELEASE} FROM releases r WHERE r.product = $1 AND r.version = $2` };
const RELEASES_OF = { name: 'releases of builds', text: `SELECT ${RELEASE} FROM releases r WHERE r.build_id = ANY($1::text[]) ORDER BY r.id DESC` };
const QUARANTINES: ListShape = {
  name: 'quarantines', select: `${QUARANTINE_COLUMNS}, q.id AS "k0"`, from: 'quarantines q', order: [{ column: 'q.id', type: 'text' }], direction: 'DESC',
};
const QUARANTINES_BY_ID = { name: 'quarantines by id', text: `SELECT ${QUARANTINE_COLUMNS} FROM quarantines q WHERE q.id = ANY($1::text[])` };

export interface ReleaseReads {
  /** Newest first. */
  list(filter: { product?: string }, page: Page): Promise<ReleaseRow[]>;
  byId(ids: readonly string[]): Promise<ReleaseRow[]>;
  byName(product: string, version: string): Promise<ReleaseRow | undefined>;
  /** Newest first. */
  ofBuilds(buildIds: readonly string[]): Promise<Map<string, ReleaseRow[]>>;
  /** Newest first; with `activeAt` those that count then. */
  quarantines(filter: { activeAt?: Date }, page: Page): Promise<QuarantineRow[]>;
  quarantinesById(ids: readonly string[]): Promise<QuarantineRow[]>;
}

export function releaseReads(database: Database): ReleaseReads {
  return {
    list: ({ product }, page) => readPage(database, RELEASES, product === undefined ? [] : [{ tag: 'product', sql: 'r.product = ?', values: [product] }], page),
    byId: (ids) => rowsOf(database, RELEASES_BY_ID, [ids]),
    byName: async (product, version) => (await rowsOf<ReleaseRow>(database, RELEASE_BY_NAME, [product, version]))[0],
    ofBuilds: async (ids) => groupBy(await rowsOf<ReleaseRow>(database, RELEASES_OF, [ids]), (row) => row.buildId, ids),
    quarantines: ({ activeAt }, page) => readPage(database, QUARANTINES, activeAt === undefined ? [] : activeConditions(activeAt), page),
    quarantinesById: (ids) => rowsOf(database, QUARANTINES_BY_ID, [ids]),
  };
}

function activeConditions(at: Date): ListCondition[] {
  return [{
    tag: 'active', sql: 'q.reviewed_at <= ?::timestamptz AND q.expires_at > ?::timestamptz AND (q.closed_at IS NULL OR q.closed_at > ?::timestamptz)', values: [at, at, at],
  }];
}
