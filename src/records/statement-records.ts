import type pg from 'pg';

import type { Clock } from '../foundation/clock.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { columnsOf, inTransaction, rows, touched, type Sql } from './sql.ts';

export interface StatementSignature {
  /** sha256 of the key's SPKI. */
  keyId: string;
  /** 64 bytes. */
  signature: Uint8Array;
}

export interface StatementSubject {
  sha256: Sha256;
  name: string;
  /** What a rebuild statement says of it. */
  verdict?: string;
}

export interface NewStatement {
  payloadType: string;
  /** The signed bytes, never written anew; at most 8 MiB. */
  payload: Uint8Array;
  predicateType: string;
  /** The build of this record that it is about. */
  buildId?: string;
  definitionDigest?: Sha256;
  origin: 'own' | 'imported';
  /** Verified by the caller. */
  signatures: readonly StatementSignature[];
  subjects: readonly StatementSubject[];
  /** What it names and the store must keep for it. */
  blobs?: readonly { name: string; sha256: Sha256 }[];
}

export interface RecordedStatement {
  payloadSha256: Sha256;
  payloadType: string;
  payload: Buffer;
  predicateType: string;
  buildId: string | null;
  definitionDigest: Sha256 | null;
  origin: 'own' | 'imported';
  recordedAt: Date;
  /** By key. */
  signatures: { keyId: string; signature: Buffer }[];
  /** By digest, then name. */
  subjects: { sha256: Sha256; name: string; verdict: string | null }[];
}

export interface StatementRecords {
  /** The same payload again adds only signatures that are new. */
  recordStatement(statement: NewStatement): Promise<{ payloadSha256: Sha256; unchanged: boolean }>;
  statement(payloadSha256: Sha256): Promise<RecordedStatement | undefined>;
  /** In no order. */
  statements(payloadSha256s: readonly Sha256[]): Promise<RecordedStatement[]>;
  /** Oldest first. */
  statementsBySubject(digest: Sha256, predicateType?: string): Promise<RecordedStatement[]>;
  /** Oldest first. */
  statementsOfBuild(buildId: string, predicateType?: string): Promise<RecordedStatement[]>;
  /** Statements that the log does not have, oldest first: what a kill left between record and log. */
  unlogged(limit: number): Promise<Sha256[]>;
  /** Every statement by its digest, in order: for fsck. */
  allDigests(): AsyncIterable<Sha256>;
}

export function statementRecords(pool: pg.Pool, clock: Clock): StatementRecords {
  const ordered = 'ORDER BY s.recorded_at, s.payload_sha256';
  return {
    recordStatement: (statement) => inTransaction(pool, (sql) => recordStatement(sql, clock, statement)),
    statement: async (digest) => (await read(pool, 'WHERE s.payload_sha256 = $1', [digest]))[0],
    statements: (digests) => read(pool, 'WHERE s.payload_sha256 = ANY($1::text[])', [digests]),
    statementsBySubject: (digest, predicateType) => read(pool, `WHERE s.payload_sha256 IN (SELECT j.payload_sha256 FROM statement_subjects j WHERE j.sha256 = $1)
      AND ($2::text IS NULL OR s.predicate_type = $2) ${ordered}`, [digest, predicateType ?? null]),
    statementsOfBuild: (buildId, predicateType) => read(pool, `WHERE s.build_id = $1 AND ($2::text IS NULL OR s.predicate_type = $2) ${ordered}`, [buildId, predicateType ?? null]),
    unlogged: async (limit) => (await rows<{ digest: Sha256 }>(pool, `
      SELECT s.payload_sha256 AS digest FROM statements s WHERE NOT EXISTS (SELECT FROM log_entries l WHERE l.about = s.payload_sha256)
      ${ordered} LIMIT $1`, [limit])).map(({ digest }) => digest),
    allDigests: () => allDigests(pool),
  };
}

