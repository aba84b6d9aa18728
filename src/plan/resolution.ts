import type { Sha256 } from '../foundation/digest.ts';
import type { Architecture, Board, ImageChoice, OptionValue, Recipe, SystemSettings } from '../catalog/model.ts';

/** Why a package is in: asked for, in a role of the board, or needed by another. */
export type Reason =
  | { kind: 'board' }
  | { kind: 'configuration' }
  /** Toolchain, kernel or skeleton of the board. */
  | { kind: 'role'; role: 'toolchain' | 'kernel' | 'skeleton' }
  | { kind: 'build-need' | 'host-need' | 'run-need'; by: string }
  /** The kernel only: kernel options that the package `by` requires, sorted. */
  | { kind: 'kernel-options'; by: string; symbols: readonly string[] };

export interface ResolvedPackage {
  recipe: Recipe;
  /** Effective: defaults, overridden by board, then configuration. Every declared option whose condition holds. */
  options: Readonly<Record<string, OptionValue>>;
  /** Its `target` output goes into the root; false for what is needed only to build others. */
  shipped: boolean;
  /** In deterministic order; never empty. */
  reasons: readonly Reason[];
  /** Names of the packages it needs here, conditions evaluated, sorted. */
  needs: { build: readonly string[]; host: readonly string[]; run: readonly string[] };
}

export interface KernelOption { symbol: string; value: string; requiredBy: readonly string[] }

/** What a configuration means against one catalog. Pure, and explains itself. */
export interface Resolution {
  /** Digest of the configuration in canonical form. */
  configurationDigest: Sha256;
  /** The name under which it was given: a configuration or the board itself. */
  name: string;
  board: Board;
  architecture: Architecture;
  toolchain: string;
  kernel: string;
  skeleton: string;
  /** By name, sorted. */
  packages: ReadonlyMap<string, ResolvedPackage>;
  /** Sorted by symbol. */
  kernelOptions: readonly KernelOption[];
  system: SystemSettings;
  images: readonly ImageChoice[];
}
