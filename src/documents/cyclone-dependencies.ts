import type { Inventory } from '../inventory/inventory.ts';
import type { CycloneContext } from './cyclone-component.ts';
import { productOf, type Detail } from './document.ts';
import { defined } from './facts.ts';
import type { JsonPart, PlainFields } from './json-stream.ts';
import { RELATION_TERMS, stateOf } from './relation-terms.ts';

/**
 * The graph of what ships: what is in it and what it needs when it runs. Below it, apart, that of what only builds: what that needs
 * to be built. From one to the other leads no edge; those relations stand in properties. Leaves are listed with nothing below.
 */
export function* cycloneDependencies(context: CycloneContext, detail: Detail): Generator<JsonPart> {
  const { components, files, sandbox } = context.inventory;
  const shipped = components.filter(({ scope }) => scope === 'ships');
  const shippedRefs = new Set([...shipped.map(({ ref }) => ref), ...(detail === 'files' ? files.map(({ ref }) => ref) : [])]);
  const building = [...components.filter(({ scope }) => scope !== 'ships'), ...sandbox.packages];
  const buildingRefs = new Set(building.map(({ ref }) => ref));
  yield { ref: productOf(context.inventory).ref, dependsOn: shipped.filter(({ kind }) => kind === 'image').map(({ ref }) => ref) };
  for (const ref of shippedRefs) yield* edges(context, ref, shippedRefs, true);
  for (const ref of buildingRefs) yield* edges(context, ref, buildingRefs, false);
}

/** Files without edges are not listed: a leaf entry for each would say nothing at great length. */
function* edges({ relations, owned }: CycloneContext, ref: string, within: ReadonlySet<string>, atRun: boolean): Generator<PlainFields> {
  const dependsOn = new Set((relations.get(ref) ?? []).filter(({ kind, to }) => (!atRun || RELATION_TERMS[kind].atRun) && within.has(to) && to !== ref).map(({ to }) => to));
  const isFile = atRun && !owned.byOwner.has(ref);
  if (dependsOn.size > 0 || !isFile) yield { ref, dependsOn: [...dependsOn] };
}

/** Completeness as computed; what nobody looked at is unknown. */
export function compositionsOf(inventory: Inventory, detail: Detail): PlainFields[] {
  const shipped = inventory.components.filter(({ scope }) => scope === 'ships');
  const roots = shipped.filter(({ kind }) => kind === 'root-file-system').map(({ ref }) => ref);
  const product = productOf(inventory).ref;
  return [
    { aggregate: stateOf(inventory, 'run-time-dependencies', 'static-links'), dependencies: [product, ...shipped.map(({ ref }) => ref)] },
    defined({ aggregate: detail === 'files' ? stateOf(inventory, 'files', 'ownership') : stateOf(inventory, 'ownership'), assemblies: [product, ...roots] }),
    { aggregate: stateOf(inventory, 'sandbox', 'build-dependencies'), assemblies: [`formula:${inventory.build.definitionDigest}`] },
  ];
}
