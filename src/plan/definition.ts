import { jsonDigest } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { compareText } from '../foundation/order.ts';
import type { Catalog } from '../catalog/model.ts';
import type { EngineFacts } from './engine.ts';
import type { Resolution } from './resolution.ts';
import { PLAN_FORMAT, type Step, type StepId } from './step.ts';

/**
 * The whole closure of a build as a value: two honest builders get the same one. Not in it: URLs really used,
 * CPU count, runner, time.
 */
export interface BuildDefinition {
  format: typeof PLAN_FORMAT;
  configuration: Sha256;
  target: { board: string; architecture: string; tuning: string; images: readonly unknown[] };
  recipes: Readonly<Record<string, Sha256>>;
  templates: Readonly<Record<string, Sha256>>;
  /** Sources and patches of every step, sorted. */
  inputs: readonly { role: string; name: string; digest: Sha256 }[];
  sandbox: Sha256;
  versions: { stepRunner: Sha256; collector: number; finalize: number; writers: Readonly<Record<string, string>> };
  epochSeconds: number;
  /** Environment of each step, by step. */
  environment: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Plan key of each step. */
  steps: Readonly<Record<StepId, Sha256>>;
}

export function definitionOf(
  resolution: Resolution, catalog: Catalog, steps: ReadonlyMap<StepId, Step>, engine: EngineFacts,
): { definition: BuildDefinition; definitionDigest: Sha256 } {
  const ordered = [...steps.values()].toSorted((a, b) => compareText(a.id, b.id));
  const recipes = [...resolution.packages.values()].map(({ recipe }) => recipe);
  const templates = [...new Set(recipes.map(({ uses }) => uses))].map((name) => catalog.templates.get(name)!);
  const definition: BuildDefinition = {
    format: PLAN_FORMAT,
    configuration: resolution.configurationDigest,
    target: {
      board: resolution.board.name, architecture: resolution.architecture.name, tuning: resolution.board.tuning, images: resolution.images,
    },
    recipes: Object.fromEntries(recipes.map(({ name, folderDigest }) => [name, folderDigest])),
    templates: Object.fromEntries(templates.map(({ name, folderDigest }) => [name, folderDigest])),
    inputs: definitionInputs(ordered),
    sandbox: engine.sandbox,
    versions: {
      stepRunner: stepRunnerOf(ordered), collector: engine.collectorVersion, finalize: engine.finalizeVersion,
      writers: Object.fromEntries(resolution.images.map((choice) => [choice.format, engine.imageFormat(choice, resolution.system.epochSeconds).writerVersion])),
    },
    epochSeconds: resolution.system.epochSeconds,
    environment: Object.fromEntries(ordered.flatMap((step) => step.kind === 'container' ? [[step.id, step.definition.environment]] : [])),
    steps: Object.fromEntries(ordered.map((step) => [step.id, step.planKey])),
  };
  return { definition, definitionDigest: jsonDigest(definition) };
}

function definitionInputs(steps: readonly Step[]): BuildDefinition['inputs'] {
  const unique = new Map<string, { role: string; name: string; digest: Sha256 }>();
  for (const step of steps) {
    if (step.kind !== 'container') continue;
    for (const { role, name, sha256 } of step.definition.inputs) {
      const row = { role, name: `${step.recipe}/${name}`, digest: sha256 };
      unique.set(`${row.role} ${row.name} ${row.digest}`, row);
    }
  }
  return [...unique].toSorted(([a], [b]) => compareText(a, b)).map(([, row]) => row);
}

function stepRunnerOf(steps: readonly Step[]): Sha256 {
  return (steps.find((step) => step.kind === 'container')?.definition.versions['stepRunner'] ?? '') as Sha256;
}
