import { openFileSource } from '../bytes/file-source.ts';
import { compareImages, compareTrees } from '../compare/compare.ts';
import type { Comparison, KnownFacts, Side } from '../compare/comparison.ts';
import { ownerOf, packageChanges, withRecordedCauses, type PackageChange } from '../compare/package-changes.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { detect } from '../readers/detect.ts';
import type { PathBytes } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';
import { recordedInventory } from './recorded-inventory.ts';
import { withTemporaryFile } from './temporary-file.ts';
import type { Workshop } from './workshop.ts';

/** An image or archive from anywhere, or a build on record. */
export type Subject = { kind: 'file'; path: string } | { kind: 'build'; buildId: string };

export interface ComparedImage {
  name: string;
  left: Sha256 | null;
  right: Sha256 | null;
  equal: boolean;
  /** The package that made it; null: it holds the root. */
  owner: string | null;
}

export interface SubjectComparison {
  comparison: Comparison;
  /** Of two builds: what came out, by name. */
  images: readonly ComparedImage[];
  /** Of two builds: packages that were made otherwise, or whose files differ. */
  packages: readonly PackageChange[];
  /** Of a changed path, as far as a build tells. */
  owner(change: Comparison['changes'][number]): string | undefined;
}

export interface CompareMeans {
  workshop: Workshop;
  /** Where an image is written to while it is read. */
  directory: string;
}

const NOBODY = (): undefined => undefined;

/** Two files: no record is needed. Throws BYTES.IO. */
export async function compareFiles(left: string, right: string): Promise<SubjectComparison> {
  const sources = [openFileSource(left), openFileSource(right)] as const;
  try {
    return { comparison: await compareImages(sources[0], sources[1]), images: [], packages: [], owner: NOBODY };
  } finally {
    for (const source of sources) source.close();
  }
}

/** Two builds from the record, no image needed: roots, what came out beside them, and the packages that made the difference. */
export async function compareBuilds(left: string, right: string, { workshop }: Pick<CompareMeans, 'workshop'>): Promise<SubjectComparison> {
  const [before, after] = [await buildSide(left, workshop), await buildSide(right, workshop)];
  const trees = await compareTrees(before.side, after.side, { known: { left: before.known, right: after.known } });
  const images = comparedImages(before.images, after.images);
  const owner = (change: Comparison['changes'][number]): string | undefined => ownerOf(change, before.inventory, after.inventory);
  const bytesEqual = images.every(({ equal }) => equal);
  const packages = packageChanges(before.inventory, after.inventory, trees.changes);
  return {
    comparison: { ...trees, changes: withRecordedCauses(trees.changes, packages, before.inventory, after.inventory), verdict: { ...trees.verdict, bytesEqual, contentEqual: trees.verdict.contentEqual && bytesEqualBeside(before.images, after.images) } },
    images, packages, owner,
  };
}

/** A build's image of the same format, else its tar, against an image from anywhere. */
export async function compareBuildWithFile(buildId: string, file: string, buildIsLeft: boolean, { workshop, directory }: CompareMeans): Promise<SubjectComparison> {
  const { images, inventory } = await buildSide(buildId, workshop);
  const format = formatOf(file);
  const chosen = images.find((one) => one.format.startsWith(format)) ?? images.find((one) => one.format === 'tar') ?? images[0]!;
  const compared = await withTemporaryFile(directory, chosen.name, workshop.store.readBlob(chosen.sha256), (path) => (buildIsLeft ? compareFiles(path, file) : compareFiles(file, path)));
  return { ...compared, owner: (change) => (change.place === '' ? ownerOf(change, inventory, inventory) : undefined) };
}

function formatOf(path: string): string {
  const source = openFileSource(path);
  try {
    const format = detect(source);
    return typeof format === 'string' ? format : 'tar';
  } finally {
    source.close();
  }
}

interface BuildImage { name: string; format: string; sha256: Sha256; owner: string | null }
interface BuildSide { side: Side; known: KnownFacts; inventory: Inventory; images: readonly BuildImage[] }

async function buildSide(buildId: string, workshop: Workshop): Promise<BuildSide> {
  const inventory = await recordedInventory(buildId, workshop);
  const [build] = await workshop.reads.builds.byId([buildId]);
  const tree = await workshop.store.getTree(inventory.build.rootTree);
  const { startedAt = null, finishedAt = null } = build ?? {};
  const times = startedAt === null || finishedAt === null ? [] : [{ from: Math.floor(startedAt.getTime() / 1000), to: Math.ceil(finishedAt.getTime() / 1000) }];
  const makers = packagesOfImages(inventory);
  const images = inventory.components.flatMap(({ ref, name, image, hashes }) => (image === undefined || hashes === undefined ? [] : [{ name, format: image.format, sha256: hashes.sha256, owner: makers.get(ref) ?? null }]));
  return {
    inventory, images, side: { tree, facts: new Map(), content: (path) => contentIn(tree, path, workshop) },
    // What every step sees: docs/host-contract.md.
    known: { paths: ['/build', '/src', '/sysroot', '/host', '/out'], hosts: ['provenroot'], users: [], times },
  };
}

function contentIn(tree: Tree, path: PathBytes, { store }: Workshop): AsyncIterable<Uint8Array> | undefined {
  const entry = tree.entries.get(path);
  const file = entry?.kind === 'hard-link' ? tree.entries.get(entry.target) : entry;
  return file?.kind === 'file' ? store.readBlob(file.sha256) : undefined;
}

function comparedImages(left: readonly BuildImage[], right: readonly BuildImage[]): ComparedImage[] {
  const names = [...new Set([...left, ...right].map(({ name }) => name))].toSorted();
  const named = (images: readonly BuildImage[], name: string): BuildImage | undefined => images.find((one) => one.name === name);
  return names.map((name) => {
    const [before, after] = [named(left, name), named(right, name)];
    return { name, left: before?.sha256 ?? null, right: after?.sha256 ?? null, equal: before?.sha256 === after?.sha256, owner: (after ?? before)!.owner };
  });
}

/** Names of packages by the images that hold what they made. */
function packagesOfImages({ components, relations }: Inventory): ReadonlyMap<string, string> {
  const packages = new Map(components.filter(({ kind }) => kind === 'package').map(({ ref, name }) => [ref, name]));
  return new Map(relations.flatMap(({ from, to, kind }): [string, string][] => { const name = packages.get(to); return kind === 'contains' && name !== undefined ? [[from, name]] : []; }));
}

/** Images that are not the root: a kernel is content of its own. */
function bytesEqualBeside(left: readonly BuildImage[], right: readonly BuildImage[]): boolean {
  const beside = (images: readonly BuildImage[]): BuildImage[] => images.filter(({ format }) => format === 'kernel');
  return comparedImages(beside(left), beside(right)).every(({ equal }) => equal);
}
