import type { Patch, Recipe, Source } from '../catalog/model.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { BuildDefinition } from '../plan/definition.ts';
import type { Reason } from '../plan/resolution.ts';
import type { PathBytes, TreeEntry } from '../tree/entry.ts';
import type { Hashes, ImageFacet, Organisation, OwnerKind, RecipeFacet, SandboxContents, SandboxPackage } from './inventory.ts';

/**
 * What is on record of one finished build, and what its files were found to be: all that its inventory is made of. A plain
 * value; the order of its lists says nothing, but for the sources and patches of one package. Whoever gathers it (actions/inventory-facts.ts) reads, the inventory only computes.
 */
export interface InventoryFacts {
  definition: BuildDefinition;
  definitionDigest: Sha256;
  rootTree: Sha256;
  organisation: Organisation;
  toolchain: string;
  kernel: string;
  packages: readonly PackageFacts[];
  images: readonly ImageFacts[];
  /** Every path of the final root, the root itself (`''`) too. */
  files: readonly OwnedEntry[];
  /** By sha256 of a regular file. */
  contents: Readonly<Record<Sha256, ContentFacts>>;
  /** Directories that a loader's own configuration in the root names, in its order; absolute. */
  loaderPaths: readonly string[];
  sandbox: Omit<SandboxContents, 'packages'> & { packages: readonly Omit<SandboxPackage, 'ref' | 'purl'>[]; suite: string };
  /** What people decided, by package. */
  decisions: Readonly<Record<string, { concluded?: string; effective?: string }>>;
}

/** A package of the build, whether it ships or not; the license as its recipe writes it. */
export interface PackageFacts extends Pick<Recipe, 'name' | 'version' | 'role' | 'summary' | 'homepage' | 'license' | 'licenseFiles' | 'cpe' | 'purl' | 'runtimeComponents' | 'deviations' | 'folderDigest'> {
  sources: readonly Source[];
  patches: readonly Patch[];
  template: { name: string; folderDigest: Sha256 };
  planKey: Sha256;
  options: RecipeFacet['options'];
  reasons: readonly Reason[];
  /** Conditions evaluated. */
  needs: { build: readonly string[]; host: readonly string[]; run: readonly string[] };
  /** One of its steps is given the toolchain. */
  usesToolchain: boolean;
  /** It declares accounts. */
  declaresUsers: boolean;
  /** Paths of static libraries (`.a`) that it offers others. */
  staticLibraries: readonly string[];
}

export interface ImageFacts extends ImageFacet {
  name: string;
  hashes: Hashes;
  sizeBytes: number;
  /** The package whose step left it; absent for an image of the root. */
  package?: string;
}

export interface OwnedEntry {
  path: PathBytes;
  entry: TreeEntry;
  /** Of a table or a package its package's name. */
  owner?: { kind: OwnerKind; name: string; reason: string };
}

export interface ContentFacts {
  sha512: string;
  content: ExaminedContent;
}

/** What `examineContent` finds in a file's bytes. */
export type ExaminedContent =
  | ExaminedElf
  | { kind: 'kernel-module'; name: string; depends: readonly string[] }
  | { kind: 'script'; interpreter: string }
  | { kind: 'archive'; format: string; structured: boolean }
  | { kind: 'data' }
  | { kind: 'unread'; reason: string };

export interface ExaminedElf {
  kind: 'elf';
  type: string;
  machine: string;
  bits: 32 | 64;
  /** As the loader sees them; empty for what is static. */
  needed: readonly string[];
  rpath: readonly string[];
  runpath: readonly string[];
  dynamic: boolean;
  interpreter?: string;
  soname?: string;
  opensLibraries: boolean;
}
