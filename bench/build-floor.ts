import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { sandboxCommand } from '../src/build/container-step.ts';
import type { Sha256 } from '../src/foundation/digest.ts';
import { actionKey } from '../src/plan/keys.ts';
import type { Plan } from '../src/plan/plan.ts';
import type { ContainerStep, StepId } from '../src/plan/step.ts';
import { sandboxTag } from '../src/sandbox/sandbox-image.ts';
import type { LocalStore } from '../src/store/store.ts';
import { run } from './build-cpu.ts';

const BUILD_USER = '1000:1000';
const GIB = 2 ** 30;

/** What the steps of a plan that has been built gave, from the store. */
export async function outputsOf({ steps }: Plan, store: LocalStore): Promise<(step: StepId) => Readonly<Record<string, Sha256>>> {
  const outputs = new Map<StepId, Readonly<Record<string, Sha256>>>();
  const given = (step: StepId): Readonly<Record<string, Sha256>> => outputs.get(step)!;
  for (const step of steps.values()) {
    const known = await store.getAction(actionKey(step.definition, step.needs, given));
    if (known === undefined) throw new Error(`${step.id} is not built`);
    outputs.set(step.id, known.outputs);
  }
  return given;
}

/**
 * The step by hand: its own shell text in one plain `docker run` of the same image, over directories that were copied
 * together before. No store, no record, nothing collected. Milliseconds of CPU, as the container's control group has them.
 */
export async function bareCpuMs(step: ContainerStep, outputs: (step: StepId) => Readonly<Record<string, Sha256>>, jobs: number, store: LocalStore, scratch: string): Promise<number> {
  const command = await sandboxCommand(step, outputs, { store, machine: { parallelSteps: 1, jobs, memoryBytes: 8 * GIB } });
  const directory = mkdtempSync(join(scratch, 'bare-'));
  try {
    const inputs: string[] = [];
    for (const { at, trees } of command.mounts) inputs.push(`${await laidOver(trees, command.epochSeconds, join(directory, at), store)}:${at}:ro`);
    const out = join(directory, 'out');
    mkdirSync(out);
    chmodSync(out, 0o777);
    await run(['docker', 'run', '--rm', '--network', 'none', '--cgroupns', 'private', '--user', BUILD_USER, '--workdir', '/build', '--hostname', 'provenroot',
      '--tmpfs', '/tmp:exec,mode=1777', '--volume', '/build', '--volume', `${out}:/out`, ...inputs.flatMap((input) => ['--volume', input]),
      ...Object.entries(command.environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]), sandboxTag(command.sandbox), ...command.argv]);
    const [, microseconds] = /^cpu_us=(\d+)$/m.exec(readFileSync(join(out, '.step/counters'), 'utf8')) ?? [];
    if (microseconds === undefined) throw new Error('this kernel does not tell the CPU time of a container');
    return Number(microseconds) / 1000;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function laidOver(trees: readonly Sha256[], epochSeconds: number, directory: string, store: LocalStore): Promise<string> {
  const checkouts: string[] = [];
  for (const tree of trees) checkouts.push(await store.checkout(tree, epochSeconds));
  if (checkouts.length === 1) return checkouts[0]!;
  mkdirSync(directory);
  for (const checkout of checkouts.toReversed()) cpSync(checkout, directory, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  return directory;
}
