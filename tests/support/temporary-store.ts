import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock, type Clock } from '../../src/foundation/clock.ts';
import { openLocalStore } from '../../src/store/open-local-store.ts';
import { removeTree } from '../../src/store/remove-tree.ts';
import type { LocalStore, StoreUpkeep } from '../../src/store/store.ts';

export interface TemporaryStore {
  store: LocalStore & StoreUpkeep;
  root: string;
  close: () => Promise<void>;
}

/** A disk store of its own, gone after `close`. */
export async function openTemporaryStore(clock: Clock = systemClock): Promise<TemporaryStore> {
  const root = mkdtempSync(join(tmpdir(), 'provenroot-store-'));
  return { store: await openLocalStore(root, { clock }), root, close: async () => { removeTree(root); } };
}
