import { createHash } from 'node:crypto';

import { canonicalJson } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { compareText } from '../foundation/order.ts';
import type { Inventory, InventoryFile, Relation, SandboxPackage, UnresolvedNeed } from '../inventory/inventory.ts';

/** Every document of an inventory asks for these; they are made once. An inventory is not changed. */
const ORDERED = new WeakMap<Inventory, Inventory>();
const DIGESTS = new WeakMap<Inventory, Sha256>();

/** Every list that is a set stands in one order; lists whose order says something (patches, purls) are left alone. */
export function orderedInventory(inventory: Inventory): Inventory {
  const known = ORDERED.get(inventory);
  if (known !== undefined) return known;
  const ordered = {
    ...inventory,
    components: inOrder(inventory.components, (a, b) => compareText(a.ref, b.ref)),
    relations: inOrder(inventory.relations, compareRelations),
    files: inOrder(inventory.files, compareFiles),
    sandbox: { ...inventory.sandbox, packages: inOrder(inventory.sandbox.packages, comparePackages) },
    unresolved: inOrder(inventory.unresolved, compareNeeds),
    completeness: inOrder(inventory.completeness, (a, b) => compareText(a.subject, b.subject)),
  };
  ORDERED.set(inventory, ordered);
  return ordered;
}

/** sha256 of the RFC 8785 form of an ordered inventory, without ever holding its text. */
export function digestOf(inventory: Inventory): Sha256 {
  const known = DIGESTS.get(inventory);
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  for (const piece of canonicalPieces(inventory)) hash.update(piece);
  const digest = hash.digest('hex') as Sha256;
  DIGESTS.set(inventory, digest);
  return digest;
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

/** The list itself where it is in order, as those of `inventoryOf` mostly are. */
function inOrder<T>(rows: readonly T[], compare: (a: T, b: T) => number): readonly T[] {
  return rows.every((row, index) => index === 0 || compare(rows[index - 1]!, row) <= 0) ? rows : rows.toSorted(compare);
}

/** A directory's own files before those of a longer name: the slash sorts lowest. */
function compareFiles(a: InventoryFile, b: InventoryFile): number {
  return comparePaths(a.path, b.path) || compareText(a.ref, b.ref);
}

const SLASH = 0x2f;

function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return x === SLASH ? -1 : y === SLASH ? 1 : x - y;
  }
  return a.length - b.length;
}

function comparePackages(a: SandboxPackage, b: SandboxPackage): number {
  return compareText(a.name, b.name) || compareText(a.architecture, b.architecture) || compareText(a.ref, b.ref);
}

function compareNeeds(a: UnresolvedNeed, b: UnresolvedNeed): number {
  return compareText(a.from, b.from) || compareText(a.kind, b.kind) || compareText(a.name, b.name);
}

function compareRelations(a: Relation, b: Relation): number {
  return compareText(a.from, b.from) || compareText(a.kind, b.kind) || compareText(a.to, b.to) || compareText(a.basis, b.basis);
}
