import type { Component, Inventory, InventoryFile, Relation } from '../inventory/inventory.ts';
import { componentHashes } from './component-hash.ts';
import { cycloneComponent, cycloneSandboxPackage, type CycloneContext } from './cyclone-component.ts';
import { compositionsOf, cycloneDependencies } from './cyclone-dependencies.ts';
import { cycloneFile } from './cyclone-file.ts';
import { cycloneMetadata } from './cyclone-metadata.ts';
import { identities, otherDetail, type BillOfMaterials, type Detail } from './document.ts';
import { jsonChunks, Members, Rows, type JsonPart } from './json-stream.ts';
import { orderedInventory } from './ordered-inventory.ts';
import { ownedFiles } from './owned-files.ts';
import { relationsAt } from './relation-terms.ts';

/** CycloneDX in JSON. The document with files says all that the one with packages says, and the files inside their owners. */
export function cycloneDx(inventory: Inventory, { detail, version }: { detail: Detail; version: '1.7' | '1.6' }): BillOfMaterials {
  const ordered = orderedInventory(inventory);
  const format = `cyclonedx-${version}` as const;
  const identify = identities(ordered, format);
  const context: CycloneContext = { inventory: ordered, version, owned: ownedFiles(ordered), hashes: componentHashes(ordered), relations: byFrom(relationsAt(ordered, detail)) };
  return {
    format, detail, mediaType: `application/vnd.cyclonedx+json; version=${version}`, uuid: identify(detail), lost: version === '1.7' ? [] : lostBelow17(ordered),
    chunks: () => jsonChunks(new Members({
      $schema: `http://cyclonedx.org/schema/bom-${version}.schema.json`, bomFormat: 'CycloneDX', specVersion: version,
      serialNumber: `urn:uuid:${identify(detail)}`, version: 1, metadata: cycloneMetadata(ordered),
      components: new Rows(componentRows(context, detail)),
      externalReferences: [{ type: 'bom', url: `urn:cdx:${identify(otherDetail(detail))}/1`, comment: `the same with detail "${otherDetail(detail)}"` }],
      dependencies: new Rows(cycloneDependencies(context, detail)),
      compositions: compositionsOf(ordered, detail),
      formulation: new Rows([new Members({ 'bom-ref': `formula:${ordered.build.definitionDigest}`, 'components': new Rows(formulaRows(context)) })]),
    })),
  };
}

function* componentRows(context: CycloneContext, detail: Detail): Generator<JsonPart> {
  const { components } = context.inventory;
  for (const component of components) if (component.scope === 'ships') yield withFiles(component, context, detail);
  if (detail === 'packages') return;
  for (const file of looseFiles(context)) yield cycloneFile(file, context.relations.get(file.ref) ?? [], true);
}

function withFiles(component: Component, context: CycloneContext, detail: Detail): JsonPart {
  const fields = cycloneComponent(component, context);
  const files = detail === 'files' ? context.owned.byOwner.get(component.ref) ?? [] : [];
  return files.length === 0 ? fields : new Members({ ...fields, components: new Rows(files.map((file) => cycloneFile(file, context.relations.get(file.ref) ?? [], false))) });
}

/** Nobody's, or of an owner that does not ship itself. */
function looseFiles({ inventory, owned }: CycloneContext): InventoryFile[] {
  const notShipped = inventory.components.filter(({ scope }) => scope !== 'ships');
  return [...owned.unowned, ...notShipped.flatMap(({ ref }) => owned.byOwner.get(ref) ?? [])];
}

function* formulaRows(context: CycloneContext): Generator<JsonPart> {
  for (const component of context.inventory.components) if (component.scope !== 'ships') yield cycloneComponent(component, context);
  for (const one of context.inventory.sandbox.packages) yield cycloneSandboxPackage(one);
}

function byFrom(relations: readonly Relation[]): Map<string, Relation[]> {
  const map = new Map<string, Relation[]>();
  for (const relation of relations) {
    const list = map.get(relation.from);
    if (list === undefined) map.set(relation.from, [relation]);
    else list.push(relation);
  }
  return map;
}

function lostBelow17({ components }: Inventory): string[] {
  const two = components.filter(({ licenses }) => licenses.declared !== undefined && licenses.concluded !== undefined).length;
  return two === 0 ? [] : [`the declared expression of ${two} components stands in a property: 1.6 takes one expression a component`];
}
