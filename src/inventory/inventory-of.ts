import { canonicalJson } from '../foundation/canonical-json.ts';
import { sortedBy, sortedEntries } from '../foundation/order.ts';
import { componentsOf, sandboxPackages, type Components } from './inventory-components.ts';
import { completenessOf } from './inventory-completeness.ts';
import type { InventoryFacts } from './inventory-facts.ts';
import { listedFiles, orderedEntries, type ListedFile } from './inventory-files.ts';
import { filesByPath, linksOf } from './inventory-links.ts';
import { ownerOf, relationsOf, unresolvedNeeds } from './inventory-relations.ts';
import { INVENTORY_FORMAT, type Component, type Inventory, type InventoryBuild, type InventoryFile } from './inventory.ts';
import { loadingsOf } from './loadings.ts';

/** Pure: the same facts, in whatever order, give the same value. What is wrong with it `checkInventory` tells. */
export function inventoryOf(facts: InventoryFacts): Inventory {
  const ordered = orderedEntries(facts.files);
  const files = listedFiles(ordered, facts.contents);
  const components = componentsOf(facts, files);
  const sandbox = sandboxPackages(facts);
  const loadings = loadingsOf({ files: firstOfEach(ordered), contents: facts.contents, loaderPaths: facts.loaderPaths });
  const byPath = filesByPath(files);
  const known = {
    format: INVENTORY_FORMAT, build: buildOf(facts), organisation: facts.organisation, components: inOrder(components),
    relations: relationsOf({ facts, files, components, sandbox, links: linksOf(loadings, byPath, components) }),
    files: files.map((one) => owned(one, components)),
    sandbox: { digest: facts.sandbox.digest, lockDigest: facts.sandbox.lockDigest, architecture: facts.sandbox.architecture, packages: sandbox },
    unresolved: unresolvedNeeds(loadings, byPath),
  } as const;
  return { ...known, completeness: completenessOf(known, facts, ordered) };
}

/** The listed file itself, not a copy of it: there are many. */
function owned({ source, file }: ListedFile, components: Components): InventoryFile {
  const owner = ownerOf(source, components);
  return owner === undefined ? file : Object.assign(file, { owner: owner.ref });
}

/** The bytes that two servers agree on (RFC 8785). */
export function inventoryText(inventory: Inventory): string {
  return canonicalJson(inventory);
}

function buildOf({ definition, definitionDigest, rootTree }: InventoryFacts): InventoryBuild {
  const { configuration, target, epochSeconds, versions: { stepRunner, collector, finalize, writers } } = definition;
  const writerVersions = sortedEntries(writers).map(([format, version]) => [`writer.${format}`, version]);
  return {
    definitionDigest, configurationDigest: configuration, board: target.board, architecture: target.architecture, tuning: target.tuning, epochSeconds, rootTree,
    versions: { stepRunner, collector: String(collector), finalize: String(finalize), ...Object.fromEntries(writerVersions) as Record<string, string> },
  };
}

function inOrder({ images, root, packages, generators, runtime }: Components): Component[] {
  return sortedBy([...images.values(), root, ...packages.values(), ...generators.values(), ...runtime.map(({ component }) => component)], ({ ref }) => ref);
}

/** A loader sees one file at a path. */
function firstOfEach(ordered: InventoryFacts['files']): InventoryFacts['files'] {
  return ordered.filter(({ path }, index) => index === 0 || ordered[index - 1]!.path !== path);
}
