import type { PolicyOutcome } from '../contents-records.ts';
import { DECISION_COLUMNS, type LicenseDecisionKind, type RecordedLicenseDecision, type RecordedLicenseText } from '../license-records.ts';
import { groupBy, readPage, rowsOf, type Database, type ListCondition, type ListShape, type Page } from './statement.ts';

export interface PolicyReportRow {
  id: string; buildId: string; inventoryDigest: string; policySha256: string; policyName: string; outcome: PolicyOutcome; reportSha256: string; createdAt: Date;
}

export type LicenseTextRow = RecordedLicenseText;
export type LicenseDecisionRow = RecordedLicenseDecision;
export interface LicenseDecisionFilter { package?: string; kind?: LicenseDecisionKind; includeWithdrawn?: boolean }

const REPORT = `r.id, r.build_id AS "buildId", r.inventory_digest AS "inventoryDigest", r.policy_sha256 AS "policySha256", r.policy_name AS "policyName",
  r.outcome, r.report_sha256 AS "reportSha256", r.created_at AS "createdAt"`;
const MOST_REPORTS = 100;
const REPORTS_OF = {
  name: 'policy reports of builds', text: `SELECT r.* FROM unnest($1::text[]) AS k(build_id) CROSS JOIN LATERAL (
      SELECT ${REPORT} FROM policy_reports r WHERE r.build_id = k.build_id ORDER BY r.id DESC LIMIT ${MOST_REPORTS}) r ORDER BY r.id DESC`,
};
const REPORTS_BY_ID = { name: 'policy reports by id', text: `SELECT ${REPORT} FROM policy_reports r WHERE r.id = ANY($1::text[])` };
const DECISIONS: ListShape = {
  name: 'license decisions', select: `${DECISION_COLUMNS}, d.id AS "k0"`, from: 'license_decisions d', order: [{ column: 'd.id', type: 'text' }], direction: 'DESC',
};
const DECISIONS_BY_ID = { name: 'license decisions by id', text: `SELECT ${DECISION_COLUMNS} FROM license_decisions d WHERE d.id = ANY($1::text[])` };
const TEXTS_OF = {
  name: 'license texts of sources', text: `SELECT t.source_sha256 AS "sourceSha256", t.path, t.text_sha256 AS "textSha256", t.size_bytes::float8 AS "sizeBytes", t.license_id AS "licenseId"
    FROM license_texts t WHERE t.source_sha256 = ANY($1::text[]) ORDER BY t.source_sha256 COLLATE "C", t.path COLLATE "C"`,
};

export interface LicenseReads {
  /** Newest first, at most a hundred a build. */
  policyReportsOf(buildIds: readonly string[]): Promise<Map<string, PolicyReportRow[]>>;
  policyReportsById(ids: readonly string[]): Promise<PolicyReportRow[]>;
  /** Newest first; without those that were withdrawn unless said. `page.after` is `[id]`. */
  licenseDecisions(page: Page, filter?: LicenseDecisionFilter): Promise<LicenseDecisionRow[]>;
  licenseDecisionsById(ids: readonly string[]): Promise<LicenseDecisionRow[]>;
  /** By source; by path within one. A file that the archive lacks has no text. */
  licenseTextsOf(sourceSha256s: readonly string[]): Promise<Map<string, LicenseTextRow[]>>;
}

export function licenseReads(database: Database): LicenseReads {
  return {
    policyReportsOf: async (ids) => groupBy(await rowsOf<PolicyReportRow>(database, REPORTS_OF, [ids]), ({ buildId }) => buildId, ids),
    policyReportsById: (ids) => rowsOf(database, REPORTS_BY_ID, [ids]),
    licenseDecisions: (page, filter = {}) => readPage(database, DECISIONS, decisionConditions(filter), page),
    licenseDecisionsById: (ids) => rowsOf(database, DECISIONS_BY_ID, [ids]),
    licenseTextsOf: async (sources) => groupBy(await rowsOf<LicenseTextRow>(database, TEXTS_OF, [sources]), ({ sourceSha256 }) => sourceSha256, sources),
  };
}

function decisionConditions({ package: name, kind, includeWithdrawn = false }: LicenseDecisionFilter): ListCondition[] {
  return [
    ...(name === undefined ? [] : [{ tag: 'package', sql: 'd.package = ?', values: [name] }]),
    ...(kind === undefined ? [] : [{ tag: 'kind', sql: 'd.kind = ?', values: [kind] }]),
    ...(includeWithdrawn ? [] : [{ tag: 'standing', sql: 'd.withdrawn_at IS NULL', values: [] }]),
  ];
}
