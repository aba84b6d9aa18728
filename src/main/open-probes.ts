import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { MachineProbes } from '../actions/examine-machine.ts';
import type { Machine } from '../actions/set-up-machine.ts';
import { loadCatalog } from '../catalog/load-catalog.ts';
import { systemClock } from '../foundation/clock.ts';
import { errorCodeOf, Fault } from '../foundation/failure.ts';
import { uniqueName } from '../foundation/ids.ts';
import { openDatabase } from '../records/database.ts';
import { applyMigrations } from '../records/migrations.ts';
import { checkEngine, connectEngine } from '../sandbox/docker-engine.ts';
import { readLock } from '../sandbox/lock.ts';
import { isSandboxLoaded } from '../sandbox/sandbox-image.ts';
import { CHECKOUT } from './checkout.ts';
import type { Environment } from './environment.ts';
import { debianMirrorsOf } from './open-yard.ts';

/** What `doctor` looks through; each probe stands alone. */
export function openProbes(environment: Environment, machine: Machine): MachineProbes {
  const { home, databaseUrl, dockerHost } = environment;
  return {
    machine, home, nodeVersion: process.version,
    engine: () => checkEngine(connectEngine(dockerHost)),
    sandboxIsLoaded: async () => isSandboxLoaded(await readLock(join(CHECKOUT, 'sandbox', 'lock.json')), connectEngine(dockerHost)),
    database: async () => {
      const database = await openDatabase({ home, clock: systemClock, ...(databaseUrl === undefined ? {} : { databaseUrl }) });
      try {
        return await applyMigrations(database.pool, join(CHECKOUT, 'prisma', 'migrations'));
      } finally {
        await database.close();
      }
    },
    freeBytes: () => freeBytes(join(home, 'store')),
    debianMirrors: () => debianMirrorsOf(environment),
    catalogFindings: async () => (await loadCatalog(environment.catalogRoot ?? CHECKOUT)).findings,
  };
}

async function freeBytes(directory: string): Promise<number> {
  const probe = join(directory, `.${uniqueName()}`);
  try {
    await mkdir(directory, { recursive: true });
    await writeFile(probe, 'written by doctor', { flag: 'wx' });
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize;
  } catch (cause) {
    throw new Fault('STORE.IO', `${directory} cannot be written (${errorCodeOf(cause) ?? 'unknown error'})`, { place: directory, cause });
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}
