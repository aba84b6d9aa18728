import { setTimeout as sleep } from 'node:timers/promises';

import type { CurrentInventoryRow } from '../records/reads/component-reads.ts';
import type { Workshop } from './workshop.ts';

/** Half of what one request may take. */
const MOST_MS = 5_000;
const AGAIN_MS = 100;
/** Whoever runs a build goes on with its documents, or has stopped. */
const RECENT_MS = 60_000;

/**
 * Inventories of builds. A build has succeeded seconds before its inventory is on record, and who waited for the build
 * asks in that moment: it is waited for where the build has ended not long ago. One that is missing still is absent.
 */
export async function awaitedInventories(buildIds: readonly string[], workshop: Pick<Workshop, 'reads' | 'clock'>): Promise<Map<string, CurrentInventoryRow>> {
  const { contents } = workshop.reads;
  let found = await contents.currentInventory(buildIds);
  for (let waited = 0; waited < MOST_MS && await haveJustEnded(buildIds.filter((id) => !found.has(id)), workshop); waited += AGAIN_MS) {
    await sleep(AGAIN_MS);
    found = await contents.currentInventory(buildIds);
  }
  return found;
}

async function haveJustEnded(buildIds: readonly string[], { reads, clock }: Pick<Workshop, 'reads' | 'clock'>): Promise<boolean> {
  if (buildIds.length === 0) return false;
  const now = clock.now().getTime();
  return (await reads.builds.byId(buildIds)).some(({ state, finishedAt }) => state === 'SUCCEEDED' && finishedAt !== null && now - finishedAt.getTime() < RECENT_MS);
}
