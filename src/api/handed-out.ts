import { Failure } from '../foundation/failure.ts';
import type { Finding } from '../foundation/finding.ts';
import type { BuildDocumentDetail, BuildDocumentFormat } from '../records/build-document-records.ts';
import type { BuildDocumentRow } from '../records/reads/contents-reads.ts';

/** A bill of materials as REST addresses have it; `signed` is the form that is handed out unless the other is asked for. */
export interface BillAddress { file: string; type: string; version: string }

export type BillFormat = Exclude<BuildDocumentFormat, 'legal-info'>;

/** The first of each file is what is meant where no version is asked for. */
export const BILLS: Readonly<Record<BillFormat, BillAddress>> = {
  'cyclonedx-1.7': { file: 'sbom.cdx.json', type: 'application/vnd.cyclonedx+json', version: '1.7' },
  'cyclonedx-1.6': { file: 'sbom.cdx.json', type: 'application/vnd.cyclonedx+json', version: '1.6' },
  'spdx-3.0.1': { file: 'sbom.spdx3.json', type: 'application/spdx+json', version: '3.0.1' },
  'spdx-2.3': { file: 'sbom.spdx.json', type: 'application/spdx+json', version: '2.3' },
};

/**
 * The document that stands for a build: of the inventory that counts before any other, newer before older; one that no gate
 * has judged yet only where there is no other. `rows`: newest first.
 */
export function standingDocument(rows: readonly BuildDocumentRow[], current: string | undefined, format: BuildDocumentFormat, detail: BuildDocumentDetail): BuildDocumentRow | undefined {
  const made = rows.filter((row) => row.format === format && row.detail === detail);
  const ordered = [...made.filter((row) => row.inventoryDigest === current), ...made.filter((row) => row.inventoryDigest !== current)];
  return ordered.find(({ state }) => state !== 'MADE') ?? ordered[0];
}

/** Throws API.NOT_PUBLISHED, API.DOCUMENT_REFUSED. */
export function publishedDocument(row: BuildDocumentRow | undefined): BuildDocumentRow {
  if (row?.state === 'PUBLISHED') return row;
  if (row?.state !== 'REFUSED') throw new Failure('API.NOT_PUBLISHED', row === undefined ? 'the build has no such document' : 'the document is made, and no gate has judged it yet');
  const refusals = gatesOf(row.gates).filter(({ passed }) => !passed).map(({ gate, findings }) => `${gate} (${findings.length} findings)`);
  throw new Failure('API.DOCUMENT_REFUSED', `the document was refused by: ${refusals.join(', ')}`);
}

export interface GateVerdict { gate: string; passed: boolean; findings: readonly Finding[] }

/** What each gate said, as it is on record. */
export function gatesOf(recorded: unknown): GateVerdict[] {
  return (Array.isArray(recorded) ? recorded as Partial<GateVerdict>[] : []).map(({ gate = '', passed = false, findings = [] }) => ({ gate, passed, findings }));
}
