import { rowsOf, groupBy, type Database, type Page } from './statement.ts';

/** Something that happened to some bytes, or was said of them. */
export interface TimelineRow {
  digest: string;
  at: Date;
  /** `BUILT`, `STATED`, `LOGGED`, `VERIFICATION_STARTED`, `VERIFICATION_ENDED`, `VARIATION_ENDED`, `RELEASED`, `QUARANTINE_OPENED`, `…_REVIEWED`, `…_CLOSED`. */
  kind: string;
  /** Tells events of one kind apart: the id or digest of what it is about. */
  reference: string;
  /** The outcome, predicate type, or product and version. */
  detail: string | null;
  buildId: string | null;
}

/** Each branch begins at an index on the digest. Statement subjects come from whoever signed: names are not joined on. */
const TIMELINE = {
  name: 'timeline', text: `SELECT d.digest, t.* FROM unnest($1::text[]) AS d(digest) CROSS JOIN LATERAL (
    WITH made AS (SELECT m.build_id, m.name, m.created_at FROM images m WHERE m.sha256 = d.digest),
      said AS (SELECT DISTINCT s.payload_sha256, s.predicate_type, s.recorded_at, s.build_id FROM statement_subjects j JOIN statements s ON s.payload_sha256 = j.payload_sha256 WHERE j.sha256 = d.digest),
      tried AS (SELECT v.* FROM verifications v JOIN said ON said.payload_sha256 = v.statement_sha256),
      exempt AS (SELECT q.* FROM quarantines q WHERE (q.kind = 'digest' AND q.scope = d.digest) OR (q.kind = 'image' AND q.scope IN (SELECT name FROM made)))
    SELECT * FROM (
      SELECT created_at AS at, 'BUILT' AS kind, build_id AS reference, name AS detail, build_id AS "buildId" FROM made
      UNION ALL SELECT recorded_at, 'STATED', payload_sha256, predicate_type, build_id FROM said
      UNION ALL SELECT e.logged_at, 'LOGGED', e.index::text, said.predicate_type, said.build_id FROM said JOIN log_entries e ON e.about = said.payload_sha256
      UNION ALL SELECT created_at, 'VERIFICATION_STARTED', id, operator, build_id FROM tried
      UNION ALL SELECT finished_at, 'VERIFICATION_ENDED', id, coalesce(outcome, state::text), build_id FROM tried WHERE finished_at IS NOT NULL
      UNION ALL SELECT r.finished_at, 'VARIATION_ENDED', r.id, coalesce(r.outcome, r.state::text), r.build_id FROM variation_runs r WHERE r.build_id IN (SELECT build_id FROM made) AND r.finished_at IS NOT NULL
      UNION ALL SELECT r.created_at, 'RELEASED', r.id, r.product || ' ' || r.version, r.build_id FROM releases r WHERE r.build_id IN (SELECT build_id FROM made)
      UNION ALL SELECT opened_at, 'QUARANTINE_OPENED', id, reason, NULL FROM exempt
      UNION ALL SELECT reviewed_at, 'QUARANTINE_REVIEWED', id, reason, NULL FROM exempt WHERE reviewed_at IS NOT NULL
      UNION ALL SELECT closed_at, 'QUARANTINE_CLOSED', id, reason, NULL FROM exempt WHERE closed_at IS NOT NULL
    ) u WHERE ($3::timestamptz IS NULL OR u.at <= $3) AND ($4::timestamptz IS NULL OR (u.at, u.kind, u.reference) > ($4, $5::text, $6::text))
    ORDER BY u.at, u.kind, u.reference LIMIT $2::int
  ) t ORDER BY t.at, t.kind, t.reference`,
};

export interface TimelineReads {
  /** Oldest first, for each digest at most `page.first + 1`; only what was so at `asOf`. `page.after` is `[at, kind, reference]`. */
  of(digests: readonly string[], asOf: Date | undefined, page: Page): Promise<Map<string, TimelineRow[]>>;
}

export function timelineReads(database: Database): TimelineReads {
  return {
    of: async (digests, asOf, { first, after = [null, null, null] }) =>
      groupBy(await rowsOf<TimelineRow>(database, TIMELINE, [digests, first + 1, asOf ?? null, ...after]), (row) => row.digest, digests),
  };
}
