import type { Scope } from './inventory.ts';
import type { InventoryFacts } from './inventory-facts.ts';

/**
 * `ships`: owns paths of the root, or is a kernel with an image. `build`: what those are built with, and what that is
 * built with. `host`: tools that ran only, and all that only they need. A toolchain that ships nothing is told apart.
 */
export function scopesOf({ packages, images }: Pick<InventoryFacts, 'packages' | 'images'>, owners: ReadonlySet<string>): Map<string, Scope> {
  const byName = new Map(packages.map((one) => [one.name, one]));
  const imaged = new Set(images.flatMap((image) => image.package ?? []));
  const ships = packages.map(({ name }) => name).filter((name) => owners.has(name) || imaged.has(name));
  const build = new Set(ships);
  for (const name of build) for (const needed of byName.get(name)?.needs.build ?? []) build.add(needed);
  const scopeOf = (name: string): Scope => {
    if (ships.includes(name)) return 'ships';
    if (byName.get(name)?.role === 'toolchain') return 'toolchain';
    return build.has(name) ? 'build' : 'host';
  };
  return new Map(packages.map(({ name }) => [name, scopeOf(name)]));
}
