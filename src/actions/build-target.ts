import type { WrittenImage } from '../build/journal.ts';
import type { StepFailure } from '../build/step-result.ts';
import type { BuildEvent } from '../build/events.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { BuildState } from '../records/build-records.ts';
import { preparePlan, type PreparedPlan, type Target } from './prepare-plan.ts';
import { runBuild, type Yard } from './run-build.ts';
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
  const results = [...run.outcome?.results.values() ?? []];
  const count = (state: string): number => results.filter((result) => result.state === state).length;
  return {
    build: buildId, target: prepared.targetName, definitionDigest: prepared.plan.definitionDigest, state: run.state,
    images: run.outcome === undefined ? await imagesOnRecord(buildId, workshop) : run.outcome.images.map(builtImage),
    steps: { run: count('run'), reused: count('reused'), failed: count('failed') },
    nondeterministic: run.outcome?.nondeterministic ?? [], failures: run.outcome?.failures ?? [],
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
