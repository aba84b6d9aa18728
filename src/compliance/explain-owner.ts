import type { Sha256 } from '../foundation/digest.ts';
import { sortedBy } from '../foundation/order.ts';
import type { Component, Inventory, InventoryFile, InventoryPatch, InventorySource, Licenses, Originator, OwnerKind, Ref, Relation, RelationKind } from '../inventory/inventory.ts';
import { RootPaths } from './root-paths.ts';
import { whyInImage, type WhyInImage } from './why-in-image.ts';

/** All that is known of one path of an image; plain JSON. */
export interface OwnerExplanation {
  /** As it was asked for. */
  asked: string;
  /** Symlinks that were followed to what is explained, in order. */
  links: readonly { path: string; target: string; owner?: string }[];
  /** What is explained is a link, and this is where it leads: nothing in the root. */
  leadsNowhere?: string;
  file: Omit<InventoryFile, 'owner' | 'ownership'>;
  /** Other paths of the root with the same inode. */
  hardLinks: readonly string[];
  /** Absent where nobody owns it, which `checkInventory` calls an error. */
  owner?: ExplainedOwner;
  /** Images that it is in. */
  images: readonly string[];
  /** What it asks for by name when it runs and finds in the root. */
  uses: readonly Neighbour[];
  /** What asks for it. */
  usedBy: readonly Neighbour[];
  /** What it asks for and does not find. */
  missing: readonly { kind: string; name: string }[];
}

export interface ExplainedOwner {
  ref: Ref;
  kind: Component['kind'];
  name: string;
  version: string;
  summary?: string;
  homepage?: string;
  originator?: Originator;
  /** How the path came to be its owner's. */
  ownership: { kind: OwnerKind; reason: string };
  /** What made it; of a package only. */
  step?: { name: string; template: string; planKey: Sha256; recipe: Sha256 };
  sources: readonly InventorySource[];
  patches: readonly InventoryPatch[];
  licenses: Licenses;
  purls: readonly string[];
  cpe?: NonNullable<Component['cpe']>;
  why: WhyInImage;
  /** What its package needs besides what files name: packages, by how. */
  needs: readonly PackageNeighbour[];
  neededBy: readonly PackageNeighbour[];
}

export interface Neighbour { path: string; kind: RelationKind; owner?: string }
interface PackageNeighbour { package: string; kind: RelationKind; basis: Relation['basis'] }

/** Throws COMPLIANCE.UNKNOWN_PATH with near misses, COMPLIANCE.LINK_LOOP. */
export function explainOwner(inventory: Inventory, path: string): OwnerExplanation {
  const { file, links, leadsNowhere } = new RootPaths(inventory).find(path);
  const components = new Map(inventory.components.map((one) => [one.ref, one]));
  const owner = components.get(file.owner ?? '');
  const { owner: _owner, ownership, ...facts } = file;
  const inode = sameInode(inventory, file);
  return {
    asked: path,
    links: links.map((link) => ({ path: link.path, target: link.target ?? '', ...ownerName(link, components) })),
    ...(leadsNowhere === undefined ? {} : { leadsNowhere }),
    file: facts, hardLinks: inode.map((one) => one.path).filter((one) => one !== file.path),
    ...(owner === undefined || ownership === undefined ? {} : { owner: explainedOwner(inventory, owner, ownership, components) }),
    images: imagesOf(inventory),
    ...neighbours(inventory, new Set(inode.map(({ ref }) => ref)), components),
  };
}

function ownerName({ owner }: InventoryFile, components: ReadonlyMap<Ref, Component>): { owner?: string } {
  const name = components.get(owner ?? '')?.name;
  return name === undefined ? {} : { owner: name };
}

/** What a file asks for stands with the path that its hard links point at. */
function sameInode({ files }: Inventory, { kind, path, target }: InventoryFile): InventoryFile[] {
  const first = kind === 'hard-link' ? target! : path;
  return files.filter((one) => one.path === first || (one.kind === 'hard-link' && one.target === first));
}

/** Of the root: every image that is made of it. */
function imagesOf({ components, relations }: Inventory): string[] {
  const roots = new Set(components.filter(({ kind }) => kind === 'root-file-system').map(({ ref }) => ref));
  const holding = new Set(relations.filter(({ kind, to }) => kind === 'contains' && roots.has(to)).map(({ from }) => from));
  return components.filter(({ ref, kind }) => kind === 'image' && holding.has(ref)).map(({ name }) => name).toSorted();
}

function neighbours({ files, relations, unresolved }: Inventory, refs: ReadonlySet<Ref>, components: ReadonlyMap<Ref, Component>): Pick<OwnerExplanation, 'uses' | 'usedBy' | 'missing'> {
  const outward = relations.filter(({ from }) => refs.has(from));
  const inward = relations.filter(({ to }) => refs.has(to));
  const wanted = new Set([...outward.map(({ to }) => to), ...inward.map(({ from }) => from)]);
  const byRef = new Map(files.filter(({ ref }) => wanted.has(ref)).map((one) => [one.ref, one]));
  const named = (pairs: readonly { ref: Ref; kind: RelationKind }[]): Neighbour[] => sortedBy(pairs.flatMap(({ ref, kind }) => {
    const file = byRef.get(ref);
    return file === undefined ? [] : [{ path: file.path, kind, ...ownerName(file, components) }];
  }), ({ path, kind }) => `${path} ${kind}`);
  return {
    uses: named(outward.map(({ to, kind }) => ({ ref: to, kind }))), usedBy: named(inward.map(({ from, kind }) => ({ ref: from, kind }))),
    missing: unresolved.filter(({ from }) => refs.has(from)).map(({ kind, name }) => ({ kind, name })),
  };
}

function explainedOwner(inventory: Inventory, owner: Component, ownership: ExplainedOwner['ownership'], components: ReadonlyMap<Ref, Component>): ExplainedOwner {
  const { ref, kind, name, version, summary, homepage, originator, recipe, sources, patches, licenses, purls, cpe } = owner;
  const others = (pairs: readonly { other: Ref; relation: Relation }[]): PackageNeighbour[] => sortedBy(pairs.flatMap(({ other, relation }) => {
    const one = components.get(other);
    return one?.kind === 'package' || one?.kind === 'runtime-component' ? [{ package: one.name, kind: relation.kind, basis: relation.basis }] : [];
  }), (one) => `${one.package} ${one.kind}`);
  return {
    ref, kind, name, version, ownership, sources, patches, licenses, purls,
    ...(summary === undefined ? {} : { summary }), ...(homepage === undefined ? {} : { homepage }), ...(originator === undefined ? {} : { originator }), ...(cpe === undefined ? {} : { cpe }),
    ...(recipe === undefined ? {} : { step: { name, template: recipe.template, planKey: recipe.planKey, recipe: recipe.folderDigest } }),
    why: whyInImage(inventory, owner),
    needs: others(inventory.relations.filter(({ from }) => from === ref).map((relation) => ({ other: relation.to, relation }))),
    neededBy: others(inventory.relations.filter(({ to }) => to === ref).map((relation) => ({ other: relation.from, relation }))),
  };
}