async function recordStatement(sql: Sql, clock: Clock, statement: NewStatement): Promise<{ payloadSha256: Sha256; unchanged: boolean }> {
  const { payloadType, payload, predicateType, buildId, definitionDigest, origin } = statement;
  const payloadSha256 = sha256(payload);
  const now = clock.now();
  const made = await touched(sql, `
    INSERT INTO statements (payload_sha256, payload_type, payload, predicate_type, build_id, definition_digest, origin, recorded_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`,
  [payloadSha256, payloadType, Buffer.from(payload), predicateType, buildId ?? null, definitionDigest ?? null, origin, now]);
  // The subjects are the payload's: known payload, known subjects.
  if (made > 0) await insertSubjects(sql, payloadSha256, statement);
  const signed = await touched(sql, `
    INSERT INTO statement_signatures (payload_sha256, key_id, signature, recorded_at)
    SELECT $1, given.key_id, given.signature, $4 FROM unnest($2::text[], $3::bytea[]) AS given(key_id, signature) ON CONFLICT DO NOTHING`,
  [payloadSha256, ...columnsOf(statement.signatures, ({ keyId }) => keyId, ({ signature }) => Buffer.from(signature)), now]);
  return { payloadSha256, unchanged: made + signed === 0 };
}

async function insertSubjects(sql: Sql, payloadSha256: Sha256, { subjects, blobs = [] }: NewStatement): Promise<void> {
  await touched(sql, `INSERT INTO statement_subjects (payload_sha256, sha256, name, verdict) SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING`,
    [payloadSha256, ...columnsOf(subjects, (subject) => subject.sha256, ({ name }) => name, ({ verdict }) => verdict ?? null)]);
  await touched(sql, 'INSERT INTO statement_blobs (payload_sha256, name, sha256) SELECT $1, * FROM unnest($2::text[], $3::text[])',
    [payloadSha256, ...columnsOf(blobs, ({ name }) => name, (blob) => blob.sha256)]);
}

interface Row extends Omit<RecordedStatement, 'signatures'> { keyIds: string[]; signatures: Buffer[] }

const SELECT = `
  SELECT s.payload_sha256 AS "payloadSha256", s.payload_type AS "payloadType", s.payload, s.predicate_type AS "predicateType", s.build_id AS "buildId",
    s.definition_digest AS "definitionDigest", s.origin, s.recorded_at AS "recordedAt", signed.key_ids AS "keyIds", signed.signatures, about.subjects
  FROM statements s
  CROSS JOIN LATERAL (SELECT coalesce(array_agg(g.key_id ORDER BY g.key_id), '{}') AS key_ids, coalesce(array_agg(g.signature ORDER BY g.key_id), '{}') AS signatures
    FROM statement_signatures g WHERE g.payload_sha256 = s.payload_sha256) signed
  CROSS JOIN LATERAL (SELECT coalesce(jsonb_agg(jsonb_build_object('sha256', j.sha256, 'name', j.name, 'verdict', j.verdict) ORDER BY j.sha256, j.name), '[]') AS subjects
    FROM statement_subjects j WHERE j.payload_sha256 = s.payload_sha256) about`;

async function read(sql: Sql, where: string, values: readonly unknown[]): Promise<RecordedStatement[]> {
  const found = await rows<Row>(sql, `${SELECT} ${where}`, values);
  return found.map(({ keyIds, signatures, ...statement }) => ({ ...statement, signatures: keyIds.map((keyId, i) => ({ keyId, signature: signatures[i]! })) }));
}

const PAGE = 10_000;

async function* allDigests(sql: Sql): AsyncGenerator<Sha256> {
  for (let after = '';;) {
    const page = await rows<{ digest: Sha256 }>(sql, 'SELECT payload_sha256 AS digest FROM statements WHERE payload_sha256 > $1 ORDER BY payload_sha256 LIMIT $2', [after, PAGE]);
    yield* page.map(({ digest }) => digest);
    if (page.length < PAGE) return;
    after = page.at(-1)!.digest;
  }
}
