import type pg from 'pg';

import type { Clock } from '../foundation/clock.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { uuidV7 } from '../foundation/ids.ts';
import { compareText, sortedBy } from '../foundation/order.ts';
import { columnsOf, DEFAULT_ACTOR, DEFAULT_PROJECT, inTransaction, row, rows, touched, type Sql } from './sql.ts';

export type CatalogKind = 'recipe' | 'template' | 'board' | 'architecture';

/** One folder (or file) of the catalog, parsed. */
export interface CatalogEntry {
  kind: CatalogKind;
  name: string;
  /** What makes the version this one: the folder's digest. */
  digest: Sha256;
  version?: string;
  summary?: string;
  /** SPDX license expression. */
  license?: string;
  /** The parsed content as a JSON value, without the bytes of files. */
  definition: unknown;
  /** All files of the folder, its main file included. */
  files: readonly { path: string; bytes: Uint8Array; executable: boolean }[];
}

export interface CatalogRecords {
  /**
   * Brings the record to the checkout: new versions are kept for ever, names that are gone stand for nothing any more.
   * What was published since stays current until the checkout itself changes. Returns how many names changed.
   */
  sync(entries: readonly CatalogEntry[]): Promise<number>;
  /** One uploaded version becomes current; `unchanged` where it is so already. */
  publish(entry: CatalogEntry): Promise<{ unchanged: boolean }>;
  /** On record as versions; what any name stands for stays as it is. */
  keep(entries: readonly CatalogEntry[]): Promise<void>;
  /** What each name stands for now. */
  current(kind: CatalogKind): Promise<Map<string, Sha256>>;
  /** All files of a version, by path; empty where it is not on record. */
  files(digest: Sha256): Promise<{ path: string; bytes: Uint8Array; executable: boolean }[]>;
}

type Origin = 'checkout' | 'upload' | 'evidence';

export function catalogRecords(pool: pg.Pool, clock: Clock): CatalogRecords {
  return {
    sync: (entries) => inTransaction(pool, (sql) => sync(sql, clock, entries)),
    publish: (entry) => inTransaction(pool, async (sql) => {
      await lockCatalog(sql);
      const item = await ensureItem(sql, clock, entry);
      if (item.currentDigest === entry.digest) return { unchanged: true };
      await insertVersion(sql, clock, item.id, entry, 'upload');
      await setCurrent(sql, clock, item.id, entry.digest, 'upload');
      return { unchanged: false };
    }),
    keep: (entries) => inTransaction(pool, async (sql) => {
      await lockCatalog(sql);
      for (const entry of sortedBy(entries, ({ kind, name }) => `${kind} ${name}`)) {
        await insertVersion(sql, clock, (await ensureItem(sql, clock, entry)).id, entry, 'evidence');
      }
    }),
    current: async (kind) => new Map((await rows<{ name: string; digest: Sha256 }>(pool, `
      SELECT name, current_digest AS digest FROM catalog_items WHERE project_id = $1 AND kind = $2::catalog_kind AND current_digest IS NOT NULL ORDER BY name`,
    [DEFAULT_PROJECT, kind])).map(({ name, digest }) => [name, digest])),
    files: (digest) => rows(pool, `
      SELECT f.path, c.bytes, f.executable FROM catalog_files f JOIN catalog_contents c ON c.sha256 = f.sha256 WHERE f.version_digest = $1 ORDER BY f.path`, [digest]),
  };
}

/** Two that sync at once do so one after the other. */
async function lockCatalog(sql: Sql): Promise<void> {
  await sql.query("SELECT pg_advisory_xact_lock(hashtextextended('provenroot catalog', 0))");
}

interface SyncedItem { id: string; kind: CatalogKind; name: string; currentDigest: Sha256 | null; checkoutDigest: Sha256 | null }

