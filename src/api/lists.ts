import type { BuildRow, InputRow, PackageRow } from '../records/reads/build-reads.ts';
import type { CatalogVersionRow } from '../records/reads/catalog-reads.ts';
import type { ComponentRow } from '../records/reads/component-reads.ts';
import type { ComparisonDetailRow } from '../records/reads/comparison-reads.ts';
import type { ConfigurationRow, RevisionRow } from '../records/reads/configuration-reads.ts';
import type { StatementRow } from '../records/reads/evidence-reads.ts';
import type { FileRow } from '../records/reads/file-reads.ts';
import type { LicenseDecisionRow } from '../records/reads/license-reads.ts';
import type { QuarantineRow, ReleaseRow } from '../records/reads/release-reads.ts';
import type { StepRow } from '../records/reads/step-reads.ts';
import type { TimelineRow } from '../records/reads/timeline-reads.ts';
import type { VariationDetailRow, VerificationDetailRow } from '../records/reads/verification-reads.ts';
import type { WhereUsedRow } from '../records/reads/where-used-reads.ts';
import type { UploadRow } from '../records/upload-records.ts';
import type { ListKind } from './page.ts';

/** Each list's order columns, as the statement behind it orders. */
export const BUILD_LIST: ListKind<BuildRow> = { name: 'builds', keyOf: (row) => [row.id] };
export const CONFIGURATION_LIST: ListKind<ConfigurationRow> = { name: 'configurations', keyOf: (row) => [row.name] };
export const REVISION_LIST: ListKind<RevisionRow> = { name: 'revisions', keyOf: (row) => [row.number] };
export const VERSION_LIST: ListKind<CatalogVersionRow> = { name: 'versions', keyOf: (row) => [row.sequence] };
export const STEP_LIST: ListKind<StepRow> = { name: 'steps', keyOf: (row) => [row.position] };
export const PACKAGE_LIST: ListKind<PackageRow> = { name: 'packages', keyOf: (row) => [row.name] };
export const INPUT_LIST: ListKind<InputRow> = { name: 'inputs', keyOf: (row) => [row.role, row.name] };
export const FILE_LIST: ListKind<FileRow> = {
  name: 'files', keyOf: (row) => [row.path.toString('base64')], toColumns: ([path]) => [Buffer.from(String(path), 'base64')],
};
export const STATEMENT_LIST: ListKind<StatementRow> = { name: 'statements', keyOf: (row) => [row.recordedAt.toISOString(), row.payloadSha256] };
export const VERIFICATION_LIST: ListKind<VerificationDetailRow> = { name: 'verifications', keyOf: (row) => [row.id] };
export const VARIATION_LIST: ListKind<VariationDetailRow> = { name: 'variations', keyOf: (row) => [row.id] };
export const RELEASE_LIST: ListKind<ReleaseRow> = { name: 'releases', keyOf: (row) => [row.id] };
export const QUARANTINE_LIST: ListKind<QuarantineRow> = { name: 'quarantines', keyOf: (row) => [row.id] };
export const TIMELINE_LIST: ListKind<TimelineRow> = { name: 'timeline', keyOf: (row) => [row.at.toISOString(), row.kind, row.reference] };
export const DECISION_LIST: ListKind<LicenseDecisionRow> = { name: 'license decisions', keyOf: (row) => [row.id] };
export const COMPONENT_LIST: ListKind<ComponentRow> = { name: 'components', keyOf: (row) => [row.name, row.ref] };
export const UPLOAD_LIST: ListKind<UploadRow> = { name: 'uploads', keyOf: (row) => [row.id] };
export const COMPARISON_LIST: ListKind<ComparisonDetailRow> = { name: 'comparisons', keyOf: (row) => [row.id] };
export const WHERE_USED_LIST: ListKind<WhereUsedRow> = { name: 'where used', keyOf: (row) => [row.buildId, row.place] };
