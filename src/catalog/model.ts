import type { Sha256 } from '../foundation/digest.ts';

/** What the files under `recipes`, `templates`, `boards` and `architectures` say, parsed and checked. All frozen. */
export interface Catalog {
  recipes: ReadonlyMap<string, Recipe>;
  templates: ReadonlyMap<string, Template>;
  boards: ReadonlyMap<string, Board>;
  architectures: ReadonlyMap<string, Architecture>;
}

/** A file that lies beside the YAML and travels with it into a step: a patch, an init script, a fragment. */
export interface CatalogFile {
  /** Relative to the folder of the recipe or board. */
  path: string;
  sha256: Sha256;
  sizeBytes: number;
  executable: boolean;
  bytes: Uint8Array;
}

export interface Recipe {
  format: 1;
  name: string;
  version: string;
  /** `package` ships files; `toolchain` gives compiler and sysroot; `kernel` makes a kernel image; `skeleton` the base of every root. */
  role: 'package' | 'toolchain' | 'kernel' | 'skeleton';
  summary: string;
  homepage?: string;
  /** SPDX license expression, as written. */
  license: string;
  licenseFiles: readonly LicenseFile[];
  cpe?: string;
  purl?: string;
  sources: readonly Source[];
  patches: readonly Patch[];
  needs: Needs;
  options: Readonly<Record<string, OptionDeclaration>>;
  /** Old option or package names that are refused, with what replaces them. */
  renamedOptions: Readonly<Record<string, string>>;
  formerNames: readonly string[];
  /** Name of the step template. */
  uses: string;
  /** Values for the template's inputs; checked against their types. */
  with: Readonly<Record<string, InputValue>>;
  /** Phases that replace the template's, by phase name: shell text. */
  phases: Readonly<Record<string, string>>;
  /** Kernel options that the shipped package requires: `CONFIG_NET` to `y`. */
  kernelOptions: Readonly<Record<string, string>>;
  users: readonly UserRow[];
  permissions: readonly PermissionRow[];
  devices: readonly DeviceRow[];
  /** Scripts for /etc/init.d: target name to file beside the recipe. */
  initScripts: readonly { name: string; file: string }[];
  /** Recipes whose paths this one may replace in the root. */
  overrides: readonly string[];
  /** SOURCE_DATE_EPOCH of its steps, seconds. */
  epochSeconds: number;
  /** What the compiler's own runtime leaves in every binary (a toolchain only): recorded as components. */
  runtimeComponents: readonly RuntimeComponent[];
  deviations: readonly { rule: string; reason: string }[];
  /** Memory and time that a step may use; not part of any digest. */
  limits: { memoryBytes?: number; timeMs?: number };
  /** All files beside recipe.yaml, in byte order of path. */
  files: readonly CatalogFile[];
  /** Digest of the whole folder: serves history only. */
  folderDigest: Sha256;
}

export interface LicenseFile { path: string; sha256: Sha256 }

export interface Source {
  /** File name below /src/sources. */
  file: string;
  sha256: Sha256;
  sizeBytes: number;
  urls: readonly string[];
  /** Path below a Debian archive: `pool/main/n/name/…`. */
  debianPool?: string;
  /** What is known of the bytes: upstream's own, upstream's with a signature beside them, changed by Debian, not known. */
  origin: 'pristine' | 'signed' | 'repacked' | 'unverified';
  /** Directory below /build/source that it is unpacked into; '' for the source directory itself. Absent: not unpacked. */
  unpackTo?: string;
}

export interface Patch {
  file: string;
  sha256: Sha256;
  origin: string;
  upstream: 'submitted' | 'accepted' | 'backport' | 'rejected' | 'not-applicable' | 'pending';
  cves: readonly string[];
}

/** Names of recipes. `build`: their sysroot. `host`: their host tools. `run`: must be in the root too. */
export interface Needs { build: readonly Need[]; host: readonly Need[]; run: readonly Need[] }
export interface Need { recipe: string; when?: Condition }

/** True where the option has the value: `{ option: 'tls', equals: true }`. */
export interface Condition { option: string; equals: OptionValue }

export type OptionValue = string | number | boolean | readonly string[] | Readonly<Record<string, string>>;

