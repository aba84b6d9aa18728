import { Failure } from '../foundation/failure.ts';
import { recipesIn, resolutionOfBuild } from './document-build.ts';
import { writeLegalInfo, type LegalInfo } from './legal-info.ts';
import { licenseTextsOf } from './license-texts.ts';
import { recordedInventory } from './recorded-inventory.ts';
import type { Workshop } from './workshop.ts';

/** Source bundle of a build, from what is on record. Throws ACTIONS.NOT_DOCUMENTED, LEGAL.INPUT_MISSING. */
export async function legalInfoOf(buildId: string, withSandbox: boolean, workshop: Workshop): Promise<LegalInfo> {
  const inventory = await recordedInventory(buildId, workshop);
  const texts = await licenseTextsOf(recipesIn(await resolutionOfBuild(buildId, workshop)), workshop);
  return writeLegalInfo(buildId, { inventory, withSandbox }, texts, workshop);
}

/** One of its two archives. */
export async function legalArchive(buildId: string, sandbox: boolean, workshop: Workshop): Promise<AsyncIterable<Uint8Array>> {
  const info = await legalInfoOf(buildId, sandbox, workshop);
  if (!sandbox) return info.archive();
  if (info.sandbox === undefined) throw new Failure('LEGAL.INPUT_MISSING', `build ${buildId} has no archive of a sandbox`, { place: buildId });
  return info.sandbox();
}
