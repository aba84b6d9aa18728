import type { Sha256 } from '../foundation/digest.ts';
import type { Step } from '../plan/step.ts';
import type { Tree } from '../tree/tree.ts';
import type { BuildDeps } from './build-deps.ts';
import type { StepResult } from './step-result.ts';

/** Runs what needs no container and commits it like any other step: stored, recorded, the first result stands. */
export async function commitInProcess(
  step: Step, actionKey: Sha256, deps: BuildDeps, work: () => Promise<Readonly<Record<string, Tree>>>,
): Promise<StepResult> {
  const startedAt = deps.clock.now();
  const startedMs = deps.clock.monotonicMs();
  await deps.journal.event({ type: 'step-started', step: step.id, title: step.title });
  const outputs: Record<string, Sha256> = {};
  for (const [name, tree] of Object.entries(await work())) outputs[name] = await deps.store.putTree(tree);
  const wallMs = Math.round(deps.clock.monotonicMs() - startedMs);
  const log = await deps.store.putBlob(new Uint8Array());
  // One process does all in-process work: CPU time is not told apart, wall time stands for it.
  const usage = { wallMs, cpuMs: wallMs, peakMemoryBytes: 0 };
  const { standing, equal } = await deps.store.putAction(actionKey, { format: 1, outputs, log: log.sha256 });
  await deps.journal.executed({ step, actionKey, outcome: 'run', outputs, equal, usage, log, logTimes: [], startedAt, finishedAt: deps.clock.now() });
  await deps.journal.event({ type: 'step-finished', step: step.id, actionKey, usage, equal });
  return { state: 'run', actionKey, outputs: standing.outputs, deterministic: equal };
}
