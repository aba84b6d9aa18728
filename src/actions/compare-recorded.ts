import type { KnownFacts } from '../causes/cause.ts';
import { compareTrees } from '../compare/compare.ts';
import type { Comparison, Side } from '../compare/comparison.ts';
import { copyleftGains, type CopyleftGain } from '../compare/copyleft.ts';
import { comparedImages, type BuiltImage, type ComparedImage } from '../compare/image-changes.ts';
import { decodeOutline, encodeOutline, outlineOf, type InventoryOutline } from '../compare/inventory-outline.ts';
import { ownershipOf, type Ownership } from '../compare/ownership.ts';
import { ownerOf, packageChanges, withRecordedCauses, type PackageChange } from '../compare/package-changes.ts';
import type { Both } from '../foundation/both.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { isCoded } from '../foundation/failure.ts';
import type { Inventory } from '../inventory/inventory.ts';
import type { LocalStore } from '../store/store.ts';
import { differingTrees, entryAt, type NodeLookup } from '../tree/differing-trees.ts';
import type { PathBytes } from '../tree/entry.ts';
import { decodeNode, type DirectoryNode } from '../tree/node.ts';
import type { Tree } from '../tree/tree.ts';
import { Kept } from './kept.ts';

/** What the record says of a build, where it is to be compared; plain JSON. */
export interface RecordedBuild {
  inventory: Sha256;
  /** The outline of that, where one was made. */
  outline?: Sha256;
  /** When it ran, in seconds since 1970. */
  times: KnownFacts['times'];
  /** How many jobs ran at once, and how many processors there were. */
  jobs: readonly number[];
}

/** Plain JSON. */
export interface ComparedOnRecord {
  comparison: Comparison;
  /** What came out, by name. */
  images: readonly ComparedImage[];
  /** Packages that were made otherwise, or whose files differ. */
  packages: readonly PackageChange[];
  /** Of two builds: packages that ship with more copyleft than before. */
  copyleft?: readonly CopyleftGain[];
  /** Of two builds: contents of all files of the left root. */
  leftRootBytes?: number;
  /** Of each change of the comparison, in its order. */
  owners: readonly (string | null)[];
}

type RecordStore = Pick<LocalStore, 'blobFile' | 'readNode' | 'readBlob' | 'readBlobBytes' | 'putBlob'>;

/** Of a root of 15,000 paths that is 1 MiB. */
const KEPT_OWNERSHIPS = 64;
/** Directories that builds share are read once. */
const KEPT_NODES = 20_000;

/** Two builds from inventories, trees and blobs: no image is read, and of the trees only what differs. */
export class RecordedComparer {
  readonly #store: RecordStore;
  readonly #ownerships = new Kept<Sha256, Ownership>(KEPT_OWNERSHIPS);
  readonly #nodes = new Kept<Sha256, DirectoryNode>(KEPT_NODES);
  readonly #node: NodeLookup = (digest) => this.#nodes.get(digest) ?? this.#nodes.put(digest, decodeNode(this.#store.readNode(digest)));

  constructor(store: RecordStore) {
    this.#store = store;
  }

  async compare(left: RecordedBuild, right: RecordedBuild): Promise<ComparedOnRecord> {
    const owned = { left: await this.#ownership(left), right: await this.#ownership(right) };
    const trees = await this.#trees({ left: owned.left.rootTree, right: owned.right.rootTree }, { left: factsOf(left), right: factsOf(right) });
    const images = comparedImages(owned.left.images, owned.right.images);
    const packages = packageChanges(owned.left, owned.right, trees.changes);
    const changes = withRecordedCauses(trees.changes, packages, owned.left, owned.right);
    return {
      comparison: { ...trees, changes, verdict: { ...trees.verdict, bytesEqual: images.every(({ equal }) => equal), contentEqual: trees.verdict.contentEqual && equalBesideRoot(owned) } },
      images, packages, copyleft: copyleftGains(owned.left.packages, owned.right.packages), leftRootBytes: owned.left.rootBytes,
      owners: changes.map((change) => ownerOf(change, owned.left, owned.right) ?? null),
    };
  }

  /** Makes the outline of an inventory, and puts it into the store. */
  async outline(inventory: Sha256): Promise<Sha256> {
    const outline = outlineOf(JSON.parse(Buffer.from(await this.#store.readBlobBytes(inventory)).toString('utf8')) as Inventory);
    this.#ownerships.put(inventory, ownershipOf(outline));
    return (await this.#store.putBlob(encodeOutline(outline))).sha256;
  }

  /** `compare` gets the path of the build's image that is closest to the format: read in place, for a thread that is cut off leaves no copy behind. */
  async compareWithFile(build: RecordedBuild, format: string, compare: (image: string) => Promise<Comparison>): Promise<ComparedOnRecord> {
    const owned = await this.#ownership(build);
    const { images } = owned;
    const chosen = images.find((one) => one.format.startsWith(format)) ?? images.find((one) => one.format === 'tar') ?? images[0]!;
    const comparison = await compare(await this.#store.blobFile(chosen.sha256));
    return { comparison, images: [], packages: [], owners: comparison.changes.map((change) => (change.place === '' ? ownerOf(change, owned, owned) ?? null : null)) };
  }

  async #trees(roots: Both<Sha256>, known: Both<KnownFacts>): Promise<Comparison> {
    const { left, right } = differingTrees(roots.left, roots.right, this.#node);
    return compareTrees(this.#side(roots.left, left), this.#side(roots.right, right), { known });
  }

  #side(root: Sha256, tree: Tree): Side {
    return { tree, facts: new Map(), content: (path) => this.#content(tree, path), has: (path) => entryAt(root, path, this.#node) !== undefined };
  }

  #content(tree: Tree, path: PathBytes): AsyncIterable<Uint8Array> | undefined {
    const entry = tree.entries.get(path);
    const file = entry?.kind === 'hard-link' ? tree.entries.get(entry.target) : entry;
    return file?.kind === 'file' ? this.#store.readBlob(file.sha256) : undefined;
  }

  async #ownership({ inventory, outline }: RecordedBuild): Promise<Ownership> {
    const kept = this.#ownerships.get(inventory);
    if (kept !== undefined) return kept;
    const known = outline === undefined ? undefined : await this.#readOutline(outline);
    if (known !== undefined) return this.#ownerships.put(inventory, ownershipOf(known));
    // Made again, the same bytes heal what is gone or damaged.
    await this.outline(inventory);
    return this.#ownerships.get(inventory)!;
  }

  /** Undefined where it cannot be used: it says nothing that the inventory does not say. */
  async #readOutline(digest: Sha256): Promise<InventoryOutline | undefined> {
    try {
      return decodeOutline(await this.#store.readBlobBytes(digest));
    } catch (error) {
      if (isCoded(error) && (error.code === 'STORE.MISSING' || error.code === 'STORE.DAMAGED')) return undefined;
      throw error;
    }
  }
}

/** What every step sees: docs/host-contract.md. */
function factsOf({ times, jobs }: RecordedBuild): KnownFacts {
  return { paths: ['/build', '/src', '/sysroot', '/host', '/out'], hosts: ['provenroot'], users: [], times, jobs };
}

/** Images that are not the root: a kernel is content of its own. */
function equalBesideRoot({ left, right }: Both<Ownership>): boolean {
  const beside = ({ images }: Ownership): BuiltImage[] => images.filter(({ format }) => format === 'kernel');
  return comparedImages(beside(left), beside(right)).every(({ equal }) => equal);
}

