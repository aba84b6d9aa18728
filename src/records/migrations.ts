import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import type pg from 'pg';

import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Fault } from '../foundation/failure.ts';
import { uniqueName } from '../foundation/ids.ts';
import { compareText } from '../foundation/order.ts';

export interface Migration {
  name: string;
  sql: string;
  /** Of the file, as Prisma keeps it. */
  checksum: Sha256;
}

/** The lock that Prisma's own `migrate` takes. */
const MIGRATION_LOCK = 72707369;

/** As Prisma makes it, so that `prisma migrate` takes the history for its own. */
const HISTORY = `
CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id                  VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum            VARCHAR(64) NOT NULL,
  finished_at         TIMESTAMPTZ,
  migration_name      VARCHAR(255) NOT NULL,
  logs                TEXT,
  rolled_back_at      TIMESTAMPTZ,
  started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

/** `directory/NAME/migration.sql`, in order of name. */
export async function readMigrations(directory: string): Promise<Migration[]> {
  const folders = (await readdir(directory, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  return Promise.all(folders.map((folder) => folder.name).toSorted(compareText).map(async (name) => {
    const sql = await readFile(join(directory, name, 'migration.sql'), 'utf8');
    return { name, sql, checksum: sha256(sql) };
  }));
}

/**
 * Brings the database up to the migrations of `directory`; returns the names of those it applied. One transaction a
 * file, so a killed or failed one leaves nothing; of two that start at once the second waits and finds it done.
 * Throws RECORDS.MIGRATION_CHANGED and RECORDS.MIGRATION_FAILED.
 */
export async function applyMigrations(pool: pg.Pool, directory: string): Promise<string[]> {
  const migrations = await readMigrations(directory);
  const client = await pool.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(HISTORY);
    const pending = await pendingMigrations(client, migrations);
    for (const migration of pending) await apply(client, migration);
    return pending.map(({ name }) => name);
  } finally {
    // The lock belongs to the session: a connection that breaks gives it back as well.
    await client.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    client.release();
  }
}

interface HistoryRow { migration_name: string; checksum: string; finished: boolean }

async function pendingMigrations(client: pg.PoolClient, migrations: readonly Migration[]): Promise<Migration[]> {
  const { rows } = await client.query<HistoryRow>(
    'SELECT migration_name, checksum, finished_at IS NOT NULL AS finished FROM _prisma_migrations WHERE rolled_back_at IS NULL');
  const history = new Map(rows.map((row) => [row.migration_name, row]));
  for (const row of rows) {
    if (!row.finished) throw new Fault('RECORDS.MIGRATION_FAILED', `migration ${row.migration_name} was begun by another tool and did not finish`);
    if (!migrations.some(({ name }) => name === row.migration_name)) {
      throw new Fault('RECORDS.MIGRATION_CHANGED', `the database has migration ${row.migration_name}, which this version does not know`);
    }
  }
  return migrations.filter((migration) => {
    const found = history.get(migration.name);
    if (found !== undefined && found.checksum !== migration.checksum) {
      throw new Fault('RECORDS.MIGRATION_CHANGED', `migration ${migration.name} was applied as ${found.checksum} and is ${migration.checksum} now`);
    }
    return found === undefined;
  });
}

async function apply(client: pg.PoolClient, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query(
      'INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count) VALUES ($1, $2, $3, clock_timestamp(), 1)',
      [uniqueName(), checksum, name]);
    await client.query('COMMIT');
  } catch (cause) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw new Fault('RECORDS.MIGRATION_FAILED', `migration ${name}: ${cause instanceof Object && 'message' in cause ? String(cause.message) : 'failed'}`, { cause });
  }
}
