import type { Component, Inventory } from '../inventory/inventory.ts';
import { leavesOf, printLeaf, type Leaf } from '../licensing/expression.ts';
import { parseExpression } from '../licensing/parse-expression.ts';
import type { InventoryComponentRow } from '../records/inventory-records.ts';

/** What is kept of an inventory so that it can be found in. Packages of the sandbox are on record with the sandbox. */
export function inventoryRows({ components }: Inventory): InventoryComponentRow[] {
  return components.map(({ ref, kind, scope, name, version, licenses, purls, cpe, sources }) => {
    const license = licenseThatCounts(licenses);
    return {
      ref, kind, scope, name, version, license, licenses: license === null ? [] : licensesIn(license),
      purls, cpes: cpe === undefined ? [] : [cpe.value], sourceSha256s: sources.map(({ sha256 }) => sha256),
    };
  });
}

function licenseThatCounts({ effective, concluded, declared }: Component['licenses']): string | null {
  return effective ?? concluded ?? declared ?? null;
}

/** Each license that is named, alone and with its exception. */
function licensesIn(text: string): string[] {
  const { expression } = parseExpression(text);
  const parts = (leaf: Leaf): Leaf[] => (leaf.kind === 'with' ? [leaf, leaf.license] : [leaf]);
  return expression === undefined ? [] : [...new Set(leavesOf(expression).flatMap(parts).map((leaf) => printLeaf(leaf)))].toSorted();
}
