import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import type { ContainerStep, StepNeed } from '../plan/step.ts';
import type { SandboxCommand } from '../sandbox/runner.ts';
import type { Store } from '../store/store.ts';
import { pathBytes } from '../tree/entry.ts';
import { mergeTrees, prefixedTree } from '../tree/merge.ts';
import type { StepOutputs } from './run-plan.ts';

/** Inputs of a step as the sandbox mounts them: trees over each other, what two of them disagree on refused. */
export async function stepMounts(step: ContainerStep, outputsOf: StepOutputs, store: Store): Promise<SandboxCommand['mounts']> {
  const source = await store.putTree(step.sourceTree);
  const own = await store.putTree(step.stepTree);
  const stages = await stageTrees(step, outputsOf, store);
  return [
    { at: '/src', trees: [own, source, ...stages] },
    { at: '/sysroot', trees: await inputTrees(step, '/sysroot', outputsOf, store) },
    { at: '/host', trees: await inputTrees(step, '/host', outputsOf, store) },
  ];
}

async function stageTrees(step: ContainerStep, outputsOf: StepOutputs, store: Store): Promise<Sha256[]> {
  const trees: Sha256[] = [];
  for (const need of step.needs.filter(({ at }) => at.startsWith('/src/'))) {
    for (const [output, digest] of Object.entries(outputsOf(need.step))) {
      const place = `${need.at.slice('/src/'.length)}/${output}`;
      trees.push(await store.putTree(prefixedTree(pathBytes(place), await store.getTree(digest))));
    }
  }
  return trees;
}

async function inputTrees(step: ContainerStep, at: '/sysroot' | '/host', outputsOf: StepOutputs, store: Store): Promise<Sha256[]> {
  const needs = step.needs.filter((need) => need.at === at);
  const given = needs.flatMap((need): { need: StepNeed; digest: Sha256 }[] => {
    const digest = outputsOf(need.step)[need.output];
    return digest === undefined ? [] : [{ need, digest }];
  });
  if (given.length > 1) await refuseConflicts(step, at, given, store);
  return given.map(({ digest }) => digest);
}

async function refuseConflicts(step: ContainerStep, at: string, given: readonly { need: StepNeed; digest: Sha256 }[], store: Store): Promise<void> {
  const layers = await Promise.all(given.map(async ({ need, digest }) => ({ owner: need.step, tree: await store.getTree(digest) })));
  const { conflicts } = mergeTrees(layers);
  if (conflicts.length === 0) return;
  throw new Failure('BUILD.INPUT_CONFLICT', `${step.id}: in ${at} ${conflicts.map(({ message }) => message).slice(0, 5).join('; ')}`, {
    place: step.id, hint: 'Let one of the two recipes not install that path.', details: { conflicts: conflicts.length },
  });
}
