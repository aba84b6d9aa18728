import type pg from 'pg';

import { canonicalJson } from '../foundation/canonical-json.ts';
import type { Clock } from '../foundation/clock.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { sortedBy } from '../foundation/order.ts';
import { VERIFY } from './build-reference.ts';
import { componentKeys, type SearchedComponent } from './component-keys.ts';
import { columnsOf, inTransaction, row, rows, touched, type Sql } from './sql.ts';

/** What of a component is searched for; the rest is in the inventory's blob. */
export interface InventoryComponentRow extends SearchedComponent {
  ref: string;
  kind: 'image' | 'root-file-system' | 'package' | 'runtime-component' | 'generator';
  scope: 'ships' | 'build' | 'host' | 'toolchain' | 'sandbox';
  name: string;
  version: string;
  /** Expression that counts; null where none is known. `licenses` are the ids in it. */
  license: string | null;
}

export interface NewInventory {
  /** Of its RFC 8785 text, which is in the store. */
  digest: Sha256;
  definitionDigest: Sha256;
  rootTree: Sha256;
  components: readonly InventoryComponentRow[];
}

/** What comparing builds asks of an inventory: a blob of the store, in one of its formats. It can be made again. */
export interface NewOutline { inventory: Sha256; format: number; sha256: Sha256 }

export interface InventoryRecords {
  /** The same digest again changes nothing. */
  recordInventory(inventory: NewInventory): Promise<{ unchanged: boolean }>;
  /**
   * From now on this inventory stands for the build, here and in where-used, which leaves out rebuilds that check others.
   * Throws RECORDS.UNKNOWN for a build or an inventory that is not on record.
   */
  linkInventory(buildId: string, digest: Sha256): Promise<{ unchanged: boolean }>;
  /** One of a newer format stays. */
  keepOutlines(outlines: readonly NewOutline[]): Promise<void>;
}

export function inventoryRecords(pool: pg.Pool, clock: Clock): InventoryRecords {
  return {
    recordInventory: (inventory) => recordInventory(pool, clock, inventory),
    linkInventory: (buildId, digest) => inTransaction(pool, (sql) => linkInventory(sql, clock, buildId, digest)),
    keepOutlines: (outlines) => keepOutlines(pool, outlines),
  };
}

/** One statement: a kill leaves no inventory without its components, and who records the same waits for the first. */
async function recordInventory(sql: Sql, clock: Clock, { digest, definitionDigest, rootTree, components }: NewInventory): Promise<{ unchanged: boolean }> {
  const made = await row<{ made: number }>(sql, `
    WITH made AS (
      INSERT INTO inventories (digest, definition_digest, root_tree, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING digest),
    held AS (
      INSERT INTO inventory_components (inventory_digest, ref, kind, scope, name, version, license, licenses, purls, cpes, source_sha256s)
      SELECT made.digest, c.ref, c.kind, c.scope, c.name, c.version, c.license, c.licenses, c.purls, c.cpes, c."sourceSha256s" FROM made,
        jsonb_to_recordset($5::jsonb) AS c(ref text, kind text, scope text, name text, version text, license text, licenses text[], purls text[], cpes text[], "sourceSha256s" text[]))
    SELECT count(*)::int AS made FROM made`, [digest, definitionDigest, rootTree, clock.now(), canonicalJson(components)]);
  return { unchanged: made!.made === 0 };
}

async function keepOutlines(sql: Sql, outlines: readonly NewOutline[]): Promise<void> {
  // In order: of two that keep the same at once, neither waits for the other in turn.
  const sorted = sortedBy(outlines, ({ inventory }) => inventory);
  await touched(sql, `
    INSERT INTO inventory_outlines (inventory_digest, format, sha256) SELECT * FROM unnest($1::text[], $2::int[], $3::text[])
    ON CONFLICT (inventory_digest) DO UPDATE SET format = excluded.format, sha256 = excluded.sha256 WHERE inventory_outlines.format <= excluded.format`,
  columnsOf(sorted, ({ inventory }) => inventory, ({ format }) => format, ({ sha256 }) => sha256));
}

async function linkInventory(sql: Sql, clock: Clock, buildId: string, digest: Sha256): Promise<{ unchanged: boolean }> {
  // Of two that link at once the second sees what the first left.
  const build = await row<{ purpose: string }>(sql, 'SELECT purpose FROM builds WHERE id = $1 FOR NO KEY UPDATE', [buildId]);
  if (build === undefined) throw new Failure('RECORDS.UNKNOWN', `no build ${buildId} is on record`);
  if (await row(sql, 'SELECT FROM inventories WHERE digest = $1', [digest]) === undefined) throw new Failure('RECORDS.UNKNOWN', `no inventory ${digest} is on record`);
  const current = await row<{ digest: Sha256 }>(sql, 'SELECT inventory_digest AS digest FROM build_inventories WHERE build_id = $1 ORDER BY id DESC LIMIT 1', [buildId]);
  if (current?.digest === digest) return { unchanged: true };
  await touched(sql, 'INSERT INTO build_inventories (build_id, inventory_digest, recorded_at) VALUES ($1, $2, $3)', [buildId, digest, clock.now()]);
  if (build.purpose !== VERIFY) await renewUses(sql, buildId, digest);
  return { unchanged: false };
}

async function renewUses(sql: Sql, buildId: string, digest: Sha256): Promise<void> {
  await touched(sql, 'DELETE FROM component_uses WHERE build_id = $1', [buildId]);
  const components = await rows<SearchedComponent & { ref: string }>(sql, `
    SELECT ref, licenses, purls, cpes, source_sha256s AS "sourceSha256s" FROM inventory_components WHERE inventory_digest = $1 ORDER BY ref`, [digest]);
  const uses = components.flatMap((component) => componentKeys(component).map((key) => ({ ...key, ref: component.ref })));
  await touched(sql, `
    INSERT INTO component_uses (kind, key, build_id, ref, inventory_digest) SELECT u.kind, u.key, $1, u.ref, $2 FROM unnest($3::text[], $4::text[], $5::text[]) AS u(kind, key, ref)`,
  [buildId, digest, ...columnsOf(uses, ({ kind }) => kind, ({ key }) => key, ({ ref }) => ref)]);
}
