import type { Sha256 } from '../foundation/digest.ts';

/** Raise it when the same facts give another value. */
export const INVENTORY_FORMAT = 1;

/**
 * What one build is made of: plain JSON, every list in one order, nothing in it of the run that made it. Two rebuilds of
 * one definition with the same bytes, on two servers, have the same inventory.
 */
export interface Inventory {
  format: typeof INVENTORY_FORMAT;
  build: InventoryBuild;
  /** Of the configuration; what it does not say is absent. */
  organisation: Organisation;
  /** By ref. Everything but files and the sandbox's packages. */
  components: readonly Component[];
  /** Between components, files and packages of the sandbox; by from, kind, to. */
  relations: readonly Relation[];
  /** Every path of the final root but the root itself, in byte order of its path components. */
  files: readonly InventoryFile[];
  /** Apart: nothing of it is shipped but what `builtFrom` relations of runtime components name. */
  sandbox: SandboxContents;
  /** What was asked for by name and is not in the root; by from, kind, name. */
  unresolved: readonly UnresolvedNeed[];
  completeness: readonly CompletenessClaim[];
}

export interface InventoryBuild {
  definitionDigest: Sha256;
  configurationDigest: Sha256;
  board: string;
  architecture: string;
  tuning: string;
  /** Time of the documents: seconds, UTC. */
  epochSeconds: number;
  rootTree: Sha256;
  /** Versions of the code that shaped the bytes, as the definition has them. */
  versions: Readonly<Record<string, string>>;
}

export interface Organisation {
  /** Name. */
  supplier?: string;
  /** URL of the supplier. */
  url?: string;
  /** Mail address or URL. */
  contact?: string;
  /** Where images and documents are published; ends in a slash. */
  publishingUrl?: string;
  product?: string;
  productVersion?: string;
  /** Last day of the support period, `YYYY-MM-DD`. */
  supportUntil?: string;
}

/** `KIND:` and 64 hexadecimal digits: the digest of what it names. Unique in an inventory. */
export type Ref = string;

export type ComponentKind =
  /** A file that leaves the build: an image of the root file system, a kernel. */
  | 'image'
  /** The final root, whatever it is packed in. */
  | 'root-file-system'
  /** A recipe's package: no file of its own, it owns files. The kernel, toolchain and skeleton are told by `role`. */
  | 'package'
  /** What the compiler leaves in every binary. */
  | 'runtime-component'
  /** Rules of Provenroot that make files out of the configuration: accounts, hostname … */
  | 'generator';

export type Scope = 'ships' | 'build' | 'host' | 'toolchain' | 'sandbox';

export interface Component {
  ref: Ref;
  kind: ComponentKind;
  scope: Scope;
  name: string;
  /** Empty where there is none to tell (a finding). */
  version: string;
  summary?: string;
  homepage?: string;
  /** Of an image: the file's. Others are not one file; see `contentDigest`. */
  hashes?: Hashes;
  sizeBytes?: number;
  /** Of an image. */
  image?: ImageFacet;
  /** Of a root file system its tree's; of a package or generator that owns files sha256 over their refs. */
  contentDigest?: Sha256;
  /** How many regular files of the root it owns; absent for what owns none by its kind. */
  fileCount?: number;
  /** Of a package. */
  recipe?: RecipeFacet;
  /** Who made it upstream, and how that is known. */
  originator?: Originator;
  licenses: Licenses;
  /** Strongest registered type first; never empty for a package nor for the root file system. */
  purls: readonly string[];
  cpe?: Cpe;
  sources: readonly InventorySource[];
  /** In the order in which they are applied. */
  patches: readonly InventoryPatch[];
  /** As BSI TR-03183-2 asks; of images. Files have their own. */
  properties?: FileProperties;
}

export interface Hashes { sha256: Sha256; sha512: string }

export interface ImageFacet {
  /** `ext4`, `squashfs`, `tar`, `cpio.gz`, `kernel`. */
  format: string;
  writerVersion: string;
  /** Of the same bytes before a compressor that wraps all of them. */
  uncompressed?: Hashes & { name: string; sizeBytes: number };
}

export interface RecipeFacet {
  role: 'package' | 'toolchain' | 'kernel' | 'skeleton';
  /** Digest of the recipe's folder. */
  folderDigest: Sha256;
  template: string;
  templateDigest: Sha256;
  /** Plan key of its main step. */
  planKey: Sha256;
  /** Effective options, canonical JSON values. */
  options: Readonly<Record<string, unknown>>;
  /** Why it is in the build, in words; never empty. */
  reasons: readonly string[];
  deviations: readonly { rule: string; reason: string }[];
}

export interface Originator {
  name: string;
  url?: string;
  /** Of a forge's owner in a URL or purl; of the homepage's host. Nothing here was said by the originator. */
  basis: 'forge-owner' | 'homepage';
}

