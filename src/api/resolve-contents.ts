import { Failure } from '../foundation/failure.ts';
import type { BuildDocumentDetail } from '../records/build-document-records.ts';
import type { BuildRow, PackageRow } from '../records/reads/build-reads.ts';
import type { ComponentRow, CurrentInventoryRow } from '../records/reads/component-reads.ts';
import type { BuildDocumentRow } from '../records/reads/contents-reads.ts';
import type { LicenseTextRow } from '../records/reads/license-reads.ts';
import type { WhereUsedQuestion, WhereUsedRow } from '../records/reads/where-used-reads.ts';
import { byKey } from './batches.ts';
import { childConnection } from './child-list.ts';
import type { Context } from './context.ts';
import { BILLS, gatesOf, standingDocument, type BillFormat, type GateVerdict } from './handed-out.ts';
import { COMPONENT_LIST, WHERE_USED_LIST } from './lists.ts';
import { present } from './mutation-input.ts';
import { nodeId } from './node-ids.ts';
import { checkedFirst, connectionOf, pageOf, type PageArguments } from './page.ts';
import { buildById, type OwnedFile } from './resolve-build.ts';
import { statementByDigest } from './resolve-evidence.ts';
import { safeName, safeValue } from './safe-text.ts';

/** With what only the whole list tells. */
interface ShownDocument extends BuildDocumentRow { current: boolean; standing: boolean }

const SBOM_FORMATS = { CYCLONEDX_1_7: 'cyclonedx-1.7', CYCLONEDX_1_6: 'cyclonedx-1.6', SPDX_3_0_1: 'spdx-3.0.1', SPDX_2_3: 'spdx-2.3' } as const satisfies Record<string, BillFormat>;
const SBOM_DETAILS = { PACKAGES: 'packages', FILES: 'files' } as const satisfies Record<string, BuildDocumentDetail>;

export function inventoryOf(context: Context, buildId: string): Promise<CurrentInventoryRow | undefined> {
  return context.batches.one('current inventory', buildId, (ids) => context.reads.contents.currentInventory(ids));
}

/** By the name and kind that it has in the inventory that counts; `batch` is the field that asks. */
async function componentOf(context: Context, batch: string, buildId: string, kind: string, name: string): Promise<ComponentRow | null> {
  const inventoryDigest = (await inventoryOf(context, buildId))?.digest;
  if (inventoryDigest === undefined) return null;
  return await context.batches.one(`component of ${batch}`, JSON.stringify([inventoryDigest, kind, name]), async (keys) => {
    const names = keys.map((key) => { const [digest, ...rest] = JSON.parse(key) as [string, string, string]; return { inventoryDigest: digest, kind: rest[0], name: rest[1] }; });
    return byKey(await context.reads.contents.componentsNamed(names), (row) => JSON.stringify([row.inventoryDigest, row.kind, row.name]));
  }) ?? null;
}

type ComponentArguments = PageArguments & { scope?: string | null; kind?: string | null; nameContains?: string | null; license?: string | null; purl?: string | null };

async function componentsOf({ id }: BuildRow, given: ComponentArguments, context: Context): Promise<unknown> {
  const digest = (await inventoryOf(context, id))?.digest;
  if (digest === undefined) return connectionOf(COMPONENT_LIST, [], pageOf(COMPONENT_LIST, given, context.cursors, context.limits.pageSize), context.cursors);
  const { scope, kind, nameContains, license, purl } = given;
  return childConnection(context, COMPONENT_LIST, digest, given, JSON.stringify([scope, kind, nameContains, license, purl]), (digests, page) =>
    context.reads.contents.componentsOf(digests, present({ scope, kind, nameContains, license, purl }), page));
}

async function documentsOf({ id }: BuildRow, context: Context): Promise<ShownDocument[]> {
  const [rows = [], inventory] = await Promise.all([context.batches.one('documents', id, (ids) => context.reads.contents.documentsOf(ids)), inventoryOf(context, id)]);
  return rows.map((row) => ({ ...row, current: row.inventoryDigest === inventory?.digest, standing: standingDocument(rows, inventory?.digest, row.format, row.detail) === row }));
}

/** The address by name for what that gives; another by its digest. */
function urlOf({ buildId, state, format, detail, sha256, signedSha256, standing }: ShownDocument, { address }: Context): string | null {
  if (state !== 'PUBLISHED') return null;
  if (format === 'legal-info' || !standing) return `${address}/blobs/sha256/${signedSha256 ?? sha256}`;
  const { file, version } = BILLS[format];
  const first = Object.values(BILLS).find((bill) => bill.file === file)!.version;
  const query = [...(detail === 'packages' ? [] : [`detail=${detail}`]), ...(version === first ? [] : [`version=${version}`])].join('&');
  return `${address}/builds/${nodeId('Build', buildId)}/${file}${query === '' ? '' : `?${query}`}`;
}

type WhereUsedArguments = PageArguments & { purl?: string | null; cpe?: string | null; sourceSha256?: string | null; fileSha256?: string | null; license?: string | null };

async function whereUsed(given: WhereUsedArguments, context: Context): Promise<unknown> {
  const { purl, cpe, sourceSha256, fileSha256, license } = given;
  const question = present({ purl, cpe, sourceSha256, fileSha256, license });
  const keys = Object.keys(question);
  if (keys.length !== 1) throw new Failure('API.BAD_REQUEST', `give exactly one of purl, cpe, sourceSha256, fileSha256 and license; ${keys.length === 0 ? 'none is' : `${keys.join(' and ')} are`} given`);
  const page = pageOf(WHERE_USED_LIST, given, context.cursors, context.limits.pageSize);
  return connectionOf(WHERE_USED_LIST, await context.reads.contents.whereUsed(question as WhereUsedQuestion, page), page, context.cursors);
}

