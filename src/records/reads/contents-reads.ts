import type { BuildDocumentDetail, BuildDocumentFormat, BuildDocumentState } from '../build-document-records.ts';
import type { PolicyOutcome } from '../contents-records.ts';
import { DECISION_COLUMNS, type LicenseDecisionKind, type RecordedLicenseDecision } from '../license-records.ts';
import { componentReads, type ComponentReads } from './component-reads.ts';
import { groupBy, readPage, rowsOf, type Database, type ListCondition, type ListShape, type Page } from './statement.ts';
import { whereUsedReads, type WhereUsedReads } from './where-used-reads.ts';

export interface BuildDocumentRow {
  id: string;
  buildId: string;
  inventoryDigest: string;
  format: BuildDocumentFormat;
  detail: BuildDocumentDetail;
  sha256: string;
  sizeBytes: number;
  /** With a signature inside. */
  signedSha256: string | null;
  signedSizeBytes: number | null;
  statementSha256: string | null;
  state: BuildDocumentState;
  /** What each gate said. */
  gates: unknown;
  createdAt: Date;
  publishedAt: Date | null;
}

export interface PolicyReportRow {
  id: string; buildId: string; inventoryDigest: string; policySha256: string; policyName: string; outcome: PolicyOutcome; reportSha256: string; createdAt: Date;
}

export type LicenseDecisionRow = RecordedLicenseDecision;
export interface LicenseDecisionFilter { package?: string; kind?: LicenseDecisionKind; includeWithdrawn?: boolean }

const DOCUMENT = `d.id, d.build_id AS "buildId", d.inventory_digest AS "inventoryDigest", d.format, d.detail, d.sha256, d.size_bytes::float8 AS "sizeBytes",
  d.signed_sha256 AS "signedSha256", d.signed_size_bytes::float8 AS "signedSizeBytes", d.statement_sha256 AS "statementSha256", d.state, d.gates,
  d.created_at AS "createdAt", d.published_at AS "publishedAt"`;
/** Some eight documents an inventory, and a build that has had more than ten inventories shows the newest. */
const MOST_DOCUMENTS = 100;
const DOCUMENTS_OF = {
  name: 'documents of builds', text: `SELECT d.* FROM unnest($1::text[]) AS k(build_id) CROSS JOIN LATERAL (
      SELECT ${DOCUMENT} FROM build_documents d WHERE d.build_id = k.build_id ORDER BY d.id DESC LIMIT ${MOST_DOCUMENTS}) d ORDER BY d.id DESC`,
};
const DOCUMENT_BY_ID = { name: 'document by id', text: `SELECT ${DOCUMENT} FROM build_documents d WHERE d.id = $1` };
const MOST_REPORTS = 100;
const REPORTS_OF = {
  name: 'policy reports of a build', text: `SELECT r.id, r.build_id AS "buildId", r.inventory_digest AS "inventoryDigest", r.policy_sha256 AS "policySha256", r.policy_name AS "policyName",
      r.outcome, r.report_sha256 AS "reportSha256", r.created_at AS "createdAt" FROM policy_reports r WHERE r.build_id = $1 ORDER BY r.id DESC LIMIT ${MOST_REPORTS}`,
};
const DECISIONS: ListShape = {
  name: 'license decisions', select: `${DECISION_COLUMNS}, d.id AS "k0"`, from: 'license_decisions d', order: [{ column: 'd.id', type: 'text' }], direction: 'DESC',
};

interface PublishedReads {
  /** Newest first, of every inventory that the build ever had; at most a hundred a build. */
  documentsOf(buildIds: readonly string[]): Promise<Map<string, BuildDocumentRow[]>>;
  document(id: string): Promise<BuildDocumentRow | undefined>;
  /** Newest first, at most a hundred. */
  policyReports(buildId: string): Promise<PolicyReportRow[]>;
  /** Newest first; without those that were withdrawn unless said. `page.after` is `[id]`. */
  licenseDecisions(page: Page, filter?: LicenseDecisionFilter): Promise<LicenseDecisionRow[]>;
}

/** What builds are made of, and what was made and decided of it. */
export type ContentsReads = ComponentReads & WhereUsedReads & PublishedReads;

export function contentsReads(database: Database): ContentsReads {
  return {
    ...componentReads(database), ...whereUsedReads(database),
    documentsOf: async (ids) => groupBy(await rowsOf<BuildDocumentRow>(database, DOCUMENTS_OF, [ids]), ({ buildId }) => buildId, ids),
    document: async (id) => (await rowsOf<BuildDocumentRow>(database, DOCUMENT_BY_ID, [id]))[0],
    policyReports: (buildId) => rowsOf(database, REPORTS_OF, [buildId]),
    licenseDecisions: (page, filter = {}) => readPage(database, DECISIONS, decisionConditions(filter), page),
  };
}

function decisionConditions({ package: name, kind, includeWithdrawn = false }: LicenseDecisionFilter): ListCondition[] {
  return [
    ...(name === undefined ? [] : [{ tag: 'package', sql: 'd.package = ?', values: [name] }]),
    ...(kind === undefined ? [] : [{ tag: 'kind', sql: 'd.kind = ?', values: [kind] }]),
    ...(includeWithdrawn ? [] : [{ tag: 'standing', sql: 'd.withdrawn_at IS NULL', values: [] }]),
  ];
}
