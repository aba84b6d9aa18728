import type { Component, Inventory } from '../inventory/inventory.ts';
import { isAskedFor, neededBy } from '../inventory/reasons.ts';

/** Why a package is in an image. */
export interface WhyInImage {
  /** All that are on record, in words. */
  reasons: readonly string[];
  /**
   * The shortest way from what somebody asked for to the package, which stands last; of equally short ones the first by name.
   * Empty where none leads to it (a record that was cut).
   */
  path: readonly { package: string; reason: string }[];
}

export function whyInImage(inventory: Inventory, { name, recipe }: Component): WhyInImage {
  const reasons = recipe?.reasons ?? [];
  const reasonsOf = new Map(inventory.components.filter(({ kind }) => kind === 'package').map((one) => [one.name, one.recipe?.reasons ?? []]));
  return { reasons, path: shortestPath(name, reasonsOf) };
}

type Step = WhyInImage['path'][number];

function shortestPath(name: string, reasonsOf: ReadonlyMap<string, readonly string[]>): readonly Step[] {
  const seen = new Set([name]);
  let paths: (readonly Step[])[] = [[]];
  for (let heads = [name]; heads.length > 0;) {
    const next: { head: string; path: readonly Step[] }[] = [];
    for (const [index, head] of heads.entries()) {
      const reasons = (reasonsOf.get(head) ?? []).toSorted();
      const asked = reasons.find(isAskedFor);
      if (asked !== undefined) return [{ package: head, reason: asked }, ...paths[index]!];
      for (const reason of reasons) {
        const by = neededBy(reason);
        if (by === undefined || seen.has(by)) continue;
        seen.add(by);
        next.push({ head: by, path: [{ package: head, reason }, ...paths[index]!] });
      }
    }
    heads = next.map(({ head }) => head);
    paths = next.map(({ path }) => path);
  }
  return [];
}
