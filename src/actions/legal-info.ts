import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { PROVENANCE_TYPE } from '../evidence/predicates.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { layOutBundle, type BundledText, type LegalLayout } from '../legal/lay-out.ts';
import { indexBytes, type LegalIndex } from '../legal/legal-index.ts';
import type { OwnCategories } from '../legal/redistribution.ts';
import { writeSandboxArchive } from '../legal/sandbox-archive.ts';
import { writeLegalBundle, type Attachments } from '../legal/write-legal-bundle.ts';
import { VERIFY } from '../records/build-reference.ts';
import { encodeEnvelopeLines, oneEach } from '../signing/envelope-files.ts';
import { inventoryOfBuild } from './inventory-facts.ts';
import { buildRequest, prepareQueued } from './queued-build.ts';
import { foldersOnRecord } from './retained-inputs.ts';
import { envelopeOf } from './signed-statements.ts';
import type { Workshop } from './workshop.ts';

/** License texts that were taken out of the sources, by package; their bytes are in the store. */
export type CapturedTexts = ReadonlyMap<string, readonly BundledText[]>;

export interface LegalInfoContent {
  /** Where it is at hand: making it takes seconds. */
  inventory?: Inventory;
  /** Categories of license references of one's own, as the policy has them. */
  categories?: OwnCategories;
}

export interface LegalInfoOptions extends LegalInfoContent {
  /** Also the archive of the sandbox, without which nobody can build from the bundle. */
  withSandbox: boolean;
}

/** `index.json` alone: what a provenance names before any bundle is written. */
export interface LegalInfoManifest { index: LegalIndex; bytes: Uint8Array; sha256: Sha256 }

export interface LegalInfo {
  manifest: LegalInfoManifest;
  /** The same build gives the same bytes. */
  archive(): AsyncIterable<Uint8Array>;
  sandbox?(): AsyncIterable<Uint8Array>;
}

/**
 * What the source bundle of a build will hold, without a byte of its sources. Throws RECORDS.UNKNOWN, ACTIONS.NOT_SUCCEEDED,
 * BUILD.DEFINITION_CHANGED where another release made the build: the commands of its steps cannot be rendered any more.
 */
export async function legalInfoManifest(buildId: string, content: LegalInfoContent, texts: CapturedTexts, workshop: Workshop): Promise<LegalInfoManifest> {
  return manifestOf(await layoutOf(buildId, content, texts, workshop));
}

/** Bundle and archive of the sandbox, as streams. Throws the same, and LEGAL.INPUT_MISSING before the first byte where the store lacks any of it. */
export async function writeLegalInfo(buildId: string, { withSandbox, ...content }: LegalInfoOptions, texts: CapturedTexts, workshop: Workshop): Promise<LegalInfo> {
  const { store, lock } = workshop;
  const layout = await layoutOf(buildId, content, texts, workshop);
  await checkBlobs(layout, withSandbox, workshop);
  const attachments = await attachmentsOf(buildId, workshop);
  return {
    manifest: manifestOf(layout),
    archive: () => writeLegalBundle(layout, attachments, store),
    ...(withSandbox ? { sandbox: () => writeSandboxArchive(lock, store) } : {}),
  };
}

function manifestOf({ index }: LegalLayout): LegalInfoManifest {
  const bytes = indexBytes(index);
  return { index, bytes, sha256: sha256(bytes) };
}

async function layoutOf(buildId: string, { inventory, categories }: LegalInfoContent, texts: CapturedTexts, workshop: Workshop): Promise<LegalLayout> {
  const told = inventory ?? await inventoryOfBuild(buildId, workshop);
  const { plan } = await prepareQueued(buildId, workshop);
  const { request: { catalog: pins, configuration } } = await buildRequest(buildId, workshop);
  const { recipes, templates, target: { board, architecture } } = plan.definition;
  const catalog = { recipe: recipes, template: templates, board: { [board]: pins.board[board]! }, architecture: { [architecture]: pins.architecture[architecture]! } };
  return layOutBundle({
    inventory: told, plan, catalog, folders: await foldersOnRecord(catalog, workshop), configuration, lock: workshop.lock, texts,
    ...(categories === undefined ? {} : { categories }),
  });
}

async function checkBlobs({ index, small }: LegalLayout, withSandbox: boolean, { store, lock }: Pick<Workshop, 'store' | 'lock'>): Promise<void> {
  const held = new Set(small.map((file) => file.path));
  const wanted = [...index.files.filter(({ path }) => !held.has(path)), ...(withSandbox ? lock.packages.map(({ pool, sha256: digest }) => ({ path: pool, sha256: digest })) : [])];
  const missing: string[] = [];
  for (const { path, sha256: digest } of wanted) if (!await store.hasBlob(digest)) missing.push(`${path} (${digest})`);
  if (missing.length === 0) return;
  throw new Failure('LEGAL.INPUT_MISSING', `${missing.length} files of the bundle are not in the store: ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ' …' : ''}`, { details: { missing } });
}

/** Of the one run: who ran it, what each step gave, and its provenance where it is signed. */
async function attachmentsOf(buildId: string, workshop: Workshop): Promise<Required<Pick<Attachments, 'build' | 'steps'>> & Attachments> {
  const signed = (await workshop.records.evidence.statementsOfBuild(buildId, PROVENANCE_TYPE)).findLast(({ origin }) => origin === 'own');
  const build = { format: 1, build: buildId, release: await releaseOf(buildId, workshop), provenance: signed?.payloadSha256 ?? null };
  return {
    build: Buffer.from(`${canonicalJson(build)}\n`), steps: Buffer.from(canonicalJson(await stepsOf(buildId, workshop))),
    ...(signed === undefined ? {} : { provenance: encodeEnvelopeLines(oneEach(envelopeOf(signed))) }),
  };
}

/** Version of Provenroot, as the build has it on record. */
async function releaseOf(buildId: string, { reads }: Workshop): Promise<string> {
  const { provenroot } = ((await reads.provenance.build(buildId))?.builder ?? {}) as { provenroot?: unknown };
  return typeof provenroot === 'string' ? provenroot : 'unknown';
}

/** As a provenance lists them, without what differs from run to run. */
async function stepsOf(buildId: string, { reads }: Workshop): Promise<unknown> {
  const isRebuild = (await reads.builds.byId([buildId]))[0]?.purpose === VERIFY;
  const steps = await reads.provenance.steps(buildId);
  return steps.map(({ name, planKey, actionKey, needs, nondeterministic, outputs, standing }) => (
    // A rebuild went on with its own outputs; any other build with those that stand.
    { name, planKey, actionKey, needs, outputs: nondeterministic && !isRebuild ? standing : outputs }));
}
