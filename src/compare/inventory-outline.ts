import { canonicalJson } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { Component, Inventory, Licenses, RecipeFacet } from '../inventory/inventory.ts';
import type { BuiltImage } from './image-changes.ts';
import { packPaths, type OwnedPaths } from './owned-paths.ts';

/** Raise it when the same inventory gives another outline. */
export const OUTLINE_FORMAT = 1;

/** Of a package what comparing asks for. */
export interface OutlinedPackage extends Pick<Component, 'name' | 'version' | 'scope'> {
  licenses: Pick<Licenses, 'declared' | 'concluded' | 'effective' | 'unreadable'>;
  sources: readonly { file: string; sha256: Sha256 }[];
  patches: readonly { file: string; sha256: Sha256 }[];
  recipe?: Pick<RecipeFacet, 'folderDigest' | 'template' | 'templateDigest' | 'planKey' | 'options'>;
}

/** What comparing two builds asks of an inventory: a fortieth of its bytes, and of the time it takes to read them. Plain JSON. */
export interface InventoryOutline {
  format: typeof OUTLINE_FORMAT;
  rootTree: Sha256;
  /** Contents of all files of the root. */
  rootBytes: number;
  /** As the inventory has them. */
  images: readonly BuiltImage[];
  packages: readonly OutlinedPackage[];
  /** Names of what paths of the root are of: packages, tables, generators. */
  paths: OwnedPaths;
}

export function outlineOf({ build, components, files, relations }: Inventory): InventoryOutline {
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
  return { format: OUTLINE_FORMAT, rootTree: build.rootTree, rootBytes, images, packages: packages.map(outlinedPackage), paths: packPaths(owners) };
}

/** UTF-8 of canonical JSON: the same inventory gives the same bytes. */
export function encodeOutline(outline: InventoryOutline): Uint8Array {
  return Buffer.from(canonicalJson(outline), 'utf8');
}

/** Of bytes that `encodeOutline` made; undefined where that was in another format. */
export function decodeOutline(bytes: Uint8Array): InventoryOutline | undefined {
  const outline = JSON.parse(Buffer.from(bytes).toString('utf8')) as InventoryOutline | { format: unknown };
  return outline.format === OUTLINE_FORMAT ? outline as InventoryOutline : undefined;
}

function outlinedPackage({ name, version, scope, licenses, sources, patches, recipe }: Component): OutlinedPackage {
  const { declared, concluded, effective, unreadable } = licenses;
  return {
    name, version, scope,
    licenses: { ...(declared === undefined ? {} : { declared }), ...(concluded === undefined ? {} : { concluded }), ...(effective === undefined ? {} : { effective }), ...(unreadable === undefined ? {} : { unreadable }) },
    sources: sources.map(({ file, sha256 }) => ({ file, sha256 })), patches: patches.map(({ file, sha256 }) => ({ file, sha256 })),
    ...(recipe === undefined ? {} : { recipe: { folderDigest: recipe.folderDigest, template: recipe.template, templateDigest: recipe.templateDigest, planKey: recipe.planKey, options: recipe.options } }),
  };
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
