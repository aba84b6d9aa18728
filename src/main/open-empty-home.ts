import { chmod, mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

import type { EmptyHome } from '../actions/check-legal-info.ts';
import { removeTree } from '../store/remove-tree.ts';
import type { Environment } from './environment.ts';
import { openWorkshop } from './open-workshop.ts';
import { openYard } from './open-yard.ts';

/** Beside this machine's homes, where the engine can mount from; nothing of the given home is in it but what this machine is. */
export async function openEmptyHome(environment: Environment, note: (line: string) => void): Promise<EmptyHome> {
  const parent = join(environment.home, 'tmp');
  await mkdir(parent, { recursive: true });
  const home = await mkdtemp(join(parent, 'empty-'));
  // Postgres is another user where we are root.
  await chmod(home, 0o755);
  const own: Environment = { ...environment, home, databaseUrl: undefined, redisUrl: undefined, catalogRoot: undefined, sourceMirrors: [], debianMirror: '' };
  try {
    const workshop = await openWorkshop(own);
    return {
      workshop,
      openYard: (signal) => openYard(own, workshop, { offline: true, note, signal }),
      close: async () => {
        await workshop.close();
        removeTree(home);
      },
    };
  } catch (error) {
    removeTree(home);
    throw error;
  }
}