async function licenseTextsOf({ sourceSha256s }: ComponentRow, context: Context): Promise<LicenseTextRow[]> {
  const all = await Promise.all(sourceSha256s.map((source) => context.batches.one('license texts', source, (sources) => context.reads.contents.licenseTextsOf(sources))));
  return all.flatMap((texts) => texts ?? []);
}

export const CONTENTS_RESOLVERS = {
  SbomFormat: SBOM_FORMATS,
  SbomDetail: SBOM_DETAILS,
  DocumentFormat: { ...SBOM_FORMATS, LEGAL_INFO: 'legal-info' },
  DocumentDetail: { ...SBOM_DETAILS, SANDBOX: 'sandbox' },
  ComponentKind: { IMAGE: 'image', ROOT_FILE_SYSTEM: 'root-file-system', PACKAGE: 'package', RUNTIME_COMPONENT: 'runtime-component', GENERATOR: 'generator' },
  ComponentScope: { SHIPS: 'ships', BUILD: 'build', HOST: 'host', TOOLCHAIN: 'toolchain', SANDBOX: 'sandbox' },
  OwnerKind: { PACKAGE: 'package', TABLE: 'table', GENERATOR: 'generator' },
  Query: {
    whereUsed: (_: unknown, given: WhereUsedArguments, context: Context) => whereUsed(given, context),
  },
  Build: {
    inventory: (row: BuildRow, _: unknown, context: Context) => inventoryOf(context, row.id),
    components: (row: BuildRow, given: ComponentArguments, context: Context) => componentsOf(row, given, context),
    documents: async (row: BuildRow, { superseded }: { superseded: boolean }, context: Context) => (await documentsOf(row, context)).filter(({ current }) => superseded || current),
    sbom: async (row: BuildRow, { format, detail }: { format: BillFormat; detail: BuildDocumentDetail }, context: Context) =>
      (await documentsOf(row, context)).find((each) => each.standing && each.format === format && each.detail === detail) ?? null,
  },
  BuildInventory: {
    url: ({ digest }: CurrentInventoryRow, _: unknown, { address }: Context) => `${address}/blobs/sha256/${digest}`,
    counts: ({ buildId }: CurrentInventoryRow, _: unknown, context: Context) => context.batches.one('component counts', buildId, (ids) => context.reads.contents.componentCounts(ids)),
  },
  Component: {
    name: ({ name }: ComponentRow) => safeValue(name),
    version: ({ version }: ComponentRow) => safeValue(version),
    license: ({ license }: ComponentRow) => safeValue(license),
    licenses: ({ licenses }: ComponentRow) => safeValue(licenses),
    purls: ({ purls }: ComponentRow) => safeValue(purls),
    cpes: ({ cpes }: ComponentRow) => safeValue(cpes),
    licenseTexts: (row: ComponentRow, _: unknown, context: Context) => licenseTextsOf(row, context),
  },
  LicenseText: {
    path: ({ path }: LicenseTextRow) => safeName(Buffer.from(path, 'utf8')),
    sha256: ({ textSha256 }: LicenseTextRow) => textSha256,
    url: ({ textSha256 }: LicenseTextRow, _: unknown, { address }: Context) => textSha256 === null ? null : `${address}/blobs/sha256/${textSha256}`,
  },
  Package: {
    component: (row: PackageRow, _: unknown, context: Context) => componentOf(context, 'package', row.buildId, 'package', row.name),
  },
  File: {
    ownership: (row: OwnedFile) => row,
  },
  FileOwner: {
    kind: ({ ownerKind }: OwnedFile) => ownerKind,
    name: ({ owner }: OwnedFile) => owner,
    reason: ({ ownerReason }: OwnedFile) => ownerReason,
    component: ({ buildId, ownerKind, owner }: OwnedFile, _: unknown, context: Context) => componentOf(context, 'owner', buildId, ownerKind === 'generator' ? 'generator' : 'package', owner),
  },
  BuildDocument: {
    url: (row: ShownDocument, _: unknown, context: Context) => urlOf(row, context),
    statement: ({ statementSha256 }: ShownDocument, _: unknown, context: Context) => statementSha256 === null ? null : statementByDigest(context, statementSha256),
    signatureUrl: ({ statementSha256 }: ShownDocument, _: unknown, { address }: Context) => statementSha256 === null ? null : `${address}/attestations/${statementSha256}`,
    gates: ({ gates }: ShownDocument) => safeValue(gatesOf(gates)),
  },
  DocumentGate: {
    findingCount: ({ findings }: GateVerdict) => findings.length,
    findings: ({ findings }: GateVerdict, { first }: { first: number }, { limits }: Context) => findings.slice(0, checkedFirst(first, limits.pageSize)),
  },
  WhereUsed: {
    build: ({ buildId }: WhereUsedRow, _: unknown, context: Context) => buildById(context, buildId),
    componentName: ({ componentName }: WhereUsedRow) => safeValue(componentName),
    componentVersion: ({ componentVersion }: WhereUsedRow) => safeValue(componentVersion),
    path: ({ path }: WhereUsedRow) => path === null ? null : safeName(path),
  },
};
