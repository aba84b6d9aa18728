import { billStatement } from '../documents/bill-statement.ts';
import type { Detail, DocumentFormat } from '../documents/document.ts';
import { foreignGates, ownGates, type GateResult } from '../documents/foreign-gates.ts';
import { signedCycloneDx } from '../documents/signed-cyclone-dx.ts';
import { BUILDER_ID } from '../evidence/predicates.ts';
import { compareExtracted } from '../extraction/compare-extracted.ts';
import { reExtract } from '../extraction/re-extract.ts';
import type { BlobDigests, Sha256 } from '../foundation/digest.ts';
import type { Finding } from '../foundation/finding.ts';
import { checkInventory } from '../inventory/check-inventory.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { BuildDocumentRow } from '../records/reads/contents-reads.ts';
import type { Desk } from './desk.ts';
import { documentBuild, type DocumentMeans } from './document-build.ts';
import { extractionMeans } from './extraction-means.ts';
import { billOf, makeDocument, type MadeDocument, type MadeInventory } from './make-documents.ts';
import { signStatement } from './sign-statement.ts';
import { withTemporaryFile } from './temporary-file.ts';
import type { Workshop } from './workshop.ts';

export interface PublishMeans extends DocumentMeans {
  openDesk(): Promise<Desk>;
  /** For files that foreign tools read and write; each goes again. Absolute. */
  directory: string;
  onProgress(what: string): void;
}

export interface WantedDocument { format: DocumentFormat; detail: Detail }

/** What a worker publishes of every build. */
export const USUAL_DOCUMENTS: readonly WantedDocument[] = (['cyclonedx-1.7', 'spdx-3.0.1', 'spdx-2.3'] as const).flatMap((format) => [{ format, detail: 'packages' as const }, { format, detail: 'files' as const }]);

/** A gate's own word, on record as it is. */
export type PublishedGate = Omit<GateResult, 'gate'> & { gate: GateResult['gate'] | 'inventory' | 're-extraction' };

export interface PublishedDocument extends WantedDocument {
  state: 'PUBLISHED' | 'REFUSED';
  document: BlobDigests;
  /** With the signature inside, where the format has a place for one. */
  signed?: BlobDigests;
  /** The signed statement about it. */
  statement?: Sha256;
  gates: readonly PublishedGate[];
  /** What of the inventory the format cannot say. */
  lost: readonly string[];
  unchanged: boolean;
}

/**
 * Documents of a build that has succeeded, as of now: made, held against every gate, signed, logged and on record. What
 * is published stays as it is; one that a gate refuses is on record as refused, with what each gate said, and is never
 * handed out. Throws RECORDS.UNKNOWN, ACTIONS.NOT_SUCCEEDED.
 */
export async function publishDocuments(buildId: string, wanted: readonly WantedDocument[], workshop: Workshop, means: PublishMeans): Promise<PublishedDocument[]> {
  const made = await documentBuild(buildId, workshop, means);
  const known = (await workshop.reads.contents.documentsOf([buildId])).get(buildId) ?? [];
  const inventoryGates = onceOnly(async () => passedBefore(made, known) ?? gatesOfInventory(buildId, made.inventory, workshop, means));
  const published: PublishedDocument[] = [];
  for (const { format, detail } of wanted) {
    const document = await makeDocument(buildId, made, format, detail, workshop);
    const before = known.find(({ id }) => id === document.id);
    published.push(before?.state === 'PUBLISHED' ? await standing(document, before, workshop) : await publish(buildId, document, made, await inventoryGates(), workshop, means));
  }
  return published;
}

/** Images are what they were: what another document of the same inventory has passed is not tried again. */
function passedBefore({ digest }: MadeInventory, known: readonly BuildDocumentRow[]): readonly PublishedGate[] | undefined {
  const before = known.find(({ state, inventoryDigest }) => state === 'PUBLISHED' && inventoryDigest === digest);
  return (before?.gates as readonly PublishedGate[] | undefined)?.filter(({ gate: name }) => name === 'inventory' || name === 're-extraction');
}

async function standing(document: MadeDocument, { signedSha256, statementSha256, gates }: BuildDocumentRow, { store }: Workshop): Promise<PublishedDocument> {
  const signed = signedSha256 === null ? undefined : await store.statBlob(signedSha256 as Sha256);
  return {
    ...shown(document), state: 'PUBLISHED', gates: gates as readonly PublishedGate[], unchanged: true,
    ...(signed === undefined ? {} : { signed }), ...(statementSha256 === null ? {} : { statement: statementSha256 as Sha256 }),
  };
}

const shown = ({ format, detail, digests, lost }: MadeDocument): Pick<PublishedDocument, 'format' | 'detail' | 'document' | 'lost'> => ({ format, detail, document: digests, lost });

