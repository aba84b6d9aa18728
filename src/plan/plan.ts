import { Bug } from '../foundation/failure.ts';
import { compareText, sortedBy } from '../foundation/order.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { Catalog, Source, Stage, Template } from '../catalog/model.ts';
import { definitionOf, type BuildDefinition } from './definition.ts';
import type { EngineFacts } from './engine.ts';
import { planKey } from './keys.ts';
import { renderStage } from './render.ts';
import type { ResolvedPackage, Resolution } from './resolution.ts';
import { stepMaterial } from './step-material.ts';
import { PLAN_FORMAT, type ContainerStep, type ImageStep, type RootStep, type Step, type StepDefinition, type StepId, type StepNeed } from './step.ts';

export interface Plan {
  resolution: Resolution;
  /** In an order in which every step comes after its needs. */
  steps: ReadonlyMap<StepId, Step>;
  /** Every archive that a step reads, by file name and digest, once. */
  sources: readonly Source[];
  /** PID 1 of every container. */
  stepRunner: Uint8Array;
  definition: BuildDefinition;
  definitionDigest: Sha256;
}

export const ROOT_STEP: StepId = 'root';

/** Resolution and catalog to a graph of steps with plan keys. Pure. */
export function planBuild(resolution: Resolution, catalog: Catalog, engine: EngineFacts): Plan {
  const drafts = new Map<StepId, Draft>();
  for (const chosen of resolution.packages.values()) {
    for (const draft of recipeSteps(resolution, catalog, chosen, engine)) drafts.set(draft.id, draft);
  }
  const root = rootStep(resolution, engine);
  drafts.set(root.id, root);
  for (const draft of imageSteps(resolution, engine)) drafts.set(draft.id, draft);

  const steps = withKeys(drafts);
  const sources = uniqueSources(steps.values());
  return { resolution, steps, sources, stepRunner: engine.stepRunner, ...definitionOf(resolution, catalog, steps, engine) };
}

/** A step that has no key yet. */
type Draft = Omit<ContainerStep, 'planKey'> | Omit<RootStep, 'planKey'> | Omit<ImageStep, 'planKey'>;

function recipeSteps(resolution: Resolution, catalog: Catalog, chosen: ResolvedPackage, engine: EngineFacts): Draft[] {
  const template = catalog.templates.get(chosen.recipe.uses);
  if (template === undefined) throw new Bug(`recipe ${chosen.recipe.name} uses the unknown template ${chosen.recipe.uses}`);
  return template.stages.map((stage) => stageStep(resolution, chosen, template, stage, engine));
}

export function stageStepId(recipe: string, stage: string): StepId {
  return stage === 'main' ? recipe : `${recipe}.${stage}`;
}

function stageStep(resolution: Resolution, chosen: ResolvedPackage, template: Template, stage: Stage, engine: EngineFacts): Draft {
  const { recipe } = chosen;
  const rendered = renderStage(resolution, chosen, template, stage);
  const material = stepMaterial(recipe, rendered, engine);
  const definition: StepDefinition = {
    format: PLAN_FORMAT,
    kind: 'container',
    versions: { collector: String(engine.collectorVersion), stepRunner: material.stepRunnerDigest },
    phases: material.phases,
    inputs: material.inputs,
    options: rendered.options,
    environment: stepEnvironment(resolution, chosen),
    architecture: resolution.architecture.name,
    tuning: resolution.board.tuning,
    epochSeconds: recipe.epochSeconds,
    sandbox: engine.sandbox,
    parameters: {},
  };
  return {
    kind: 'container', id: stageStepId(recipe.name, stage.name), title: `${recipe.name} ${recipe.version}`,
    recipe: recipe.name, recipeVersion: recipe.version, stage: stage.name,
    definition, needs: stageNeeds(resolution, chosen, stage),
    sources: recipe.sources, sourceTree: material.sourceTree, stepTree: material.stepTree, blobs: material.blobs, limits: recipe.limits,
  };
}

/** The same for every step of an architecture; the CPU count (`JOBS`) is added when it runs and is in no key. */
function stepEnvironment(resolution: Resolution, chosen: ResolvedPackage): Record<string, string> {
  const { facts, environment, tunings } = resolution.architecture;
  const tuning = tunings[resolution.board.tuning] ?? {};
  const fill = (text: string): string => text.replaceAll(/\{\{\s*(arch|tuning)\.([A-Za-z0-9_-]+)\s*\}\}/g, (whole, scope: string, name: string) => {
    const value = (scope === 'arch' ? facts : tuning)[name];
    if (value === undefined) throw new Bug(`architecture ${resolution.architecture.name}: ${whole} is not known`);
    return value;
  });
  return {
    ...Object.fromEntries(Object.entries(facts).map(([name, value]) => [`arch_${name}`, value])),
    ...Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, fill(value)])),
    PATH: '/host/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/build/home',
    TZ: 'UTC',
    LC_ALL: 'C',
    SOURCE_DATE_EPOCH: String(chosen.recipe.epochSeconds),
  };
}

