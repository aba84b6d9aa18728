import type { BuildDocumentDetail, BuildDocumentFormat, BuildDocumentState } from '../build-document-records.ts';
import { componentReads, type ComponentReads } from './component-reads.ts';
import { licenseReads, type LicenseReads } from './license-reads.ts';
import { groupBy, rowsOf, type Database } from './statement.ts';
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

interface PublishedReads {
  /** Newest first, of every inventory that the build ever had; at most a hundred a build. */
  documentsOf(buildIds: readonly string[]): Promise<Map<string, BuildDocumentRow[]>>;
  document(id: string): Promise<BuildDocumentRow | undefined>;
}

/** What builds are made of, and what was made and decided of it. */
export type ContentsReads = ComponentReads & WhereUsedReads & LicenseReads & PublishedReads;

export function contentsReads(database: Database): ContentsReads {
  return {
    ...componentReads(database), ...whereUsedReads(database), ...licenseReads(database),
    documentsOf: async (ids) => groupBy(await rowsOf<BuildDocumentRow>(database, DOCUMENTS_OF, [ids]), ({ buildId }) => buildId, ids),
    document: async (id) => (await rowsOf<BuildDocumentRow>(database, DOCUMENT_BY_ID, [id]))[0],
  };
}
