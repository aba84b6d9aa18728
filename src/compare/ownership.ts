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

/** Of 12,000 paths in 10 ms: a pair of arrays for each took three times as long. */
export function ownershipOf({ build, components, files, relations }: Inventory): Ownership {
  const names = new Map(components.map(({ ref, name }) => [ref, name]));
  const owners = new Map<string, string>();
  let rootBytes = 0;
  for (const file of files) {
    const name = names.get(file.owner ?? '');
    if (name !== undefined) owners.set(bytesOf(file), name);
    if (file.kind === 'file') rootBytes += file.sizeBytes ?? 0;
  }
  const packages = components.filter(({ kind }) => kind === 'package');
  const makers = makersOf(packages, relations);
  const images = components.flatMap(({ ref, name, image, hashes, sizeBytes = 0 }): BuiltImage[] =>
    (image === undefined || hashes === undefined ? [] : [{ name, format: image.format, sha256: hashes.sha256, sizeBytes, owner: makers.get(ref) ?? null }]));
  return { rootTree: build.rootTree, packages: new Map(packages.map((one) => [one.name, one])), images, rootBytes, ownerAt: (path) => owners.get(path) };
}

// eslint-disable-next-line no-control-regex
const ASCII = /^[\x00-\x7f]*$/;

/** A path as a tree has it: without the first slash, a character a byte. */
function bytesOf({ path, pathHex }: Inventory['files'][number]): string {
  if (pathHex !== undefined) return Buffer.from(pathHex, 'hex').toString('latin1');
  return ASCII.test(path) ? path.slice(1) : Buffer.from(path.slice(1), 'utf8').toString('latin1');
}

/** Names of packages by the images that hold what they made. */
function makersOf(packages: readonly Component[], relations: Inventory['relations']): ReadonlyMap<string, string> {
  const byRef = new Map(packages.map(({ ref, name }) => [ref, name]));
  const makers = new Map<string, string>();
  for (const { from, to, kind } of relations) {
    const name = kind === 'contains' ? byRef.get(to) : undefined;
    if (name !== undefined) makers.set(from, name);
  }
  return makers;
}
