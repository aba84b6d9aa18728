import { join } from 'node:path';

import { systemClock } from '../../src/foundation/clock.ts';
import type { Sha256 } from '../../src/foundation/digest.ts';
import { readEnvironment } from '../../src/main/environment.ts';
import { connectEngine } from '../../src/sandbox/docker-engine.ts';
import { readLock } from '../../src/sandbox/lock.ts';
import { ensureSandboxImage } from '../../src/sandbox/sandbox-image.ts';
import { debianMirrors, readAptFiles } from '../../src/sources/debian-mirrors.ts';
import { createSourceFetcher } from '../../src/sources/fetcher.ts';
import { openLocalStore } from '../../src/store/open-local-store.ts';

const LOCK_PATH = join(import.meta.dirname, '../../sandbox/lock.json');

/** Digest of the sandbox of this checkout, loaded: at once where a build or an earlier test has brought it up. */
export async function pinnedSandbox(): Promise<Sha256> {
  const lock = await readLock(LOCK_PATH);
  // The machine's own home: its packages are worth keeping, and a build that follows finds them.
  const { home, debianMirror, dockerHost } = readEnvironment();
  const store = await openLocalStore(join(home, 'store'), { clock: systemClock });
  const mirrors = debianMirror === undefined ? debianMirrors(await readAptFiles('/etc/apt')) : [debianMirror];
  const fetcher = createSourceFetcher({ store, clock: systemClock, origins: { mirrors: [], debianMirrors: mirrors }, partialDirectory: join(home, 'partial'), offline: false });
  await ensureSandboxImage(lock, { engine: connectEngine(dockerHost), store, fetch: fetcher.fetchPoolFile, onProgress: () => undefined });
  return lock.rootTree;
}
