import { createHash } from 'node:crypto';

import type { Sha256 } from '../foundation/digest.ts';
import { compareText } from '../foundation/order.ts';
import type { Inventory, InventoryFile, Relation } from '../inventory/inventory.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';

/** Every list that is a set stands in one order; lists whose order says something (patches, purls) are left alone. */
export function orderedInventory(inventory: Inventory): Inventory {
  return {
    ...inventory,
    components: byKey(inventory.components, ({ ref }) => ref),
    relations: inventory.relations.toSorted(compareRelations),
    files: byKey(inventory.files, pathKey),
    sandbox: { ...inventory.sandbox, packages: byKey(inventory.sandbox.packages, ({ name, architecture, ref }) => `${name}\0${architecture}\0${ref}`) },
    unresolved: byKey(inventory.unresolved, ({ from, kind, name }) => `${from}\0${kind}\0${name}`),
    completeness: byKey(inventory.completeness, ({ subject }) => subject),
  };
}

/** sha256 of the RFC 8785 form of an ordered inventory, without ever holding its text. */
export function digestOf(inventory: Inventory): Sha256 {
  const hash = createHash('sha256');
  for (const piece of canonicalPieces(inventory)) hash.update(piece);
  return hash.digest('hex') as Sha256;
}

function* canonicalPieces(inventory: Inventory): Generator<string> {
  let before = '{';
  for (const [key, value] of Object.entries(inventory).toSorted(([a], [b]) => compareText(a, b))) {
    yield `${before}${canonicalJson(key)}:`;
    before = ',';
    if (Array.isArray(value)) yield* canonicalRows(value);
    else yield canonicalJson(value);
  }
  yield '}';
}

function* canonicalRows(rows: readonly unknown[]): Generator<string> {
  yield '[';
  for (const [index, row] of rows.entries()) yield `${index === 0 ? '' : ','}${canonicalJson(row)}`;
  yield ']';
}

function byKey<T>(rows: readonly T[], key: (row: T) => string): T[] {
  return rows.map((row) => ({ row, key: key(row) })).toSorted((a, b) => compareText(a.key, b.key)).map(({ row }) => row);
}

/** A directory's own files before those of a longer name: the slash sorts lowest. */
function pathKey({ path, ref }: InventoryFile): string {
  return `${path.replaceAll('/', '\0')}\0\0${ref}`;
}

function compareRelations(a: Relation, b: Relation): number {
  return compareText(a.from, b.from) || compareText(a.kind, b.kind) || compareText(a.to, b.to) || compareText(a.basis, b.basis);
}