/** SPDX expressions in canonical form; absent where there is none. */
export interface Licenses {
  declared?: string;
  /** As distributed. Without a decision of a person it is what is declared; of a root file system, all of what is in it. */
  concluded?: string;
  concludedBasis?: 'decision' | 'declared' | 'contents';
  /** Under which one it is really used: where there is a choice, only a decision tells. */
  effective?: string;
  effectiveBasis?: 'decision' | 'no-choice';
  /** What the recipe says where that is no SPDX expression; nothing is guessed from it. */
  unreadable?: string;
  files: readonly { path: string; sha256: Sha256 }[];
}

export interface Cpe {
  value: string;
  basis: 'declared' | 'inferred';
}

export interface InventorySource {
  file: string;
  sha256: Sha256;
  sizeBytes: number;
  /** As the recipe names them; where bytes were really fetched from is no part of an inventory. */
  urls: readonly string[];
  /** Path below a Debian archive. */
  debianPool?: string;
  origin: 'pristine' | 'signed' | 'repacked' | 'unverified';
}

export interface InventoryPatch {
  file: string;
  sha256: Sha256;
  /** URL or words. */
  origin: string;
  upstream: 'submitted' | 'accepted' | 'backport' | 'rejected' | 'not-applicable' | 'pending';
  cves: readonly string[];
}

export interface FileProperties {
  executable: boolean;
  archive: boolean;
  /** Of an archive: what is in it can be listed. */
  structured: boolean;
}

export type OwnerKind = 'package' | 'table' | 'generator';

export interface InventoryFile {
  ref: Ref;
  /** Absolute. Escaped for people where its bytes are no UTF-8; `pathHex` then has the bytes, without the first slash. */
  path: string;
  pathHex?: string;
  kind: 'file' | 'directory' | 'symlink' | 'hard-link' | 'character-device' | 'block-device' | 'fifo';
  mode: number;
  uid: number;
  gid: number;
  /** Of a file, and of a hard link that of the file behind it. */
  sizeBytes?: number;
  hashes?: Hashes;
  /** Of a symlink as it stands; of a hard link absolute. */
  target?: string;
  targetHex?: string;
  device?: { major: number; minor: number };
  xattrs?: Readonly<Record<string, string>>;
  /** Of a component; absent where nobody owns it (a finding). */
  owner?: Ref;
  /** How it came to be its owner's, the reason in words. */
  ownership?: { kind: OwnerKind; reason: string };
  /** Of a file and a hard link. */
  properties?: FileProperties;
  /** What its content was found to be. */
  content?: FileContent;
}

/** `opensLibraries`: it asks for `dlopen`, so it may use libraries that nothing names. */
export type FileContent =
  | { kind: 'elf'; type: string; machine: string; bits: 32 | 64; linkage: 'static' | 'dynamic'; soname?: string; opensLibraries: boolean }
  | { kind: 'kernel-module'; name: string }
  | { kind: 'script'; interpreter: string }
  | { kind: 'archive'; format: string }
  | { kind: 'data' }
  /** Too large or damaged; the reason in words. */
  | { kind: 'unread'; reason: string };

export type RelationKind =
  | 'contains' | 'builtFrom' | 'generatedBy'
  | 'needsAtBuild' | 'needsAtHost' | 'needsAtRun'
  | 'linksDynamically' | 'linksStatically' | 'interpreter' | 'kernelModule';

export interface Relation {
  /** Of a component, a file or a package of the sandbox. */
  from: Ref;
  to: Ref;
  kind: RelationKind;
  /** `declared` by a recipe, `observed` in the bytes, `inferred` from both. */
  basis: 'declared' | 'observed' | 'inferred';
}

export interface UnresolvedNeed {
  /** Of a file. */
  from: Ref;
  kind: 'library' | 'interpreter' | 'kernel-module';
  name: string;
}

export interface SandboxContents {
  /** Of its root tree. */
  digest: Sha256;
  lockDigest: Sha256;
  architecture: string;
  /** By name and architecture. */
  packages: readonly SandboxPackage[];
}

export interface SandboxPackage {
  ref: Ref;
  name: string;
  version: string;
  architecture: string;
  sha256: Sha256;
  sizeBytes: number;
  pool: string;
  purl: string;
}

/** Computed, never asserted: `complete` only where everything was looked at and nothing was missing. */
export interface CompletenessClaim {
  subject: 'files' | 'ownership' | 'hashes' | 'run-time-dependencies' | 'build-dependencies' | 'static-links' | 'licenses' | 'sources' | 'sandbox';
  state: 'complete' | 'incomplete' | 'unknown';
  /** In words, with the numbers that it comes from. */
  reason: string;
}
