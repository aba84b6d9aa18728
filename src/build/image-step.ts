import type { BlobDigests, Sha256 } from '../foundation/digest.ts';
import { Bug } from '../foundation/failure.ts';
import { IMAGE_FORMATS, type ImageFormatRow } from '../image/image-formats.ts';
import type { Plan } from '../plan/plan.ts';
import type { ImageStep } from '../plan/step.ts';
import type { SandboxCommand } from '../sandbox/runner.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { makeTree } from '../tree/tree.ts';
import { stepLimits, type BuildDeps } from './build-deps.ts';
import { runInSandbox } from './container-step.ts';
import { commitInProcess } from './in-process-step.ts';
import type { StepOutputs } from './run-plan.ts';
import type { StepResult } from './step-result.ts';

/** Writes one image of the final root: in process, or in process up to the compressor, which runs pinned in the sandbox. */
export async function executeImageStep(step: ImageStep, actionKey: Sha256, plan: Plan, outputsOf: StepOutputs, deps: BuildDeps): Promise<StepResult> {
  const format = IMAGE_FORMATS[step.choice.format];
  const root = outputsOf('root')['root'];
  if (root === undefined) throw new Bug('the root step gave no root');
  return format.finish === undefined
    ? writeInProcess(step, format, actionKey, root, deps)
    : runInSandbox(step, actionKey, async () => compressorCommand(step, format, root, plan, deps), deps);
}

async function writeInProcess(step: ImageStep, format: ImageFormatRow, actionKey: Sha256, root: Sha256, deps: BuildDeps): Promise<StepResult> {
  return commitInProcess(step, actionKey, deps, async () => {
    const image = await writeRaw(step, format, root, deps);
    return { images: makeTree([[pathBytes(format.fileName), fileEntry(image)]]) };
  });
}

async function writeRaw(step: ImageStep, format: ImageFormatRow, root: Sha256, deps: BuildDeps): Promise<BlobDigests> {
  const tree = await deps.store.getTree(root);
  return deps.store.putBlob(format.write(tree, deps.store, { epochSeconds: step.definition.epochSeconds, rootTree: root, choice: step.choice }));
}

function fileEntry({ sha256, sizeBytes }: BlobDigests, mode = 0o644): TreeEntry {
  return { kind: 'file', mode, uid: 0, gid: 0, sha256, sizeBytes };
}

async function compressorCommand(step: ImageStep, format: ImageFormatRow, root: Sha256, plan: Plan, deps: BuildDeps): Promise<SandboxCommand> {
  const finish = format.finish!;
  const text = async (content: string | Uint8Array, mode?: number): Promise<TreeEntry> => fileEntry(await deps.store.putBlob(Buffer.from(content)), mode);
  const entries: [PathBytes, TreeEntry][] = [
    [pathBytes(finish.inputName), fileEntry(await writeRaw(step, format, root, deps))],
    [pathBytes('step/run'), await text(plan.stepRunner, 0o755)],
    [pathBytes('step/unpack'), await text('')],
    [pathBytes('step/series'), await text('')],
    [pathBytes('step/phases/01-image.sh'), await text(finish.phase(step.choice, step.definition.epochSeconds))],
  ];
  return {
    label: step.id,
    sandbox: step.definition.sandbox as Sha256,
    mounts: [{ at: '/src', trees: [await deps.store.putTree(makeTree(entries))] }],
    argv: ['/bin/sh', '/src/step/run'],
    environment: step.definition.environment,
    epochSeconds: step.definition.epochSeconds,
    limits: stepLimits(deps.machine, {}),
  };
}
