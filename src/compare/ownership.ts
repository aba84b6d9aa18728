import type { Component, Inventory } from '../inventory/inventory.ts';
import type { PathBytes } from '../tree/entry.ts';
import type { BuiltImage } from './image-changes.ts';

/** What an inventory says of packages, of what came out, and of who owns which path: a part of it that is worth keeping at hand. */
export interface Ownership {
  rootTree: Inventory['build']['rootTree'];
  /** By name. */
  packages: ReadonlyMap<string, Component>;
  images: readonly BuiltImage[];
  /** Contents of all files of the root. */
  rootBytes: number;
  /** The package, table or generator that a path of the root is of. */
  ownerAt(path: PathBytes): string | undefined;
}

export function ownershipOf({ build, components, files, relations }: Inventory): Ownership {
  const names = new Map(components.map(({ ref, name }) => [ref, name]));
  const owners = new Map(files.flatMap(({ path, pathHex, owner }): [string, string][] => {
    const name = names.get(owner ?? '');
    return name === undefined ? [] : [[pathHex === undefined ? Buffer.from(path.slice(1), 'utf8').toString('latin1') : Buffer.from(pathHex, 'hex').toString('latin1'), name]];
  }));
  const packages = components.filter(({ kind }) => kind === 'package');
  const makers = makersOf(packages, relations);
  const images = components.flatMap(({ ref, name, image, hashes, sizeBytes = 0 }): BuiltImage[] =>
    (image === undefined || hashes === undefined ? [] : [{ name, format: image.format, sha256: hashes.sha256, sizeBytes, owner: makers.get(ref) ?? null }]));
  const rootBytes = files.reduce((sum, { kind, sizeBytes = 0 }) => sum + (kind === 'file' ? sizeBytes : 0), 0);
  return { rootTree: build.rootTree, packages: new Map(packages.map((one) => [one.name, one])), images, rootBytes, ownerAt: (path) => owners.get(path) };
}

/** Names of packages by the images that hold what they made. */
function makersOf(packages: readonly Component[], relations: Inventory['relations']): ReadonlyMap<string, string> {
  const byRef = new Map(packages.map(({ ref, name }) => [ref, name]));
  return new Map(relations.flatMap(({ from, to, kind }): [string, string][] => { const name = kind === 'contains' ? byRef.get(to) : undefined; return name === undefined ? [] : [[from, name]]; }));
}
