import type pg from 'pg';

import type { Clock } from '../foundation/clock.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { uuidV7 } from '../foundation/ids.ts';
import { compareText } from '../foundation/order.ts';
import { columnsOf, row, rows, touched, type Sql } from './sql.ts';

/** A file of a source archive. */
export interface RecordedLicenseText {
  sourceSha256: Sha256;
  /** In the archive. */
  path: string;
  /** A blob of the store; null: the archive has no such file. */
  textSha256: Sha256 | null;
  sizeBytes: number;
  /** As its words were recognised. */
  licenseId: string | null;
}

/** `CHOICE`: one way of an OR. `CONCLUSION`: what counts in place of what is declared. */
export type LicenseDecisionKind = 'CHOICE' | 'CONCLUSION';

export interface NewLicenseDecision {
  kind: LicenseDecisionKind;
  package: string;
  /** What was declared when it was decided. */
  expression: string;
  decided: string;
  /** Holds for later versions while this and the texts' digest do. */
  sourceDigest: Sha256;
  licenseTextDigest: Sha256 | null;
  reason: string;
  actor: string;
}

export interface RecordedLicenseDecision extends NewLicenseDecision {
  id: string;
  decidedAt: Date;
  withdrawnAt: Date | null;
  withdrawnBy: string | null;
  withdrawnReason: string | null;
}

export interface DecisionQuery {
  /** Absent: of all. */
  packages?: readonly string[];
  includeWithdrawn?: boolean;
}

export interface LicenseRecords {
  /** By source, then path. */
  licenseTexts(sourceSha256s: readonly Sha256[]): Promise<RecordedLicenseText[]>;
  /** What is known of a source and path stays. */
  recordLicenseTexts(texts: readonly RecordedLicenseText[]): Promise<void>;
  /** Appended: of several for one package the last counts. Throws RECORDS.BAD_DECISION where a word is missing. */
  recordDecision(decision: NewLicenseDecision): Promise<{ id: string; decidedAt: Date }>;
  /** Throws RECORDS.BAD_DECISION, RECORDS.UNKNOWN, and RECORDS.STALE where it is withdrawn already. */
  withdrawDecision(id: string, withdrawal: { by: string; reason: string; at: Date }): Promise<void>;
  /** Oldest first; without those that were withdrawn unless said. */
  decisions(query?: DecisionQuery): Promise<RecordedLicenseDecision[]>;
}

export const DECISION_COLUMNS = `d.id, d.kind, d.package, d.expression, d.decided, d.source_digest AS "sourceDigest", d.license_text_digest AS "licenseTextDigest", d.reason, d.actor,
  d.decided_at AS "decidedAt", d.withdrawn_at AS "withdrawnAt", d.withdrawn_by AS "withdrawnBy", d.withdrawn_reason AS "withdrawnReason"`;

export function licenseRecords(pool: pg.Pool, clock: Clock): LicenseRecords {
  return {
    licenseTexts: (sources) => rows(pool, `
      SELECT source_sha256 AS "sourceSha256", path, text_sha256 AS "textSha256", size_bytes AS "sizeBytes", license_id AS "licenseId"
      FROM license_texts WHERE source_sha256 = ANY($1::text[]) ORDER BY source_sha256 COLLATE "C", path COLLATE "C"`, [sources]),
    recordLicenseTexts: (texts) => recordLicenseTexts(pool, clock, texts),
    recordDecision: (decision) => recordDecision(pool, clock, decision),
    withdrawDecision: (id, withdrawal) => withdrawDecision(pool, id, withdrawal),
    decisions: ({ packages, includeWithdrawn = false } = {}) => rows(pool, `
      SELECT ${DECISION_COLUMNS} FROM license_decisions d
      WHERE ($1::text[] IS NULL OR d.package = ANY($1)) AND ($2 OR d.withdrawn_at IS NULL) ORDER BY d.decided_at, d.id`, [packages ?? null, includeWithdrawn]),
  };
}

/** In the order of the key: two builds that record the same texts at once would wait for each other otherwise. */
async function recordLicenseTexts(sql: Sql, clock: Clock, texts: readonly RecordedLicenseText[]): Promise<void> {
  const sorted = texts.toSorted((a, b) => compareText(a.sourceSha256, b.sourceSha256) || compareText(a.path, b.path));
  await touched(sql, `
    INSERT INTO license_texts (captured_at, source_sha256, path, text_sha256, size_bytes, license_id)
    SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::int8[], $6::text[]) ON CONFLICT DO NOTHING`,
  [clock.now(), ...columnsOf(sorted, (text) => text.sourceSha256, ({ path }) => path, ({ textSha256 }) => textSha256, ({ sizeBytes }) => sizeBytes, ({ licenseId }) => licenseId)]);
}

async function recordDecision(sql: Sql, clock: Clock, decision: NewLicenseDecision): Promise<{ id: string; decidedAt: Date }> {
  const { kind, package: name, expression, decided, sourceDigest, licenseTextDigest, reason, actor } = decision;
  demandWords({ package: name, expression, decided, reason, actor });
  const id = uuidV7(clock);
  const decidedAt = clock.now();
  await touched(sql, `
    INSERT INTO license_decisions (id, kind, package, expression, decided, source_digest, license_text_digest, reason, actor, decided_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, [id, kind, name, expression, decided, sourceDigest, licenseTextDigest, reason, actor, decidedAt]);
  return { id, decidedAt };
}

async function withdrawDecision(sql: Sql, id: string, { by, reason, at }: { by: string; reason: string; at: Date }): Promise<void> {
  demandWords({ by, reason });
  const done = await touched(sql, `
    UPDATE license_decisions SET withdrawn_at = $2, withdrawn_by = $3, withdrawn_reason = $4 WHERE id = $1 AND withdrawn_at IS NULL`, [id, at, by, reason]);
  if (done > 0) return;
  if (await row(sql, 'SELECT FROM license_decisions WHERE id = $1', [id]) === undefined) throw new Failure('RECORDS.UNKNOWN', `no license decision ${id} is on record`);
  throw new Failure('RECORDS.STALE', `license decision ${id} is withdrawn already`);
}

function demandWords(words: Readonly<Record<string, string>>): void {
  for (const [place, text] of Object.entries(words)) {
    if (text.trim() === '') throw new Failure('RECORDS.BAD_DECISION', `a license decision says its ${place}`, { place });
  }
}
