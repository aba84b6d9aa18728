import type { Sha256 } from '../foundation/digest.ts';
import type { Plan } from '../plan/plan.ts';
import type { Step } from '../plan/step.ts';
import type { SandboxCommand } from '../sandbox/runner.ts';
import type { Store } from '../store/store.ts';
import type { Tree } from '../tree/tree.ts';
import type { BuildDeps } from './build-deps.ts';
import { sandboxCommand } from './container-step.ts';
import { imageCommand, imageOutputs } from './image-step.ts';
import { rootOutputs } from './root-step.ts';
import type { StepOutputs } from './run-plan.ts';

/** The command of a step outside of a build, its needs' outputs given; undefined where it runs in no container. */
export async function commandAlone(step: Step, plan: Plan, outputsOf: StepOutputs, deps: Pick<BuildDeps, 'store' | 'machine'>): Promise<SandboxCommand | undefined> {
  switch (step.kind) {
    case 'container': return sandboxCommand(step, outputsOf, deps);
    case 'root': return undefined;
    case 'image': return imageCommand(step, plan, outputsOf, deps);
  }
}

/**
 * What our own code makes of a step outside of a build, by output name: the root, an image, or, as `input`, what the
 * sandbox makes an image of. In the store, but no result of any action.
 */
export async function ownOutputs(step: Step, plan: Plan, outputsOf: StepOutputs, store: Store): Promise<Readonly<Record<string, Sha256>>> {
  const trees = await ownTrees(step, plan, outputsOf, store);
  const outputs: Record<string, Sha256> = {};
  for (const [name, tree] of Object.entries(trees)) outputs[name] = await store.putTree(tree);
  return outputs;
}

async function ownTrees(step: Step, plan: Plan, outputsOf: StepOutputs, store: Store): Promise<Readonly<Record<string, Tree>>> {
  switch (step.kind) {
    case 'container': return {};
    case 'root': return rootOutputs(step, plan, outputsOf, store);
    case 'image': return imageOutputs(step, outputsOf, store);
  }
}