async function publish(buildId: string, document: MadeDocument, { inventory }: MadeInventory, inventoryGates: readonly PublishedGate[], workshop: Workshop, means: PublishMeans): Promise<PublishedDocument> {
  const { records: { contents }, store } = workshop;
  means.onProgress(`${document.format} (${document.detail}): checking`);
  const signed = await signedForm(document, workshop, means);
  const gates = [...inventoryGates, ...await gatesOfDocument(document, signed ?? document.digests, store, means)];
  if (gates.some(({ passed }) => !passed)) {
    await contents.refuseDocument(document.id, gates);
    return { ...shown(document), state: 'REFUSED', gates, unchanged: false };
  }
  const statement = await signAbout(buildId, document, signed, inventory, workshop, means);
  const { unchanged } = await contents.publishDocument(document.id, { gates, statementSha256: statement, ...(signed === undefined ? {} : { signed }) });
  return { ...shown(document), state: 'PUBLISHED', gates, statement, unchanged, ...(signed === undefined ? {} : { signed }) };
}

/** ed25519 gives the same signature for the same bytes and key: a kill between here and the record leaves nothing to mend. */
async function signedForm({ format, digests }: MadeDocument, { store, records }: Workshop, { openDesk }: PublishMeans): Promise<BlobDigests | undefined> {
  if (!format.startsWith('cyclonedx') || digests.sizeBytes > MAX_SIGNED_INSIDE_BYTES) return undefined;
  const { signer } = await openDesk();
  const text = await store.readBlobBytes(digests.sha256);
  const signature = await signer.signDocument('builder', text);
  const signed = await store.putBlob(Buffer.from([...signedCycloneDx([Buffer.from(text).toString('utf8')], signature)].join('')));
  await records.artifacts.recordBlobs([signed]);
  return signed;
}

/** The signer holds all of a document; a larger one is signed beside, by its digest. */
const MAX_SIGNED_INSIDE_BYTES = 8 * 1024 * 1024;

async function gatesOfInventory(buildId: string, inventory: Inventory, workshop: Workshop, means: PublishMeans): Promise<PublishedGate[]> {
  const images = inventory.components.flatMap(({ name, image, hashes }) => image === undefined || image.format === 'kernel' || hashes === undefined ? [] : [{ name, format: image.format, sha256: hashes.sha256 }]);
  means.onProgress(`build ${buildId}: unpacking ${images.length} images with other people's tools`);
  const yard = await means.openYard();
  const root = await workshop.store.getTree(inventory.build.rootTree);
  const extracted = await reExtract(images, extractionMeans(yard, workshop, means.signal));
  const findings = [...extracted.values()].flatMap((found) => compareExtracted(root, found));
  return [gate('inventory', checkInventory(inventory)), gate('re-extraction', findings)];
}

async function gatesOfDocument({ format, detail, digests }: MadeDocument, handedOut: BlobDigests, store: Workshop['store'], means: PublishMeans): Promise<GateResult[]> {
  const own = ownGates(await store.readBlobBytes(digests.sha256));
  if (own.some(({ passed }) => !passed)) return own;
  const { directory, signal } = means;
  return [...own, ...await withTemporaryFile(directory, 'document.json', store.readBlob(handedOut.sha256), (path) => foreignGates({ format, detail, path }, { directory, signal }))];
}

function gate(name: PublishedGate['gate'], findings: readonly Finding[]): PublishedGate {
  return { gate: name, passed: findings.every(({ severity }) => severity !== 'error'), findings };
}

async function signAbout(buildId: string, { format, detail, digests }: MadeDocument, signed: BlobDigests | undefined, inventory: Inventory, workshop: Workshop, { openDesk }: PublishMeans): Promise<Sha256> {
  const { signer, log } = await openDesk();
  const name = fileNameOf(format, detail);
  const payload = billStatement(inventory, {
    document: billOf(inventory, format, detail), name, digests, attesterId: BUILDER_ID,
    ...(signed === undefined ? {} : { signed: { name: `signed-${name}`, digests: signed } }),
  });
  const stored = [{ name, sha256: digests.sha256 }, ...(signed === undefined ? [] : [{ name: `signed-${name}`, sha256: signed.sha256 }])];
  return (await signStatement({ payload, role: 'builder', buildId, stored }, workshop, signer, log)).payloadSha256;
}

const SUFFIXES: Readonly<Record<DocumentFormat, string>> = { 'cyclonedx-1.7': 'cdx.json', 'cyclonedx-1.6': '1.6.cdx.json', 'spdx-3.0.1': 'spdx3.json', 'spdx-2.3': 'spdx.json' };

export function fileNameOf(format: DocumentFormat, detail: Detail): string {
  return `sbom${detail === 'files' ? '-files' : ''}.${SUFFIXES[format]}`;
}

function onceOnly<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => (done ??= work());
}
