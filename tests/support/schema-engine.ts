import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import * as glue from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { DiffTarget, MigrationList, SchemaEngine as Engine } from '@prisma/schema-engine-wasm';
import type pg from 'pg';

type Adapter = Awaited<ReturnType<PrismaPg['connect']>>;
interface WebAssemblyGlobal {
  instantiate(bytes: Uint8Array, imports: Record<string, unknown>): Promise<{ instance: { exports: Record<string, unknown> } }>;
}
type Bindings = typeof import('@prisma/schema-engine-wasm') & { __wbg_set_wasm(exports: Record<string, unknown>): void };

/** Prisma's own schema engine, offline, against the server that `host` (a socket directory or name) and `database` name. */
export async function openSchemaEngine(connection: pg.PoolConfig): Promise<{ engine: Engine; close(): Promise<void> }> {
  const bindings = await loadBindings();
  const adapters = new PatchedPg(connection);
  const engine = await bindings.SchemaEngine.new({ datamodels: undefined }, () => undefined, bindMigrationAwareSqlAdapterFactory(adapters));
  return { engine, close: async () => { engine.free(); await adapters.close(); } };
}

let loaded: Promise<Bindings> | undefined;

/** Once: a second instance would pull the first one's memory from under it. */
function loadBindings(): Promise<Bindings> {
  return loaded ??= instantiate();
}

async function instantiate(): Promise<Bindings> {
  // A panic without this registry shows as a TypeError.
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: () => undefined } });
  const bindings = glue as unknown as Bindings;
  const file = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg').replace(/\.js$/, '.wasm');
  // TypeScript knows WebAssembly only with the browser's library.
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyGlobal };
  const { instance } = await WebAssembly.instantiate(await readFile(file), { './schema_engine_bg.js': glue });
  bindings.__wbg_set_wasm(instance.exports);
  (instance.exports['__wbindgen_start'] as () => void)();
  return bindings;
}

/**
 * `@prisma/adapter-pg` 7.10 with three defects worked around: OID 18 ("char") is missing from its type map, scripts
 * are cut at every semicolon, even one inside `$$`, and a shadow database is dropped while its own pool is connected.
 */
class PatchedPg extends PrismaPg {
  readonly #connection: pg.PoolConfig;
  readonly #open: Adapter[] = [];

  constructor(connection: pg.PoolConfig) {
    // The engine does not give every connection back.
    const letsExit = { ...connection, allowExitOnIdle: true };
    super(letsExit);
    this.#connection = letsExit;
  }

  override async connect(): Promise<Adapter> {
    const adapter = repaired(await super.connect());
    this.#open.push(adapter);
    return adapter;
  }

  async close(): Promise<void> {
    for (const adapter of this.#open.splice(0)) await adapter.dispose();
  }

  override async connectToShadowDb(): Promise<Adapter> {
    const database = `shadow_${globalThis.crypto.randomUUID().replaceAll('-', '')}`;
    const outer = await super.connect();
    await outer.executeScript(`CREATE DATABASE "${database}"`);
    const inner = repaired(await new PrismaPg({ ...this.#connection, database }).connect());
    const close = inner.dispose.bind(inner);
    let dropped: Promise<void> | undefined;
    const drop = async (): Promise<void> => {
      await close();
      await outer.executeScript(`DROP DATABASE "${database}" WITH (FORCE)`);
      await outer.dispose();
    };
    inner.dispose = () => dropped ??= drop();
    this.#open.push(inner);
    return inner;
  }
}

const CHAR_OID = 18;
const TEXT_OID = 25;

function repaired(adapter: Adapter): Adapter {
  const pool = adapter.underlyingDriver();
  const query = pool.query.bind(pool) as (...args: unknown[]) => Promise<pg.QueryArrayResult>;
  const queryRaw = adapter.queryRaw.bind(adapter);
  let charColumns: number[] = [];
  Object.assign(pool, {
    query: async (...args: unknown[]): Promise<pg.QueryArrayResult> => {
      const result = await query(...args);
      const fields = result.fields ?? [];
      charColumns = fields.flatMap((field, column) => field.dataTypeID === CHAR_OID ? [column] : []);
      for (const column of charColumns) Object.assign(fields[column]!, { dataTypeID: TEXT_OID });
      return result;
    },
  });
  // The engine asks one thing after the other, so the columns are those of this query. As text it would panic.
  adapter.queryRaw = async (sql) => {
    const result = await queryRaw(sql);
    for (const column of charColumns) result.columnTypes[column] = ColumnTypeEnum.Character;
    return result;
  };
  adapter.executeScript = async (script) => { await query(script); };
  return adapter;
}

/** A migrations folder in the form that the engine takes. */
export async function readMigrationList(baseDir: string, names: readonly string[]): Promise<MigrationList> {
  return {
    baseDir,
    lockfile: { path: join(baseDir, 'migration_lock.toml'), content: await readFile(join(baseDir, 'migration_lock.toml'), 'utf8') },
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(names.map(async (name) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: await readFile(join(baseDir, name, 'migration.sql'), 'utf8') } },
    }))),
  };
}

export async function schemaTarget(path: string): Promise<DiffTarget> {
  return { tag: 'schemaDatamodel', files: [{ path, content: await readFile(path, 'utf8') }] };
}
