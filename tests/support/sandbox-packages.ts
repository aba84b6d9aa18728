import { join } from 'node:path';

import { systemClock } from '../../src/foundation/clock.ts';
import { readEnvironment } from '../../src/main/environment.ts';
import { debianMirrorsOf } from '../../src/main/open-yard.ts';
import { readLock } from '../../src/sandbox/lock.ts';
import { createSourceFetcher } from '../../src/sources/fetcher.ts';
import { openLocalStore } from '../../src/store/open-local-store.ts';

/** Every package of the sandbox by its pool path, through the machine's own home, where a real build finds them again. */
export async function* sandboxPackages(): AsyncGenerator<{ pool: string; bytes: Uint8Array }> {
  const environment = readEnvironment();
  const { home } = environment;
  const store = await openLocalStore(join(home, 'store'), { clock: systemClock });
  const fetcher = createSourceFetcher({
    store, clock: systemClock, offline: false, partialDirectory: join(home, 'partial'), origins: { mirrors: [], debianMirrors: await debianMirrorsOf(environment) },
  });
  const { packages } = await readLock(join(import.meta.dirname, '../../sandbox/lock.json'));
  await Promise.all(packages.map((one) => fetcher.fetchPoolFile(one)));
  for (const { pool, sha256 } of packages) yield { pool, bytes: await store.readBlobBytes(sha256) };
}
