import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { succeeded } from './request-verification.ts';
import type { Workshop } from './workshop.ts';

/**
 * The inventory of a build as it was last put on record: what doors answer from, without reading a file of the root again.
 * Throws RECORDS.UNKNOWN, ACTIONS.NOT_SUCCEEDED, ACTIONS.NOT_DOCUMENTED.
 */
export async function recordedInventory(buildId: string, workshop: Pick<Workshop, 'reads' | 'store'>): Promise<Inventory> {
  await succeeded(buildId, workshop);
  const current = (await workshop.reads.contents.currentInventory([buildId])).get(buildId);
  if (current === undefined) throw new Failure('ACTIONS.NOT_DOCUMENTED', `build ${buildId} has no inventory on record yet`, { place: buildId });
  return JSON.parse(Buffer.from(await workshop.store.readBlobBytes(current.digest as Sha256)).toString('utf8')) as Inventory;
}
