import type { JobState } from '../job-records.ts';
import { UPLOAD, type UploadRow, type UploadState } from '../upload-records.ts';
import { readPage, rowsOf, type Database, type ListCondition, type ListShape, type Page } from './statement.ts';

export interface ComparisonDetailRow {
  id: string;
  leftBuildId: string | null;
  leftUploadId: string | null;
  rightBuildId: string | null;
  rightUploadId: string | null;
  state: JobState;
  exit: number | null;
  subcode: string | null;
  message: string | null;
  resultSha256: string | null;
  expiresAt: Date | null;
  stage: string | null;
  progressDone: number;
  progressTotal: number;
  cancelRequestedAt: Date | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

const COMPARISON = `c.id, c.left_build_id AS "leftBuildId", c.left_upload_id AS "leftUploadId", c.right_build_id AS "rightBuildId", c.right_upload_id AS "rightUploadId",
  c.state::text AS state, c.exit, c.subcode, c.message, c.result_sha256 AS "resultSha256", c.expires_at AS "expiresAt", c.stage, c.progress_done AS "progressDone",
  c.progress_total AS "progressTotal", c.cancel_requested_at AS "cancelRequestedAt", c.created_at AS "createdAt", c.started_at AS "startedAt", c.finished_at AS "finishedAt"`;
const COMPARISONS: ListShape = { name: 'comparisons', select: `${COMPARISON}, c.id AS "k0"`, from: 'comparisons c', order: [{ column: 'c.id', type: 'text' }], direction: 'DESC' };
const UPLOADS: ListShape = { name: 'uploads', select: `${UPLOAD}, u.id AS "k0"`, from: 'uploads u', order: [{ column: 'u.id', type: 'text' }], direction: 'DESC' };
const COMPARISONS_BY_ID = { name: 'comparisons by id', text: `SELECT ${COMPARISON} FROM comparisons c WHERE c.id = ANY($1::text[])` };
const UPLOADS_BY_ID = { name: 'uploads by id', text: `SELECT ${UPLOAD} FROM uploads u WHERE u.id = ANY($1::text[])` };

export interface ComparisonReads {
  /** Newest first. */
  list(filter: { state?: JobState }, page: Page): Promise<ComparisonDetailRow[]>;
  byId(ids: readonly string[]): Promise<ComparisonDetailRow[]>;
  /** Newest first. */
  uploads(filter: { state?: UploadState }, page: Page): Promise<UploadRow[]>;
  uploadsById(ids: readonly string[]): Promise<UploadRow[]>;
}

export function comparisonReads(database: Database): ComparisonReads {
  const only = (tag: string, sql: string, value: string | undefined): ListCondition[] => (value === undefined ? [] : [{ tag, sql, values: [value] }]);
  return {
    list: ({ state }, page) => readPage(database, COMPARISONS, only('state', 'c.state = ?::task_state', state), page),
    byId: (ids) => rowsOf(database, COMPARISONS_BY_ID, [ids]),
    uploads: ({ state }, page) => readPage(database, UPLOADS, only('state', "CASE WHEN u.state IN ('OPEN', 'READY') AND u.expires_at <= now() THEN 'EXPIRED' ELSE u.state END = ?", state), page),
    uploadsById: (ids) => rowsOf(database, UPLOADS_BY_ID, [ids]),
  };
}
