import type pg from 'pg';

import { canonicalJson } from '../foundation/canonical-json.ts';
import type { Clock } from '../foundation/clock.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { uuidV7 } from '../foundation/ids.ts';
import { inTransaction, row, touched, type Sql } from './sql.ts';

export type BuildDocumentFormat = 'cyclonedx-1.7' | 'cyclonedx-1.6' | 'spdx-3.0.1' | 'spdx-2.3' | 'legal-info';
/** `sandbox`: of a source bundle, the archive of the sandbox's packages. */
export type BuildDocumentDetail = 'packages' | 'files' | 'sandbox';
export type BuildDocumentState = 'MADE' | 'PUBLISHED' | 'REFUSED';

export interface NewBuildDocument {
  buildId: string;
  inventoryDigest: Sha256;
  format: BuildDocumentFormat;
  detail: BuildDocumentDetail;
  /** A blob of the store: the bytes without a signature, which every rebuild gives. */
  sha256: Sha256;
  sizeBytes: number;
}

export interface Publication {
  /** A blob of the store: the same with a signature inside. */
  signed?: { sha256: Sha256; sizeBytes: number };
  /** The statement about it, which is on record. */
  statementSha256?: Sha256;
  /** What each gate said; JSON. */
  gates: unknown;
}

/** Documents about builds. A published one stays; a refused one may be judged again. */
export interface BuildDocumentRecords {
  /** Known by build, inventory, format, detail and content: another version of our own code may write another of the same, which then stands beside it. */
  recordDocument(document: NewBuildDocument): Promise<{ id: string; unchanged: boolean }>;
  /** The same again changes nothing; with another signature or statement, RECORDS.STALE; RECORDS.UNKNOWN. */
  publishDocument(id: string, publication: Publication): Promise<{ unchanged: boolean }>;
  /** Throws RECORDS.STALE where it is published, RECORDS.UNKNOWN. */
  refuseDocument(id: string, gates: unknown): Promise<void>;
}

export function buildDocumentRecords(pool: pg.Pool, clock: Clock): BuildDocumentRecords {
  return {
    recordDocument: (document) => recordDocument(pool, clock, document),
    publishDocument: (id, publication) => inTransaction(pool, (sql) => publishDocument(sql, clock, id, publication)),
    refuseDocument: (id, gates) => refuseDocument(pool, id, gates),
  };
}

async function recordDocument(sql: Sql, clock: Clock, document: NewBuildDocument): Promise<{ id: string; unchanged: boolean }> {
  const { buildId, inventoryDigest, format, detail, sha256, sizeBytes } = document;
  const key = [buildId, inventoryDigest, format, detail, sha256];
  const made = await row<{ id: string }>(sql, `
    INSERT INTO build_documents (id, build_id, inventory_digest, format, detail, sha256, size_bytes, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (build_id, inventory_digest, format, detail, sha256) DO NOTHING RETURNING id`, [uuidV7(clock), ...key, sizeBytes, clock.now()]);
  if (made !== undefined) return { id: made.id, unchanged: false };
  const standing = await row<{ id: string }>(sql, `
    SELECT id FROM build_documents WHERE build_id = $1 AND inventory_digest = $2 AND format = $3 AND detail = $4 AND sha256 = $5`, key);
  return { id: standing!.id, unchanged: true };
}

interface Standing { state: BuildDocumentState; signedSha256: Sha256 | null; statementSha256: Sha256 | null }

async function publishDocument(sql: Sql, clock: Clock, id: string, { signed, statementSha256, gates }: Publication): Promise<{ unchanged: boolean }> {
  const standing = await row<Standing>(sql, `
    SELECT state, signed_sha256 AS "signedSha256", statement_sha256 AS "statementSha256" FROM build_documents WHERE id = $1 FOR NO KEY UPDATE`, [id]);
  if (standing === undefined) throw unknown(id);
  if (standing.state === 'PUBLISHED') {
    if (standing.signedSha256 === (signed?.sha256 ?? null) && standing.statementSha256 === (statementSha256 ?? null)) return { unchanged: true };
    throw published(id);
  }
  await touched(sql, `
    UPDATE build_documents SET state = 'PUBLISHED', signed_sha256 = $2, signed_size_bytes = $3, statement_sha256 = $4, gates = $5, published_at = $6 WHERE id = $1`,
  [id, signed?.sha256 ?? null, signed?.sizeBytes ?? null, statementSha256 ?? null, canonicalJson(gates), clock.now()]);
  return { unchanged: false };
}

async function refuseDocument(sql: Sql, id: string, gates: unknown): Promise<void> {
  const done = await touched(sql, "UPDATE build_documents SET state = 'REFUSED', gates = $2 WHERE id = $1 AND state <> 'PUBLISHED'", [id, canonicalJson(gates)]);
  if (done > 0) return;
  throw await row(sql, 'SELECT FROM build_documents WHERE id = $1', [id]) === undefined ? unknown(id) : published(id);
}

function unknown(id: string): Failure {
  return new Failure('RECORDS.UNKNOWN', `no document ${id} is on record`);
}

function published(id: string): Failure {
  return new Failure('RECORDS.STALE', `document ${id} is published already and stays as it is`);
}