async function sync(sql: Sql, clock: Clock, entries: readonly CatalogEntry[]): Promise<number> {
  await lockCatalog(sql);
  const items = new Map((await rows<SyncedItem>(sql, `
    SELECT i.id, i.kind::text AS kind, i.name, i.current_digest AS "currentDigest",
      (SELECT c.digest FROM catalog_changes c WHERE c.item_id = i.id AND c.origin = 'checkout' ORDER BY c.id DESC LIMIT 1) AS "checkoutDigest"
    FROM catalog_items i WHERE i.project_id = $1`, [DEFAULT_PROJECT])).map((item) => [`${item.kind} ${item.name}`, item]));
  let changes = 0;
  for (const entry of sortedBy(entries, ({ kind, name }) => `${kind} ${name}`)) {
    const item = items.get(`${entry.kind} ${entry.name}`);
    items.delete(`${entry.kind} ${entry.name}`);
    if (item?.checkoutDigest === entry.digest) continue;
    const id = item?.id ?? (await ensureItem(sql, clock, entry)).id;
    await insertVersion(sql, clock, id, entry, 'checkout');
    await setCurrent(sql, clock, id, entry.digest, 'checkout');
    changes += 1;
  }
  for (const gone of [...items.values()].toSorted((a, b) => compareText(a.id, b.id))) {
    if (gone.checkoutDigest === null) continue;
    await insertChange(sql, clock, gone.id, null, 'checkout');
    if (gone.currentDigest === gone.checkoutDigest) await touched(sql, 'UPDATE catalog_items SET current_digest = NULL WHERE id = $1', [gone.id]);
    changes += 1;
  }
  return changes;
}

async function ensureItem(sql: Sql, clock: Clock, { kind, name }: CatalogEntry): Promise<{ id: string; currentDigest: Sha256 | null }> {
  await touched(sql, 'INSERT INTO catalog_items (id, project_id, kind, name, created_at) VALUES ($1, $2, $3::catalog_kind, $4, $5) ON CONFLICT DO NOTHING',
    [uuidV7(clock), DEFAULT_PROJECT, kind, name, clock.now()]);
  return (await row<{ id: string; currentDigest: Sha256 | null }>(sql, `
    SELECT id, current_digest AS "currentDigest" FROM catalog_items WHERE project_id = $1 AND kind = $2::catalog_kind AND name = $3`, [DEFAULT_PROJECT, kind, name]))!;
}

async function insertVersion(sql: Sql, clock: Clock, itemId: string, entry: CatalogEntry, origin: Origin): Promise<void> {
  const made = await touched(sql, `
    INSERT INTO catalog_versions (digest, item_id, sequence, kind, name, version, summary, license, definition, origin, actor_id, published_at)
    SELECT $1, $2, coalesce(max(sequence), 0) + 1, $3::catalog_kind, $4, $5, $6, $7, $8::jsonb, $9, $10, $11 FROM catalog_versions WHERE item_id = $2
    ON CONFLICT (digest) DO NOTHING`,
  [entry.digest, itemId, entry.kind, entry.name, entry.version ?? null, entry.summary ?? null, entry.license ?? null, JSON.stringify(entry.definition),
    origin, DEFAULT_ACTOR, clock.now()]);
  if (made === 0) return;
  const files = entry.files.map((file) => ({ ...file, sha256: sha256(file.bytes) }));
  const contents = [...new Map(files.map((file) => [file.sha256, file])).values()].toSorted((a, b) => compareText(a.sha256, b.sha256));
  await touched(sql, 'INSERT INTO catalog_contents (sha256, bytes) SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT DO NOTHING',
    columnsOf(contents, (file) => file.sha256, (file) => Buffer.from(file.bytes)));
  await touched(sql, `
    INSERT INTO catalog_files (version_digest, path, sha256, size_bytes, executable)
    SELECT $1, * FROM unnest($2::text[], $3::text[], $4::int8[], $5::bool[])`,
  [entry.digest, ...columnsOf(files, (file) => file.path, (file) => file.sha256, (file) => file.bytes.byteLength, (file) => file.executable)]);
}

async function setCurrent(sql: Sql, clock: Clock, itemId: string, digest: Sha256, origin: Origin): Promise<void> {
  await touched(sql, 'UPDATE catalog_items SET current_digest = $2 WHERE id = $1', [itemId, digest]);
  await insertChange(sql, clock, itemId, digest, origin);
}

async function insertChange(sql: Sql, clock: Clock, itemId: string, digest: Sha256 | null, origin: Origin): Promise<void> {
  await touched(sql, 'INSERT INTO catalog_changes (item_id, digest, origin, actor_id, changed_at) VALUES ($1, $2, $3, $4, $5)',
    [itemId, digest, origin, DEFAULT_ACTOR, clock.now()]);
}
