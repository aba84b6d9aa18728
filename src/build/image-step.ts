import type { BlobDigests, Sha256 } from '../foundation/digest.ts';
import { Bug } from '../foundation/failure.ts';
import { imageStep, type ImageStep as ImageWork } from '../image/image-formats.ts';
import { ROOT_STEP, type Plan } from '../plan/plan.ts';
import type { ImageStep } from '../plan/step.ts';
import type { SandboxCommand } from '../sandbox/runner.ts';
import type { Store } from '../store/store.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { makeTree, type Tree } from '../tree/tree.ts';
import { stepLimits, type BuildDeps } from './build-deps.ts';
import { runInSandbox } from './container-step.ts';
import { commitInProcess } from './in-process-step.ts';
import type { StepOutputs } from './run-plan.ts';
import type { StepResult } from './step-result.ts';

/** Writes one image of the final root: in process, or in process up to the compressor, which runs pinned in the sandbox. */
export async function executeImageStep(step: ImageStep, actionKey: Sha256, plan: Plan, outputsOf: StepOutputs, deps: BuildDeps): Promise<StepResult> {
  const work = await imageWork(step, outputsOf, deps.store);
  const { phase } = work;
  return phase === undefined
    ? commitInProcess(step, actionKey, deps, async () => ({ images: await imageTree(work, deps.store) }))
    : runInSandbox(step, actionKey, () => finishingCommand(step, work, phase, plan, deps), deps);
}

/** What is written in process: the image, or what the sandbox makes it of. */
export async function imageOutputs(step: ImageStep, outputsOf: StepOutputs, store: Store): Promise<Readonly<Record<string, Tree>>> {
  const work = await imageWork(step, outputsOf, store);
  return work.phase === undefined
    ? { images: await imageTree(work, store) }
    : { input: makeTree([[pathBytes(work.inputName), await written(work, store)]]) };
}

/** The command that makes the image in the sandbox; undefined where it is written in process. */
export async function imageCommand(step: ImageStep, plan: Plan, outputsOf: StepOutputs, deps: Pick<BuildDeps, 'store' | 'machine'>): Promise<SandboxCommand | undefined> {
  const work = await imageWork(step, outputsOf, deps.store);
  return work.phase === undefined ? undefined : finishingCommand(step, work, work.phase, plan, deps);
}

async function imageWork(step: ImageStep, outputsOf: StepOutputs, store: Store): Promise<ImageWork> {
  const root = outputsOf(ROOT_STEP)['root'];
  if (root === undefined) throw new Bug('the root step gave no root');
  return imageStep(step.choice, await store.getTree(root), step.definition.epochSeconds);
}

async function imageTree(work: ImageWork, store: Store): Promise<Tree> {
  return makeTree([[pathBytes(work.fileName), await written(work, store)]]);
}

async function written(work: ImageWork, store: Store): Promise<TreeEntry> {
  return fileEntry(await store.putBlob(work.write(store)));
}

function fileEntry({ sha256, sizeBytes }: BlobDigests, mode = 0o644): TreeEntry {
  return { kind: 'file', mode, uid: 0, gid: 0, sha256, sizeBytes };
}

async function finishingCommand(step: ImageStep, work: ImageWork, phase: string, plan: Plan, deps: Pick<BuildDeps, 'store' | 'machine'>): Promise<SandboxCommand> {
  const text = async (content: string | Uint8Array, mode?: number): Promise<TreeEntry> => fileEntry(await deps.store.putBlob(Buffer.from(content)), mode);
  const entries: [PathBytes, TreeEntry][] = [
    [pathBytes(work.inputName), await written(work, deps.store)],
    [pathBytes('step/run'), await text(plan.stepRunner, 0o755)],
    [pathBytes('step/phases/01-image.sh'), await text(phase)],
  ];
  return {
    label: step.id,
    sandbox: step.definition.sandbox as Sha256,
    mounts: [{ at: '/src', trees: [await deps.store.putTree(makeTree(entries))] }],
    argv: ['/bin/sh', '/src/step/run'],
    environment: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/build/home', TZ: 'UTC', LC_ALL: 'C' },
    epochSeconds: step.definition.epochSeconds,
    limits: stepLimits(deps.machine, {}),
  };
}
