import type { BuildRow, InputRow, PackageRow } from '../records/reads/build-reads.ts';
import type { CatalogVersionRow } from '../records/reads/catalog-reads.ts';
import type { ConfigurationRow, RevisionRow } from '../records/reads/configuration-reads.ts';
import type { FileRow } from '../records/reads/file-reads.ts';
import type { StepRow } from '../records/reads/step-reads.ts';
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
