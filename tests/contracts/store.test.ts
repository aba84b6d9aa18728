import { readdirSync, readFileSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';

import type { Sha256 } from '../../src/foundation/digest.ts';
import type { ActionResult } from '../../src/store/store.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { openTemporaryStore } from '../support/temporary-store.ts';
import { storeContract } from './store.contract.ts';

storeContract('the memory store', async () => {
  const store = new MemoryStore();
  return {
    store,
    close: async () => undefined,
    damageBlob: (digest) => { store.damage(digest); },
    loseBlob: (digest) => { store.blobs.delete(digest); },
    evidence: (key) => store.evidence.get(key) ?? [],
  };
});

storeContract('the disk store', async () => {
  const { store, root, close } = await openTemporaryStore();
  const pathOf = (digest: Sha256): string => join(root, 'blobs', 'v1', 'sha256', digest.slice(0, 2), digest);
  return {
    store,
    close,
    damageBlob: (digest) => {
      const bytes = readFileSync(pathOf(digest));
      bytes[0]! ^= 1;
      chmodSync(pathOf(digest), 0o644);
      writeFileSync(pathOf(digest), bytes);
      chmodSync(pathOf(digest), 0o444);
    },
    loseBlob: (digest) => { rmSync(pathOf(digest)); },
    evidence: (key) => {
      const shard = join(root, 'actions', 'v1', key.slice(0, 2));
      return readdirSync(shard).filter((name) => name.startsWith(`${key}.other.`)).toSorted()
        .map((name) => (JSON.parse(readFileSync(join(shard, name), 'utf8')) as { result: ActionResult }).result);
    },
  };
});
