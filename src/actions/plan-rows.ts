import type { Plan } from '../plan/plan.ts';
import type { Step, StepNeed } from '../plan/step.ts';
import type { BuildPlan, InputRow, PackageRow, PlannedStepRow } from '../records/plan-records.ts';
import type { SandboxLock } from '../sandbox/lock.ts';
import type { PreparedPlan } from './prepare-plan.ts';

/** A plan as the record keeps it. */
export function planRows(
  { plan, pinned }: Pick<PreparedPlan, 'plan' | 'pinned'>, durations: ReadonlyMap<string, { wallMs: number }>, lock: Pick<SandboxLock, 'packages'>,
): BuildPlan {
  return {
    steps: [...plan.steps.values()].map((step) => stepRow(step, plan, durations.get(step.id)?.wallMs)),
    packages: [...plan.resolution.packages.values()].filter(({ shipped }) => shipped).map(({ recipe, options, reasons }): PackageRow => ({
      name: recipe.name, version: recipe.version, recipeDigest: recipe.folderDigest, role: recipe.role, license: recipe.license, options, reasons, stepName: recipe.name,
    })),
    inputs: [...definitionInputs(plan), ...catalogInputs(plan, pinned), ...runtimeInputs(plan, lock)],
  };
}

function stepRow(step: Step, plan: Plan, expectedMs: number | undefined): PlannedStepRow {
  const needs = new Map(step.needs.map((need) => [`${need.step} ${needKind(need, plan)}`, { step: need.step, kind: needKind(need, plan) }]));
  const base = { name: step.id, kind: step.kind, planKey: step.planKey, needs: [...needs.values()], ...(expectedMs === undefined ? {} : { expectedMs }) };
  if (step.kind !== 'container') return base;
  const { recipe } = plan.resolution.packages.get(step.recipe)!;
  return { ...base, recipe: recipe.name, recipeDigest: recipe.folderDigest, stage: step.stage, architecture: plan.resolution.architecture.name };
}

function needKind({ step, at }: StepNeed, { resolution }: Plan): string {
  if (at.startsWith('/src/stages/')) return 'stage';
  if (at === 'root') return 'root';
  return step === resolution.toolchain ? 'toolchain' : at === '/host' ? 'host' : 'build';
}

function definitionInputs({ definition, sources }: Plan): InputRow[] {
  const sizes = new Map(sources.map(({ sha256, sizeBytes }) => [sha256, sizeBytes]));
  return definition.inputs.map(({ role, name, digest }) => {
    const sizeBytes = sizes.get(digest);
    return { role, name, digest, ...(sizeBytes === undefined ? {} : { sizeBytes }) };
  });
}

function catalogInputs({ definition, resolution }: Plan, { pins }: PreparedPlan['pinned']): InputRow[] {
  const rows = (role: string, digests: Readonly<Record<string, InputRow['digest']>>): InputRow[] =>
    Object.entries(digests).map(([name, digest]) => ({ role, name, digest }));
  return [
    ...rows('recipe', definition.recipes), ...rows('template', definition.templates),
    ...rows('board', { [resolution.board.name]: resolution.board.folderDigest }),
    ...rows('architecture', { [resolution.architecture.name]: pins.architecture[resolution.architecture.name]! }),
    ...rows('sandbox', { sandbox: definition.sandbox }), ...rows('configuration', { [resolution.name]: definition.configuration }),
  ];
}

/** What the sandbox's compiler links into every binary: a component of the image, known by the package that it comes from. */
function runtimeInputs({ resolution }: Plan, { packages }: Pick<SandboxLock, 'packages'>): InputRow[] {
  return [...resolution.packages.values()].flatMap(({ recipe }) => recipe.runtimeComponents.flatMap(({ name, sandboxPackage }) => {
    const locked = packages.find((one) => one.name === sandboxPackage);
    return locked === undefined ? [] : [{ role: 'runtime-component', name: `${name} from ${locked.name} ${locked.version}`, digest: locked.sha256, sizeBytes: locked.sizeBytes }];
  }));
}
