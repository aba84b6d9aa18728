import { groupBy, readPages, rowsOf, type Database, type ListCondition, type ListShape, type Page } from './statement.ts';

/** A statement without its payload, which may be megabytes. */
export interface StatementRow {
  payloadSha256: string;
  payloadType: string;
  predicateType: string;
  buildId: string | null;
  definitionDigest: string | null;
  origin: 'own' | 'imported';
  sizeBytes: number;
  recordedAt: Date;
  /** Sorted. */
  keyIds: string[];
  /** Where the log speaks of it; null until it does. */
  logIndex: number | null;
  loggedAt: Date | null;
}

/** A statement as it speaks of one subject. */
export interface SubjectStatementRow extends StatementRow { digest: string; subjectName: string; verdict: string | null }

export interface SubjectRow { payloadSha256: string; sha256: string; name: string; verdict: string | null }
export interface SignatureRow { payloadSha256: string; keyId: string; signature: Buffer }
export interface PayloadRow { payloadSha256: string; payloadType: string; predicateType: string; payload: Buffer; keyIds: string[]; signatures: Buffer[] }

const COLUMNS = `s.payload_sha256 AS "payloadSha256", s.payload_type AS "payloadType", s.predicate_type AS "predicateType", s.build_id AS "buildId",
  s.definition_digest AS "definitionDigest", s.origin, s.recorded_at AS "recordedAt",
  ARRAY(SELECT g.key_id FROM statement_signatures g WHERE g.payload_sha256 = s.payload_sha256 ORDER BY g.key_id) AS "keyIds",
  l.index::float8 AS "logIndex", l.logged_at AS "loggedAt"`;
const STATEMENT = `${COLUMNS}, octet_length(s.payload) AS "sizeBytes"`;
const LOGGED = 'LEFT JOIN LATERAL (SELECT e.index, e.logged_at FROM log_entries e WHERE e.about = s.payload_sha256 ORDER BY e.index LIMIT 1) l ON true';
/** The size is taken inside: a payload that got out of there would be read. */
const BY_SUBJECT = {
  name: 'statements by subject', text: `SELECT d.digest, s.name AS "subjectName", s.verdict, ${COLUMNS}, s.size_bytes AS "sizeBytes" FROM unnest($1::text[]) AS d(digest)
    CROSS JOIN LATERAL (SELECT j.name, j.verdict, o.payload_sha256, o.payload_type, o.predicate_type, o.build_id, o.definition_digest, o.origin, o.recorded_at, octet_length(o.payload) AS size_bytes
      FROM statement_subjects j JOIN statements o ON o.payload_sha256 = j.payload_sha256
      WHERE j.sha256 = d.digest AND ($3::text IS NULL OR o.predicate_type = $3) ORDER BY o.recorded_at DESC, j.payload_sha256 DESC, j.name LIMIT $2::int) s ${LOGGED}
    ORDER BY s.recorded_at DESC, s.payload_sha256 DESC, s.name`,
};
const BY_DIGEST = { name: 'statements by digest', text: `SELECT ${STATEMENT} FROM statements s ${LOGGED} WHERE s.payload_sha256 = ANY($1::text[])` };
const OF_BUILDS: ListShape & { parent: string } = {
  name: 'statements of builds', select: `${STATEMENT}, s.recorded_at AS "k0", s.payload_sha256 AS "k1"`, from: `statements s ${LOGGED}`, parent: 's.build_id',
  order: [{ column: 's.recorded_at', type: 'timestamptz' }, { column: 's.payload_sha256', type: 'text' }], direction: 'DESC',
};
const SUBJECTS = {
  name: 'subjects of statements', text: `SELECT d.digest AS "payloadSha256", j.sha256, j.name, j.verdict FROM unnest($1::text[]) AS d(digest)
    CROSS JOIN LATERAL (SELECT j.sha256, j.name, j.verdict FROM statement_subjects j WHERE j.payload_sha256 = d.digest ORDER BY j.name, j.sha256 LIMIT $2::int) j ORDER BY j.name, j.sha256`,
};
const SIGNATURES = {
  name: 'signatures of statements', text: `SELECT g.payload_sha256 AS "payloadSha256", g.key_id AS "keyId", g.signature FROM statement_signatures g
    WHERE g.payload_sha256 = ANY($1::text[]) ORDER BY g.key_id`,
};
const PAYLOADS = {
  name: 'payloads of statements', text: `SELECT s.payload_sha256 AS "payloadSha256", s.payload_type AS "payloadType", s.predicate_type AS "predicateType", s.payload,
    ARRAY(SELECT g.key_id FROM statement_signatures g WHERE g.payload_sha256 = s.payload_sha256 ORDER BY g.key_id) AS "keyIds",
    ARRAY(SELECT g.signature FROM statement_signatures g WHERE g.payload_sha256 = s.payload_sha256 ORDER BY g.key_id) AS signatures
    FROM statements s WHERE s.payload_sha256 = ANY($1::text[])`,
};

export interface StatementFilter { predicateType?: string; origin?: 'own' | 'imported' }

export interface EvidenceReads {
  /** Newest first, at most `limit` for each digest. */
  bySubject(digests: readonly string[], limit: number, predicateType?: string): Promise<Map<string, SubjectStatementRow[]>>;
  byDigest(payloadSha256s: readonly string[]): Promise<StatementRow[]>;
  /** Newest first. */
  ofBuilds(buildIds: readonly string[], filter: StatementFilter, page: Page): Promise<Map<string, StatementRow[]>>;
  /** By name, at most `limit` for each statement. */
  subjectsOf(payloadSha256s: readonly string[], limit: number): Promise<Map<string, SubjectRow[]>>;
  signaturesOf(payloadSha256s: readonly string[]): Promise<Map<string, SignatureRow[]>>;
  /** The signed bytes; keys and signatures side by side. */
  payloads(payloadSha256s: readonly string[]): Promise<PayloadRow[]>;
}

export function evidenceReads(database: Database): EvidenceReads {
  return {
    bySubject: async (digests, limit, predicateType) =>
      groupBy(await rowsOf<SubjectStatementRow>(database, BY_SUBJECT, [digests, limit, predicateType ?? null]), (row) => row.digest, digests),
    byDigest: (digests) => rowsOf(database, BY_DIGEST, [digests]),
    ofBuilds: (ids, filter, page) => readPages<StatementRow & { parentKey: string }>(database, OF_BUILDS, ids, conditionsOf(filter), page),
    subjectsOf: async (digests, limit) => groupBy(await rowsOf<SubjectRow>(database, SUBJECTS, [digests, limit]), (row) => row.payloadSha256, digests),
    signaturesOf: async (digests) => groupBy(await rowsOf<SignatureRow>(database, SIGNATURES, [digests]), (row) => row.payloadSha256, digests),
    payloads: (digests) => rowsOf(database, PAYLOADS, [digests]),
  };
}

function conditionsOf({ predicateType, origin }: StatementFilter): ListCondition[] {
  return [
    ...(predicateType === undefined ? [] : [{ tag: 'predicate', sql: 's.predicate_type = ?', values: [predicateType] }]),
    ...(origin === undefined ? [] : [{ tag: 'origin', sql: 's.origin = ?', values: [origin] }]),
  ];
}
