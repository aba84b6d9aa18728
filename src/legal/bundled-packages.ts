import { compareText, sortedBy } from '../foundation/order.ts';
import type { Component, Inventory } from '../inventory/inventory.ts';
import { redistributionOf, type OwnCategories, type Redistribution } from './redistribution.ts';

/** A package as the bundle has it. */
export interface BundledPackage {
  component: Component;
  /** `NAME-VERSION`: where its files lie below `sources/`, `patches/`, `licenses/`. */
  folder: string;
  /** For the target (`manifest.csv`), or only for building (`host-manifest.csv`). */
  side: 'target' | 'host';
  redistribution: Redistribution;
  /** All that it was built with or needs, directly or through others; by name. */
  dependencies: readonly Component[];
}

/** Packages, and the compiler's own parts that are in the binaries; by name. */
export function bundledPackages(inventory: Inventory, own: OwnCategories): BundledPackage[] {
  const components = sortedBy(inventory.components.filter(({ kind }) => kind === 'package' || kind === 'runtime-component'), ({ name, version, ref }) => `${name} ${version} ${ref}`);
  const folders = folderNames(components);
  const needs = directNeeds(inventory);
  return components.map((component, at): BundledPackage => ({
    component, folder: folders[at]!,
    side: component.scope === 'ships' || component.scope === 'build' ? 'target' : 'host',
    redistribution: redistributionOf(component.licenses, own),
    dependencies: reached(component, needs, components),
  }));
}

/** `foo-1` of version 2 and `foo` of version `1-2` would lie in one folder. */
function folderNames(components: readonly Component[]): string[] {
  const taken = new Set<string>();
  return components.map(({ name, version }) => {
    const base = `${name}${version === '' ? '' : `-${version}`}`.replaceAll(/[^A-Za-z0-9+.~_-]/g, '_');
    let folder = base;
    for (let again = 2; taken.has(folder); again++) folder = `${base}+${again}`;
    taken.add(folder);
    return folder;
  });
}

const NEEDS = new Set(['needsAtBuild', 'needsAtHost', 'needsAtRun']);

function directNeeds({ relations }: Inventory): Map<string, string[]> {
  const needs = new Map<string, string[]>();
  for (const { from, to, kind } of relations) {
    if (!NEEDS.has(kind)) continue;
    const known = needs.get(from);
    if (known === undefined) needs.set(from, [to]);
    else known.push(to);
  }
  return needs;
}

function reached({ ref }: Component, needs: ReadonlyMap<string, readonly string[]>, components: readonly Component[]): Component[] {
  const seen = new Set<string>();
  const queue = [...needs.get(ref) ?? []];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next) || next === ref) continue;
    seen.add(next);
    queue.push(...needs.get(next) ?? []);
  }
  return components.filter((one) => seen.has(one.ref)).toSorted((a, b) => compareText(a.name, b.name));
}
