import type { WrittenImage } from '../build/journal.ts';
import type { FailureKind } from '../build/failure-kind.ts';
import type { StepFailure } from '../build/step-result.ts';
import type { BuildEvent } from '../build/events.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Bug } from '../foundation/failure.ts';
import type { BuildState } from '../records/build-records.ts';
import { preparePlan, type PreparedPlan, type Target } from './prepare-plan.ts';
import { runBuild, type RunBuild, type Yard } from './run-build.ts';
import { COLD, startPrepared, type StartedBuild } from './start-build.ts';
import type { Workshop } from './workshop.ts';

export interface BuildTargetOptions {
  /** No known result is taken; its record has the purpose `cold`. */
  cold: boolean;
  signal: AbortSignal;
  /** Called once before the first event. */
  onPlan: (prepared: PreparedPlan, expectedMs: ReadonlyMap<string, number>) => void;
  onEvent: (event: BuildEvent) => void;
}

export interface BuiltImage { name: string; format: string; sha256: Sha256; sha512: string; sizeBytes: number }

export interface BuildReport {
  build: string;
  target: string;
  definitionDigest: Sha256;
  state: BuildState;
  images: readonly BuiltImage[];
  steps: { run: number; reused: number; failed: number };
  nondeterministic: readonly string[];
  failures: readonly { step: string; failure: StepFailure }[];
}

/** Builds a target in this process. What is built already, and still whole in the store, is not built again. */
export async function buildTarget(target: Target, options: BuildTargetOptions, workshop: Workshop, yard: () => Promise<Yard>): Promise<BuildReport> {
  const prepared = await preparePlan(target, workshop);
  const durations = await workshop.records.steps.durations([...prepared.plan.steps.keys()]);
  options.onPlan(prepared, new Map([...durations].map(([step, { wallMs }]) => [step, wallMs])));
  const started = await startPrepared(prepared, options.cold ? { purpose: COLD } : {}, workshop);
  const finished = await finishedReport(started, prepared, workshop);
  if (finished !== undefined) return finished;
  // A finished build whose images are no longer in the store is made again, as a build of its own.
  const { buildId } = started.state === 'SUCCEEDED' ? await startPrepared(prepared, { purpose: 'restore' }, workshop) : started;
  const means = { prepare: async () => prepared, openYard: yard };
  const run = await runBuild(buildId, means, { reuse: !options.cold, signal: options.signal, onEvent: options.onEvent }, workshop);
  return { build: buildId, target: prepared.targetName, definitionDigest: prepared.plan.definitionDigest, ...await cameTo(buildId, run, workshop) };
}

type CameTo = Omit<BuildReport, 'build' | 'target' | 'definitionDigest'>;

async function cameTo(buildId: string, { state, outcome }: RunBuild, workshop: Workshop): Promise<CameTo> {
  if (outcome === undefined) return onRecord(buildId, workshop);
  const count = (wanted: string): number => [...outcome.results.values()].filter((result) => result.state === wanted).length;
  return {
    state, images: outcome.images.map(builtImage), steps: { run: count('run'), reused: count('reused'), failed: count('failed') },
    nondeterministic: outcome.nondeterministic, failures: outcome.failures,
  };
}

/** What another process made of the build while this one waited for it. */
async function onRecord(buildId: string, workshop: Workshop): Promise<CameTo> {
  const [build] = await workshop.reads.builds.byId([buildId]);
  if (build === undefined) throw new Bug(`build ${buildId} is not on record any more`);
  const steps = await workshop.reads.steps.allOf(buildId);
  const { failureKind: kind, failureMessage, failureStep, stepsRun, stepsReused, stepsFailed } = build;
  return {
    state: build.state, images: await imagesOnRecord(buildId, workshop), steps: { run: stepsRun, reused: stepsReused, failed: stepsFailed },
    nondeterministic: steps.filter(({ nondeterministic }) => nondeterministic).map(({ name }) => name),
    failures: kind === null ? [] : [{ step: failureStep ?? '', failure: { kind: kind as FailureKind, message: failureMessage ?? '', lastLines: [] } }],
  };
}

function builtImage({ name, format, digests }: WrittenImage): BuiltImage {
  return { name, format, ...digests };
}

async function finishedReport(started: StartedBuild, prepared: PreparedPlan, workshop: Workshop): Promise<BuildReport | undefined> {
  if (!started.reused || started.state !== 'SUCCEEDED') return undefined;
  const images = await imagesOnRecord(started.buildId, workshop);
  for (const { sha256 } of images) if (!await workshop.store.hasBlob(sha256)) return undefined;
  return {
    build: started.buildId, target: prepared.targetName, definitionDigest: prepared.plan.definitionDigest, state: 'SUCCEEDED', images,
    steps: { run: 0, reused: prepared.plan.steps.size, failed: 0 }, nondeterministic: [], failures: [],
  };
}

export async function imagesOnRecord(buildId: string, { reads }: Workshop): Promise<BuiltImage[]> {
  const rows = (await reads.builds.imagesOf([buildId])).get(buildId) ?? [];
  return rows.map(({ name, format, sha256, sha512, sizeBytes }) => ({ name, format, sha256: sha256 as Sha256, sha512, sizeBytes }));
}
