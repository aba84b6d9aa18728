import { sortedBy } from '../foundation/order.ts';
import type { Component, Inventory, InventoryFile, Ref, RelationKind } from '../inventory/inventory.ts';
import type { ComponentSubject, FileSubject, ProductSubject, ProfileDocument, Subject } from './profile-field.ts';

/** Edges along which something delivered depends on something else. */
const RUNS_WITH: ReadonlySet<RelationKind> = new Set<RelationKind>(['contains', 'needsAtRun', 'linksDynamically', 'linksStatically', 'interpreter', 'kernelModule']);

const KIND_ORDER: readonly Component['kind'][] = ['image', 'root-file-system', 'package', 'runtime-component', 'generator'];

/** Everything that is delivered, in one order. What only builds is outside the scope of delivery, and no subject. */
export function profileSubjects(inventory: Inventory, documents: readonly ProfileDocument[]): Subject[] {
  const shipped = inventory.components.filter(({ scope }) => scope === 'ships');
  const dependencies = countBy(inventory.relations.filter(({ kind, from, to }) => RUNS_WITH.has(kind) && from !== to), ({ from }) => from);
  const inOrder = sortedBy(shipped, ({ kind, name, version, ref }) => `${KIND_ORDER.indexOf(kind)} ${name} ${version} ${ref}`);
  return [
    { kind: 'document', inventory, documents: sortedBy(documents, ({ format, detail, sha256 }) => `${format} ${detail} ${sha256}`) },
    productSubject(inventory),
    ...inOrder.map((component): ComponentSubject => ({ kind: 'component', component, dependencies: dependencies.get(component.ref) ?? 0, inventory })),
    ...fileSubjects(inventory, dependencies),
  ];
}

function isFileComponent({ kind, properties }: InventoryFile): boolean {
  return (kind === 'file' || kind === 'hard-link') && (properties === undefined || properties.executable || properties.archive);
}

function fileSubjects(inventory: Inventory, dependencies: ReadonlyMap<Ref, number>): FileSubject[] {
  const owners = new Map(inventory.components.map((one) => [one.ref, one]));
  const missing = countBy(inventory.unresolved, ({ from }) => from);
  return sortedBy(inventory.files.filter(isFileComponent), ({ path, ref }) => `${path}\0${ref}`).map((file) => (
    { kind: 'file', file, owner: owners.get(file.owner ?? ''), dependencies: dependencies.get(file.ref) ?? 0, missing: missing.get(file.ref) ?? 0, inventory }
  ));
}

function productSubject(inventory: Inventory): ProductSubject {
  const { organisation, build } = inventory;
  return { kind: 'product', ref: `product:${build.definitionDigest}`, name: organisation.product ?? build.board, version: organisation.productVersion ?? build.definitionDigest, inventory };
}

function countBy<T>(items: readonly T[], key: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return counts;
}