function stageNeeds(resolution: Resolution, chosen: ResolvedPackage, stage: Stage): StepNeed[] {
  const needs: StepNeed[] = stage.after.map((earlier) => ({
    step: stageStepId(chosen.recipe.name, earlier), output: '*', at: `/src/stages/${earlier}`,
  }));
  const build = stage.needs.includes('build') ? closure(resolution, chosen, (one) => one.needs.build) : [];
  const host = stage.needs.includes('host') ? closure(resolution, chosen, (one) => one.needs.host) : [];
  const toolchain = stage.needs.includes('toolchain') && chosen.recipe.role !== 'toolchain' ? [resolution.toolchain] : [];
  for (const recipe of [...toolchain, ...build]) needs.push({ step: recipe, output: 'sysroot', at: '/sysroot' });
  for (const recipe of [...toolchain, ...host]) needs.push({ step: recipe, output: 'host', at: '/host' });
  return needs;
}

/** Names of all packages that one needs directly or through others, sorted. */
function closure(resolution: Resolution, chosen: ResolvedPackage, direct: (one: ResolvedPackage) => readonly string[]): string[] {
  const seen = new Set<string>();
  const queue = [...direct(chosen)];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    queue.push(...direct(resolution.packages.get(name)!));
  }
  return [...seen].filter((name) => name !== resolution.toolchain).toSorted(compareText);
}

function rootStep(resolution: Resolution, engine: EngineFacts): Draft {
  const shipped = shippedInOrder(resolution);
  return {
    kind: 'root', id: ROOT_STEP, title: 'root file system',
    definition: inProcess(resolution, 'root', { finalize: String(engine.finalizeVersion) }, engine.rootParameters(shipped, resolution.system)),
    needs: shipped.map(({ recipe }) => ({ step: recipe.name, output: 'target', at: 'root' })),
  };
}

/** The skeleton first, then by name: the order in which paths find their owners. */
export function shippedInOrder(resolution: Resolution): ResolvedPackage[] {
  const shipped = [...resolution.packages.values()].filter((one) => one.shipped);
  return shipped.toSorted((a, b) => rank(resolution, a) - rank(resolution, b) || compareText(a.recipe.name, b.recipe.name));
}

function rank(resolution: Resolution, one: ResolvedPackage): number {
  return one.recipe.name === resolution.skeleton ? 0 : 1;
}

function imageSteps(resolution: Resolution, engine: EngineFacts): Draft[] {
  return sortedBy(resolution.images, ({ format }) => format).map((choice) => {
    const format = engine.imageFormat(choice, resolution.system.epochSeconds);
    const definition = inProcess(resolution, 'image', { writer: format.writerVersion }, { format: choice.format, ...format.parameters });
    return {
      kind: 'image', id: `image.${choice.format}`, title: `${choice.format} image`, choice,
      definition: format.finishedInSandbox ? { ...definition, sandbox: engine.sandbox } : definition,
      needs: [{ step: ROOT_STEP, output: 'root', at: 'root' }],
    };
  });
}

function inProcess(resolution: Resolution, kind: 'root' | 'image', versions: Record<string, string>, parameters: Record<string, unknown>): StepDefinition {
  return {
    format: PLAN_FORMAT, kind, versions, phases: [], inputs: [], options: {}, environment: {},
    architecture: resolution.architecture.name, tuning: resolution.board.tuning, epochSeconds: resolution.system.epochSeconds, sandbox: '', parameters,
  };
}

/** Depth-first over needs; the catalog has refused cycles. */
function withKeys(drafts: ReadonlyMap<StepId, Draft>): Map<StepId, Step> {
  const steps = new Map<StepId, Step>();
  const open = new Set<StepId>();
  const visit = (id: StepId): Sha256 => {
    const done = steps.get(id);
    if (done !== undefined) return done.planKey;
    const draft = drafts.get(id);
    if (draft === undefined) throw new Bug(`the plan has no step ${id}`);
    if (open.has(id)) throw new Bug(`step ${id} needs itself`);
    open.add(id);
    for (const { step } of draft.needs) visit(step);
    const key = planKey(draft.definition, draft.needs, visit);
    steps.set(id, { ...draft, planKey: key });
    return key;
  };
  for (const id of [...drafts.keys()].toSorted(compareText)) visit(id);
  return steps;
}

function uniqueSources(steps: Iterable<Step>): Source[] {
  const byKey = new Map<string, Source>();
  for (const step of steps) {
    if (step.kind === 'container') for (const source of step.sources) byKey.set(`${source.file} ${source.sha256}`, source);
  }
  return sortedBy(byKey.values(), ({ file, sha256 }) => `${file} ${sha256}`);
}
