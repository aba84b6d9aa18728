import type { Sha256 } from '../foundation/digest.ts';
import type { ImageChoice, Source } from '../catalog/model.ts';
import type { Tree } from '../tree/tree.ts';

/** `RECIPE` for a recipe's main stage, `RECIPE.STAGE` for another, `root`, `image.FORMAT`. Unique in a plan. */
export type StepId = string;

/** Format of keys and step definitions; part of every key. */
export const PLAN_FORMAT = 1;

/** Which output of which step, and where it is seen. */
export interface StepNeed {
  step: StepId;
  /** Name below `/out`: `sysroot`, `host`, `target`, `config` …; `*`: all of them. */
  output: string;
  /** A mount, `/src/stages/STAGE/OUTPUT` for an earlier stage, or `root` for a tree that is merged in process. */
  at: string;
}

/** Everything of a step that its keys are made of, but for its needs. Canonical JSON. */
export interface StepDefinition {
  format: typeof PLAN_FORMAT;
  kind: 'container' | 'root' | 'image';
  /** Versions of our own code that shapes the result: step runner, collector, finalize, writer. */
  versions: Readonly<Record<string, string>>;
  /** Rendered phases in order, by digest of their text. */
  phases: readonly { name: string; sha256: Sha256 }[];
  /** Archives, patches in order, files beside the recipe, generated inputs. */
  inputs: readonly StepInput[];
  /** Exactly the options that were read in rendering. */
  options: Readonly<Record<string, unknown>>;
  environment: Readonly<Record<string, string>>;
  architecture: string;
  tuning: string;
  epochSeconds: number;
  /** Digest of the sandbox's root tree; empty for what runs in process. */
  sandbox: Sha256 | '';
  /** What an in-process step is told: tables, settings, image parameters. */
  parameters: Readonly<Record<string, unknown>>;
}

export interface StepInput {
  role: 'source' | 'patch' | 'file' | 'input';
  name: string;
  sha256: Sha256;
  /** Directory below the source directory; absent: it stays packed. */
  unpackTo?: string;
  executable?: true;
}

interface StepBase {
  id: StepId;
  definition: StepDefinition;
  needs: readonly StepNeed[];
  planKey: Sha256;
  /** For people: what is built. */
  title: string;
}

export interface ContainerStep extends StepBase {
  kind: 'container';
  recipe: string;
  recipeVersion: string;
  stage: string;
  sources: readonly Source[];
  /** Archives and patches, as they lie below /src. */
  sourceTree: Tree;
  /** Step runner, phases, inputs, files beside the recipe, as they lie below /src. */
  stepTree: Tree;
  /** Bytes of everything in the two trees that is not a source. */
  blobs: ReadonlyMap<Sha256, Uint8Array>;
  limits: { memoryBytes?: number; timeMs?: number };
}

/** Merges what the packages ship into the final root; runs in process. */
export interface RootStep extends StepBase {
  kind: 'root';
}

/** One image of the final root; written in process, compressed in the sandbox where the format asks for it. */
export interface ImageStep extends StepBase {
  kind: 'image';
  choice: ImageChoice;
}

export type Step = ContainerStep | RootStep | ImageStep;
