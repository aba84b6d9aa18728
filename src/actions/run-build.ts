import type { BuildDeps, FetchedFrom, MachineLimits } from '../build/build-deps.ts';
import type { BuildEvent } from '../build/events.ts';
import { RecordJournal } from '../build/record-journal.ts';
import { kindOfCode, runPlan, type BuildOutcome } from '../build/run-plan.ts';
import { Failure, Fault, isCoded } from '../foundation/failure.ts';
import type { Source } from '../catalog/model.ts';
import { isolatedActions } from '../store/isolated-actions.ts';
import { buildLock, type BuildEnd, type BuildHandle, type BuildState } from '../records/build-records.ts';
import type { Records } from '../records/records.ts';
import type { Runner } from '../sandbox/runner.ts';
import { planRows } from './plan-rows.ts';
import type { PreparedPlan } from './prepare-plan.ts';
import type { Workshop } from './workshop.ts';

const CANCEL_POLL_MS = 1_000;

/** What running steps needs beside the workshop. */
export interface Yard {
  runner: Runner;
  /** Brings the pinned sandbox up; called once a build, before its first container. */
  prepareSandbox(): Promise<void>;
  fetchSource(source: Source, signal: AbortSignal): Promise<FetchedFrom | undefined>;
  machine: MachineLimits;
  /** Version of Provenroot, engine, cores: on record, in no key. */
  runnerFacts: Readonly<Record<string, unknown>>;
}

export interface RunBuildOptions {
  /** False: no known result is taken. */
  reuse: boolean;
  /** What a step gives flows on even where it differs from the standing result, which stays: a verification's rebuild. */
  isolated?: boolean;
  /** A StopReason of the queue, `lost` or `draining`, leaves the build for another to go on with; any other cancels it. */
  signal: AbortSignal;
  onEvent: (event: BuildEvent) => void;
}

export interface RunBuild {
  state: BuildState;
  /** Absent where another process had ended the build already. */
  outcome?: BuildOutcome;
}

/** What running a build takes; asked for once nobody else runs it. */
export interface BuildMeans {
  prepare(): Promise<PreparedPlan>;
  openYard(): Promise<Yard>;
}

/**
 * Takes the build over and runs it to its end. One process at a time: who comes second waits, and finds it ended.
 * After a kill, the next one goes on; what was built is in the store. Throws BUILD.INTERRUPTED where the signal leaves
 * the build for another; where the means fail, the build has failed and that error is thrown.
 */
export async function runBuild(buildId: string, means: BuildMeans, options: RunBuildOptions, workshop: Workshop): Promise<RunBuild> {
  const { records } = workshop;
  return records.locks.exclusively(buildLock(buildId), async () => {
    const known = await stateOf(buildId, workshop);
    if (known !== 'QUEUED' && known !== 'RUNNING') return { state: known };
    const made = await tried(async () => ({ prepared: await means.prepare(), yard: await means.openYard() }));
    const handle = await records.builds.claim(buildId, made.value?.yard.runnerFacts ?? {});
    if (handle === undefined) return { state: await stateOf(buildId, workshop) };
    if (made.value === undefined) throw await failed(handle, made.error, workshop);
    const { prepared, yard } = made.value;
    const ran = await tried(() => runClaimed(handle, prepared, options, workshop, yard));
    if (ran.value === undefined) throw await failed(handle, ran.error, workshop);
    return ran.value;
  });
}

type Tried<T> = { value: T; error?: never } | { value?: never; error: unknown };

function tried<T>(work: () => Promise<T>): Promise<Tried<T>> {
  return work().then((value) => ({ value }), (error: unknown) => ({ error }));
}

async function stateOf(buildId: string, { reads }: Workshop): Promise<BuildState> {
  const [build] = await reads.builds.byId([buildId]);
  if (build === undefined) throw new Failure('RECORDS.UNKNOWN', `there is no build ${buildId}`, { place: buildId });
  return build.state;
}

/** Ends the build with the error, unless it is another's or waits for another; returns the error. */
async function failed(handle: BuildHandle, error: unknown, { records, clock }: Workshop): Promise<unknown> {
  const code = isCoded(error) ? error.code : undefined;
  if (code === 'BUILD.INTERRUPTED' || code === 'RECORDS.STALE') return error;
  const kind = code === undefined ? 'internal' : kindOfCode(code);
  const message = isCoded(error) ? error.message : 'Provenroot itself failed; the process that ran the build has said how';
  // Where the database is away too, the first error counts; the build stays for the next to go on with.
  await tried(async () => {
    await records.events.append(handle, { type: 'build-finished', data: { state: 'FAILED' }, at: clock.now() });
    await records.builds.finish(handle, { state: 'FAILED', failure: { kind, message, ...(code === undefined ? {} : { code }) } });
  });
  return error;
}

async function runClaimed(handle: BuildHandle, prepared: PreparedPlan, options: RunBuildOptions, workshop: Workshop, yard: Yard): Promise<RunBuild> {
  const { records, clock, lock } = workshop;
  const store = options.isolated === true ? isolatedActions(workshop.store) : workshop.store;
  const { plan } = prepared;
  const durations = await records.steps.durations([...plan.steps.keys()]);
  await records.recordPlan(handle, planRows(prepared, durations, lock));
  const journal = new RecordJournal({ records, store, clock, build: handle, sandbox: lock.rootTree, runner: yard.runnerFacts, onEvent: options.onEvent });
  const cancel = await watchCancel(handle.id, records);
  const signal = AbortSignal.any([options.signal, cancel.signal]);
  let sandbox: Promise<void> | undefined;
  const deps: BuildDeps = {
    store, clock, journal, runner: yard.runner, machine: yard.machine, reuse: options.reuse, signal,
    fetchSource: (source, stop) => yard.fetchSource(source, stop),
    prepareSandbox: () => (sandbox ??= yard.prepareSandbox()),
    exclusively: (key, work) => records.locks.exclusively(key, work),
    expectedMs: (step) => durations.get(step.id)?.wallMs ?? 0,
  };
  const outcome = await runPlan(plan, deps).finally(cancel.stop);
  if (outcome.state === 'CANCELLED' && isInterruption(signal)) throw new Fault('BUILD.INTERRUPTED', `build ${handle.id} was left unfinished`, { retryable: true });
  await journal.event({ type: 'build-finished', state: outcome.state });
  await records.builds.finish(handle, { state: outcome.state, ...journal.product, ...failureOf(outcome) });
  return { state: outcome.state, outcome };
}

function failureOf({ failures: [first] }: BuildOutcome): Pick<BuildEnd, 'failure'> {
  if (first === undefined) return {};
  const { step, failure: { kind, message, code } } = first;
  return { failure: { kind, message, step, ...(code === undefined ? {} : { code }) } };
}

function isInterruption({ aborted, reason }: AbortSignal): boolean {
  return aborted && (reason === 'lost' || reason === 'draining');
}

/** Who asks for an end may be another process: the record is where they meet. */
async function watchCancel(buildId: string, { builds }: Records): Promise<{ signal: AbortSignal; stop: () => void }> {
  const controller = new AbortController();
  const look = async (): Promise<void> => { if (await builds.cancelRequested(buildId)) controller.abort('cancelled'); };
  await look();
  const timer = setInterval(() => { void look().catch(() => undefined); }, CANCEL_POLL_MS);
  return { signal: controller.signal, stop: () => clearInterval(timer) };
}
