import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createCatalogs } from '../actions/catalogs.ts';
import type { Workshop } from '../actions/workshop.ts';
import { engineFacts } from '../build/engine-facts.ts';
import { systemClock } from '../foundation/clock.ts';
import { openDatabase, type Database } from '../records/database.ts';
import { applyMigrations } from '../records/migrations.ts';
import { createReads } from '../records/reads/reads.ts';
import { createRecords } from '../records/records.ts';
import { readLock } from '../sandbox/lock.ts';
import { openLocalStore } from '../store/open-local-store.ts';
import { CHECKOUT } from './checkout.ts';
import type { Environment } from './environment.ts';

export interface OpenWorkshop extends Workshop {
  database: Database;
  close(): Promise<void>;
}

export interface WorkshopOptions {
  /** Where `recipes`, `boards`, `templates`, `architectures` lie; the checkout unless told. */
  catalogRoot?: string;
}

/** Database, store, catalog and sandbox lock of one home. */
export async function openWorkshop(environment: Environment, options: WorkshopOptions = {}): Promise<OpenWorkshop> {
  const { home, databaseUrl } = environment;
  const lock = await readLock(join(CHECKOUT, 'sandbox', 'lock.json'));
  const stepRunner = await readFile(join(CHECKOUT, 'sandbox', 'step-runner.sh'));
  const store = await openLocalStore(join(home, 'store'), { clock: systemClock });
  const database = await openDatabase({ home, clock: systemClock, ...(databaseUrl === undefined ? {} : { databaseUrl }) });
  try {
    await applyMigrations(database.pool, join(CHECKOUT, 'prisma', 'migrations'));
    const records = createRecords(database.pool, systemClock);
    const catalogs = createCatalogs(options.catalogRoot ?? environment.catalogRoot ?? CHECKOUT, records);
    return {
      clock: systemClock, records, reads: createReads(database.pool), store, catalogs, lock, engine: engineFacts(lock.rootTree, stepRunner), database,
      close: async () => { await records.close(); await database.close(); },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
