import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { systemClock } from '../../src/foundation/clock.ts';
import { openDatabase, type Database } from '../../src/records/database.ts';
import { applyMigrations } from '../../src/records/migrations.ts';

export const MIGRATIONS = join(import.meta.dirname, '../../prisma/migrations');

export async function temporaryHome(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'provenroot-home-'));
}

export async function removeHome(home: string): Promise<void> {
  await rm(home, { recursive: true, force: true });
}

export interface TestDatabase extends Database { home: string }

/** A real, empty, migrated database in a home of its own; `close` removes all of it. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const home = await temporaryHome();
  const database = await openDatabase({ home, clock: systemClock });
  await applyMigrations(database.pool, MIGRATIONS);
  return { ...database, home, close: async () => { await database.close(); await removeHome(home); } };
}

/** Numbers of the processes whose command line names `text`. */
export async function processesNaming(text: string): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid=,args=']);
  return stdout.split('\n').filter((line) => line.includes(text)).map((line) => Number(line.trim().split(/\s+/)[0]));
}
