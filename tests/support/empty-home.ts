import { chmod, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';

import type { EmptyHome } from '../../src/actions/check-legal-info.ts';
import type { Workshop } from '../../src/actions/workshop.ts';
import { readEnvironment } from '../../src/main/environment.ts';
import { openWorkshop } from '../../src/main/open-workshop.ts';
import { openYard } from '../../src/main/open-yard.ts';
import { removeTree } from '../../src/store/remove-tree.ts';

/** A home that nothing was ever in, with no catalog and no way to fetch; gone after `close`. `change` makes it another release's. */
export async function openEmptyHome(change: (workshop: Workshop) => Partial<Workshop> = () => ({})): Promise<EmptyHome & { directory: string }> {
  // Below /var/tmp and open to all: Postgres runs as a user of its own where we are root.
  const directory = await mkdtemp('/var/tmp/provenroot-empty-');
  await chmod(directory, 0o755);
  const environment = { ...readEnvironment(), home: join(directory, 'home'), databaseUrl: undefined, catalogRoot: join(directory, 'no-catalog'), sourceMirrors: [], debianMirror: `file://${directory}/no-mirror` };
  const workshop = await openWorkshop(environment);
  return {
    directory, workshop: { ...workshop, ...change(workshop) },
    openYard: (signal) => openYard(environment, workshop, { offline: true, note: () => undefined, signal }),
    close: async () => {
      await workshop.close();
      removeTree(directory);
    },
  };
}