export interface OptionDeclaration {
  type: 'boolean' | 'integer' | 'string' | 'enum' | 'list' | 'kconfig';
  description: string;
  default: OptionValue;
  values?: readonly string[];
  minimum?: number;
  maximum?: number;
  pattern?: string;
  /** The option may be set only where this holds. */
  when?: Condition;
}

/** A value given to a template input. Strings may hold `{{option.NAME}}`, `{{arch.NAME}}`, `{{recipe.version}}`. */
export type InputValue = string | number | boolean | readonly ListItem[] | Readonly<Record<string, string>>;
export type ListItem = string | { when: Condition; then: readonly string[]; else: readonly string[] };

/**
 * A shared build system. Every stage is one step (one container). Phases are shell text, run by the step runner in
 * order; a rendered phase sees its inputs as shell variables `with_NAME` (a list: quoted words for `eval "set -- $x"`;
 * kconfig: the path of a file of `KEY=value` lines) and the options that its text names as `opt_NAME`.
 */
export interface Template {
  format: 1;
  name: string;
  summary: string;
  inputs: Readonly<Record<string, InputDeclaration>>;
  stages: readonly Stage[];
  folderDigest: Sha256;
}

export interface InputDeclaration {
  type: 'boolean' | 'integer' | 'string' | 'list' | 'kconfig';
  description: string;
  default?: InputValue;
}

export interface Stage {
  /** `main` is the recipe itself; another (`config`) becomes the step `recipe.config`. */
  name: string;
  /** Earlier stages whose outputs it gets, below /src/stages/NAME/OUTPUT. */
  after: readonly string[];
  /** Inputs that its phases may see; no other changes its key. */
  inputs: readonly string[];
  /** Gets the kernel options that all chosen packages require, as the file `$with_required`. */
  collectsKernelOptions: boolean;
  /** Needs that it gets: a stage that only resolves a configuration needs no sysroot. */
  needs: readonly ('toolchain' | 'build' | 'host')[];
  /** In order. */
  phases: readonly { name: string; run: string }[];
}

export interface Architecture {
  format: 1;
  name: string;
  /** Interpolated as `{{arch.NAME}}` and exported to phases as `arch_NAME`. */
  facts: Readonly<Record<string, string>>;
  /** Environment of every target step; values may hold `{{arch.NAME}}` and `{{tuning.NAME}}`. */
  environment: Readonly<Record<string, string>>;
  tunings: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface Board {
  format: 1;
  name: string;
  summary: string;
  architecture: string;
  tuning: string;
  /** Recipes by role. */
  toolchain: string;
  kernel: string;
  skeleton: string;
  /** Options of the kernel recipe and of packages, by recipe. */
  packages: Readonly<Record<string, PackageChoice>>;
  system: SystemSettings;
  images: readonly ImageChoice[];
  /** How `boot` runs it. */
  qemu?: QemuSettings;
  files: readonly CatalogFile[];
  folderDigest: Sha256;
}

export interface PackageChoice { options: Readonly<Record<string, OptionValue>> }

export interface SystemSettings {
  hostname: string;
  banner: string;
  /** A crypt(3) hash, or `locked`. There is no default password. */
  rootPassword: string;
  authorizedKeys: readonly string[];
  /** The epoch of images and of files that no recipe dates, seconds. */
  epochSeconds: number;
}

export type ImageFormat = 'cpio.gz' | 'tar' | 'squashfs' | 'ext4';

export interface ImageChoice {
  format: ImageFormat;
  /** ext4 only: bytes, a multiple of 1 MiB; absent: as small as fits with a margin. */
  sizeBytes?: number;
}

export interface QemuSettings {
  command: string;
  /** Arguments; `{{kernel}}`, `{{rootfs}}`, `{{append}}`, `{{forward}}` stand for what `boot` fills in. */
  arguments: readonly string[];
  append: string;
  rootFormat: ImageFormat;
}

export interface UserRow { name: string; uid: number; group: string; gid: number; home: string; shell: string; comment: string }
export interface PermissionRow { path: string; kind: 'file' | 'directory' | 'recursive'; mode: number; uid: number; gid: number }
export interface DeviceRow { path: string; kind: 'character-device' | 'block-device' | 'fifo'; major: number; minor: number; mode: number; uid: number; gid: number }
export interface RuntimeComponent { name: string; license: string; sandboxPackage: string; files: readonly string[] }
