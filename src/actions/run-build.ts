import type { BuildDeps, MachineLimits } from '../build/build-deps.ts';
import type { BuildEvent } from '../build/events.ts';
import { RecordJournal } from '../build/record-journal.ts';
import { runPlan, type BuildOutcome } from '../build/run-plan.ts';
import { Failure } from '../foundation/failure.ts';
import type { Source } from '../catalog/model.ts';
import { buildLock, type BuildHandle, type BuildState } from '../records/build-records.ts';
import type { Runner } from '../sandbox/runner.ts';
import { planRows } from './plan-rows.ts';
import type { PreparedPlan } from './prepare-plan.ts';
import type { Workshop } from './workshop.ts';

/** What running steps needs beside the workshop. */
export interface Yard {
  runner: Runner;
  /** Brings the pinned sandbox up; called once a build, before its first container. */
  prepareSandbox(): Promise<void>;
  fetchSource(source: Source, signal: AbortSignal): Promise<{ origin: string } | undefined>;
  machine: MachineLimits;
  /** Version of Provenroot, engine, cores: on record, in no key. */
  runnerFacts: Readonly<Record<string, unknown>>;
}

export interface RunBuildOptions {
  reuse: boolean;
  signal: AbortSignal;
  onEvent: (event: BuildEvent) => void;
}

export interface RunBuild {
  state: BuildState;
  /** Absent where another process had ended the build already. */
  outcome?: BuildOutcome;
}

/**
 * Takes the build over and runs it to its end. One process at a time: who comes second waits, and finds it ended.
 * After a kill, the next one goes on; what was built is in the store.
 */
export async function runBuild(buildId: string, prepared: PreparedPlan, options: RunBuildOptions, workshop: Workshop, yard: Yard): Promise<RunBuild> {
  const { records } = workshop;
  return records.locks.exclusively(buildLock(buildId), async () => {
    const handle = await records.builds.claim(buildId, yard.runnerFacts);
    if (handle === undefined) return { state: await stateOf(buildId, workshop) };
    try {
      return await runClaimed(handle, prepared, options, workshop, yard);
    } catch (error) {
      await records.builds.finish(handle, { state: 'FAILED', failure: { kind: 'internal', message: error instanceof Error ? error.message : String(error) } });
      throw error;
    }
  });
}

async function stateOf(buildId: string, { reads }: Workshop): Promise<BuildState> {
  const [build] = await reads.builds.byId([buildId]);
  if (build === undefined) throw new Failure('RECORDS.UNKNOWN', `there is no build ${buildId}`, { place: buildId });
  return build.state;
}

async function runClaimed(handle: BuildHandle, prepared: PreparedPlan, options: RunBuildOptions, workshop: Workshop, yard: Yard): Promise<RunBuild> {
  const { records, store, clock, lock } = workshop;
  const { plan } = prepared;
  const durations = await records.steps.durations([...plan.steps.keys()]);
  await records.recordPlan(handle, planRows(prepared, durations));
  const journal = new RecordJournal({ records, store, clock, build: handle, sandbox: lock.rootTree, runner: yard.runnerFacts, onEvent: options.onEvent });
  let sandbox: Promise<void> | undefined;
  const deps: BuildDeps = {
    store, clock, journal, runner: yard.runner, machine: yard.machine, reuse: options.reuse, signal: options.signal,
    fetchSource: (source, signal) => yard.fetchSource(source, signal),
    prepareSandbox: () => (sandbox ??= yard.prepareSandbox()),
    exclusively: (key, work) => records.locks.exclusively(key, work),
    expectedMs: (step) => durations.get(step.id)?.wallMs ?? 0,
  };
  const outcome = await runPlan(plan, deps);
  const [failed] = outcome.failures;
  await records.builds.finish(handle, {
    state: outcome.state, ...journal.product,
    ...(failed === undefined ? {} : {
      failure: { kind: failed.failure.kind, message: failed.failure.message, step: failed.step, ...(failed.failure.code === undefined ? {} : { code: failed.failure.code }) },
    }),
  });
  return { state: outcome.state, outcome };
}
