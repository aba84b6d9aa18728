import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';
import type { DiffTarget } from '@prisma/schema-engine-wasm';

import { sha256 } from '../../src/foundation/digest.ts';
import { applyMigrations, readMigrations } from '../../src/records/migrations.ts';
import { openSchemaEngine, readMigrationList, schemaTarget } from '../support/schema-engine.ts';
import { MIGRATIONS, openTestDatabase, type TestDatabase } from '../support/temporary-home.ts';

const SCHEMA = join(import.meta.dirname, '../../prisma/schema.prisma');

let database: TestDatabase;
let folder: string;
beforeAll(async () => { database = await openTestDatabase(); });
afterAll(async () => { await database.close(); });
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'provenroot-migrations-')); });
afterEach(async () => { await rm(folder, { recursive: true }); });

let number = 0;
/** An empty database beside the migrated one. */
async function emptyDatabase(): Promise<pg.Pool> {
  const name = `empty_${++number}`;
  await database.pool.query(`CREATE DATABASE ${name}`);
  const { host, user } = connection();
  return new pg.Pool({ host: host!, user: user!, database: name });
}

function connection(): pg.PoolConfig {
  const url = new URL(database.url);
  return { host: url.searchParams.get('host')!, user: url.username, database: url.pathname.slice(1) };
}

async function addMigration(name: string, sql: string): Promise<void> {
  await mkdir(join(folder, name));
  await writeFile(join(folder, name, 'migration.sql'), sql);
}

const tables = async (pool: pg.Pool): Promise<string[]> =>
  (await pool.query<{ t: string }>("SELECT table_name AS t FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1")).rows.map((row) => row.t);

describe('migrations', () => {
  it('are applied in order, once', async () => {
    const pool = await emptyDatabase();
    await addMigration('0001_one', 'CREATE TABLE one (n int)');
    await addMigration('0002_two', 'ALTER TABLE one ADD COLUMN m int');
    expect(await applyMigrations(pool, folder)).toEqual(['0001_one', '0002_two']);
    expect(await applyMigrations(pool, folder)).toEqual([]);
    await pool.end();
  });

  it('are applied once where many start at the same moment', async () => {
    const pool = await emptyDatabase();
    await addMigration('0001_one', 'CREATE TABLE one (n int); SELECT pg_sleep(0.3)');
    const applied = await Promise.all([1, 2, 3, 4].map(() => applyMigrations(pool, folder)));
    expect(applied.flat()).toEqual(['0001_one']);
    await pool.end();
  });

  it('leave nothing of a file that fails, and keep the files before it', async () => {
    const pool = await emptyDatabase();
    await addMigration('0001_one', 'CREATE TABLE one (n int)');
    await addMigration('0002_bad', 'CREATE TABLE two (n int); SELECT 1/0');
    await expect(applyMigrations(pool, folder)).rejects.toMatchObject({ code: 'RECORDS.MIGRATION_FAILED', message: 'migration 0002_bad: division by zero' });
    expect(await tables(pool)).toEqual(['_prisma_migrations', 'one']);
    await writeFile(join(folder, '0002_bad', 'migration.sql'), 'CREATE TABLE two (n int)');
    expect(await applyMigrations(pool, folder)).toEqual(['0002_bad']);
    await pool.end();
  });

  it('refuse a file that changed after it was applied', async () => {
    const pool = await emptyDatabase();
    await addMigration('0001_one', 'CREATE TABLE one (n int)');
    await applyMigrations(pool, folder);
    await writeFile(join(folder, '0001_one', 'migration.sql'), 'CREATE TABLE one (n bigint)');
    await expect(applyMigrations(pool, folder)).rejects.toMatchObject({ code: 'RECORDS.MIGRATION_CHANGED' });
    await pool.end();
  });

  it('refuse a database that a newer version made', async () => {
    const pool = await emptyDatabase();
    await addMigration('0001_one', 'CREATE TABLE one (n int)');
    await addMigration('0009_newer', 'CREATE TABLE nine (n int)');
    await applyMigrations(pool, folder);
    await rm(join(folder, '0009_newer'), { recursive: true });
    await expect(applyMigrations(pool, folder)).rejects.toMatchObject({ code: 'RECORDS.MIGRATION_CHANGED' });
    await pool.end();
  });

  it('refuse a database in which another tool left one unfinished', async () => {
    const pool = await emptyDatabase();
    await addMigration('0001_one', 'CREATE TABLE one (n int)');
    await applyMigrations(pool, folder);
    await pool.query("INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'y', '0002_two')");
    await addMigration('0002_two', 'SELECT 1');
    await expect(applyMigrations(pool, folder)).rejects.toMatchObject({ code: 'RECORDS.MIGRATION_FAILED' });
    await pool.end();
  });

  it('have the checksum of their bytes, as Prisma keeps it', async () => {
    for (const { name, checksum } of await readMigrations(MIGRATIONS)) {
      expect(checksum).toBe(sha256(await readFile(join(MIGRATIONS, name, 'migration.sql'))));
    }
  });
});

describe('schema.prisma, the migrations and a live database', () => {
  const filters = { externalTables: [], externalEnums: [] };

  async function difference(from: DiffTarget, to: DiffTarget): Promise<string | null> {
    const { engine, close } = await openSchemaEngine(connection());
    const result = await engine.diff({ from, to, script: true, exitCode: true, filters });
    await close();
    return result.exitCode === 0 ? null : result.stdout;
  }

  async function migrations(directory: string): Promise<DiffTarget> {
    return { tag: 'migrations', ...await readMigrationList(directory, (await readMigrations(directory)).map(({ name }) => name)) };
  }

  it('agree: the schema is the sum of the migrations', async () => {
    expect(await difference(await migrations(MIGRATIONS), await schemaTarget(SCHEMA))).toBeNull();
  });

  it('agree: the engine finds the history that we wrote its own, and no drift', async () => {
    const { engine, close } = await openSchemaEngine(connection());
    const list = await readMigrationList(MIGRATIONS, (await readMigrations(MIGRATIONS)).map(({ name }) => name));
    const found = await engine.diagnoseMigrationHistory({ migrationsList: list, optInToShadowDatabase: true, filters });
    expect(found).toMatchObject({ failedMigrationNames: [], editedMigrationNames: [], hasMigrationsTable: true });
    const { drift = null, history = null } = found as { drift?: unknown; history?: unknown };
    expect({ drift, history }).toEqual({ drift: null, history: null });
    await close();
  });

  it('are seen to differ where a migration lacks a column', async () => {
    await cp(MIGRATIONS, folder, { recursive: true });
    const file = join(folder, '0001_init', 'migration.sql');
    const sql = await readFile(file, 'utf8');
    await writeFile(file, sql.replace('    "summary" TEXT,\n', ''));
    expect(await difference(await migrations(folder), await schemaTarget(SCHEMA))).toContain('ADD COLUMN     "summary"');
  });
});
