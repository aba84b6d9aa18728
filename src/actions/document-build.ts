import type { Recipe } from '../catalog/model.ts';
import type { Resolution } from '../plan/resolution.ts';
import { captureLicenseTexts, licenseTextsOf } from './license-texts.ts';
import { legalInfoManifest } from './legal-info.ts';
import { makeDocument, recordInventory, type MadeInventory } from './make-documents.ts';
import { resolutionOf } from './build-facts.ts';
import { buildRequest } from './queued-build.ts';
import type { Yard } from './run-build.ts';
import type { Workshop } from './workshop.ts';

/** What the steps below need of the world, each opened only where there is something to do. */
export interface DocumentMeans {
  /** License texts are taken out of their archives in the sandbox. */
  openYard(): Promise<Yard>;
  signal: AbortSignal;
}

/**
 * License texts, inventory, bill of materials and index of the source bundle of a build that has succeeded, in the store
 * and on record: what its provenance names. Again, it changes nothing. Throws RECORDS.UNKNOWN, ACTIONS.NOT_SUCCEEDED.
 */
export async function documentBuild(buildId: string, workshop: Workshop, means: DocumentMeans): Promise<MadeInventory> {
  const recipes = recipesIn(await resolutionOfBuild(buildId, workshop));
  await captureLicenseTexts(recipes, workshop, means.openYard, means.signal);
  const made = await recordInventory(buildId, workshop);
  await makeDocument(buildId, made, 'cyclonedx-1.7', 'packages', workshop);
  await recordLegalIndex(buildId, made, recipes, workshop);
  return made;
}

async function recordLegalIndex(buildId: string, { digest, inventory }: MadeInventory, recipes: readonly Recipe[], workshop: Workshop): Promise<void> {
  const { records: { contents, artifacts }, store } = workshop;
  const { bytes } = await legalInfoManifest(buildId, { inventory }, await licenseTextsOf(recipes, workshop), workshop);
  const digests = await store.putBlob(bytes);
  await artifacts.recordBlobs([digests]);
  await contents.recordDocument({ buildId, inventoryDigest: digest, format: 'legal-info', detail: 'packages', sha256: digests.sha256, sizeBytes: digests.sizeBytes });
}

export async function resolutionOfBuild(buildId: string, workshop: Workshop): Promise<Resolution> {
  return resolutionOf((await buildRequest(buildId, workshop)).request, buildId, workshop);
}

export function recipesIn({ packages }: Resolution): Recipe[] {
  return [...packages.values()].map(({ recipe }) => recipe);
}
