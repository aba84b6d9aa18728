import type { Sha256 } from '../foundation/digest.ts';
import type { ContainerStep, Step } from '../plan/step.ts';
import type { SandboxCommand, SandboxRun } from '../sandbox/runner.ts';
import { stepLimits, type BuildDeps } from './build-deps.ts';
import { failureKindOf, statusField } from './failure-kind.ts';
import type { Execution } from './journal.ts';
import type { StepOutputs } from './run-plan.ts';
import { StepLog } from './step-log.ts';
import { stepMounts } from './step-mounts.ts';
import type { StepResult } from './step-result.ts';

const LAST_LINES = 25;

/** Fetches, mounts, runs, collects, commits, records. Called while nobody else runs the same action. */
export async function executeContainerStep(step: ContainerStep, actionKey: Sha256, outputsOf: StepOutputs, deps: BuildDeps): Promise<StepResult> {
  await fetchSources(step, deps);
  return runInSandbox(step, actionKey, () => sandboxCommand(step, outputsOf, deps), deps);
}

async function fetchSources(step: ContainerStep, deps: BuildDeps): Promise<void> {
  for (const source of step.sources) {
    const fetched = await deps.fetchSource(source, deps.signal);
    if (fetched === undefined) continue;
    const { origin, wallMs } = fetched;
    const row = { file: source.file, sha256: source.sha256, sizeBytes: source.sizeBytes, origin };
    await deps.journal.event({ type: 'source-fetched', ...row });
    await deps.journal.fetched({ ...row, wallMs });
  }
}

/** The command of a step: the same for a build and for a shell at the failed step. */
export async function sandboxCommand(step: ContainerStep, outputsOf: StepOutputs, deps: Pick<BuildDeps, 'store' | 'machine'>): Promise<SandboxCommand> {
  for (const bytes of step.blobs.values()) await deps.store.putBlob(bytes);
  return {
    label: step.id,
    sandbox: step.definition.sandbox as Sha256,
    mounts: await stepMounts(step, outputsOf, deps.store),
    argv: ['/bin/sh', '/src/step/run'],
    // JOBS is how fast, not what: it is in no key, and the variation runs show that it changes no byte.
    environment: { ...step.definition.environment, JOBS: String(deps.machine.jobs) },
    epochSeconds: step.definition.epochSeconds,
    limits: stepLimits(deps.machine, step.limits),
  };
}

/** One container, from its command to its record. */
export async function runInSandbox(step: Step, actionKey: Sha256, makeCommand: () => Promise<SandboxCommand>, deps: BuildDeps): Promise<StepResult> {
  await deps.prepareSandbox();
  const command = await makeCommand();
  const startedAt = deps.clock.now();
  await deps.journal.event({ type: 'step-started', step: step.id, title: step.title });
  const log = new StepLog(deps.clock, (offset, bytes) => deps.journal.logged(step.id, offset, bytes));
  const run = await deps.runner.run(command, { onLog: (chunk) => log.write(chunk) }, deps.signal);
  const { text, times } = await log.finish();
  const base: ExecutionBase = {
    step, actionKey, usage: run.usage, log: await deps.store.putBlob(text), logTimes: times, startedAt, finishedAt: deps.clock.now(),
  };
  return succeeded(run) ? commit(base, run, deps) : fail(base, run, log.lastLines(LAST_LINES), deps);
}

type ExecutionBase = Omit<Execution, 'outcome' | 'outputs' | 'equal' | 'failure'>;

function succeeded(run: SandboxRun): boolean {
  return run.exit.kind === 'exited' && run.exit.code === 0;
}

async function commit(base: ExecutionBase, run: SandboxRun, deps: BuildDeps): Promise<StepResult> {
  const { standing, equal } = await deps.store.putAction(base.actionKey, { format: 1, outputs: run.outputs, log: base.log.sha256 });
  await deps.journal.executed({ ...base, outcome: 'run', outputs: run.outputs, equal });
  await deps.journal.event({ type: 'step-finished', step: base.step.id, actionKey: base.actionKey, usage: run.usage, equal });
  return { state: 'run', actionKey: base.actionKey, outputs: standing.outputs, deterministic: equal };
}

async function fail(base: ExecutionBase, run: SandboxRun, lastLines: readonly string[], deps: BuildDeps): Promise<StepResult> {
  const kind = failureKindOf(run.exit, run.status);
  const phase = statusField(run.status, 'phase');
  const message = failureMessage(base.step.id, run, phase);
  await deps.journal.executed({ ...base, outcome: 'failed', outputs: {}, equal: true, failure: { kind, message, phase } });
  await deps.journal.event({ type: 'step-failed', step: base.step.id, kind, message, lastLines });
  return { state: 'failed', failure: { kind, message, lastLines } };
}

function failureMessage(step: string, run: SandboxRun, phase: string | undefined): string {
  const where = phase === undefined ? step : `${step}, phase ${phase}`;
  switch (run.exit.kind) {
    case 'exited': return `${where}: exited with ${statusField(run.status, 'exit') ?? run.exit.code}`;
    case 'out-of-memory': return `${where}: ran out of memory`;
    case 'time-limit': return `${where}: took longer than its time limit`;
    case 'disk-full': return `${where}: the disk is full`;
    case 'cancelled': return `${where}: cancelled`;
  }
}
