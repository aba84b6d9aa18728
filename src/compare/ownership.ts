import type { Sha256 } from '../foundation/digest.ts';
import type { PathBytes } from '../tree/entry.ts';
import type { BuiltImage } from './image-changes.ts';
import type { InventoryOutline, OutlinedPackage } from './inventory-outline.ts';
import { ownerAmong } from './owned-paths.ts';

/** What an inventory says of packages, of what came out, and of who owns which path: a part of it that is worth keeping at hand. */
export interface Ownership {
  rootTree: Sha256;
  /** By name. */
  packages: ReadonlyMap<string, OutlinedPackage>;
  images: readonly BuiltImage[];
  /** Contents of all files of the root. */
  rootBytes: number;
  /** The package, table or generator that a path of the root is of. */
  ownerAt(path: PathBytes): string | undefined;
}

export function ownershipOf({ rootTree, packages, images, rootBytes, paths }: InventoryOutline): Ownership {
  return { rootTree, packages: new Map(packages.map((one) => [one.name, one])), images, rootBytes, ownerAt: (path) => ownerAmong(paths, path) };
}
