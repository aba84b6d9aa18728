import type { BuildEvent } from '../build/events.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Bug } from '../foundation/failure.ts';
import { VERIFY } from '../records/build-reference.ts';
import type { BuildState } from '../records/build-records.ts';
import { imagesOnRecord, type BuiltImage } from './build-target.ts';
import type { PreparedPlan } from './prepare-plan.ts';
import { runBuild, type Yard } from './run-build.ts';
import { startPrepared } from './start-build.ts';
import type { Workshop } from './workshop.ts';

export interface RebuildOptions {
  signal: AbortSignal;
  /** The rebuild's own record; called before its first step. */
  onStarted: (buildId: string) => Promise<void>;
  onEvent: (event: BuildEvent) => void;
}

/** What a rebuild gave, each step with outputs of its own. */
export interface Rebuilt {
  buildId: string;
  state: BuildState;
  images: readonly BuiltImage[];
  /** In the plan's order; a step that did not get to its end has no outputs. */
  steps: readonly RebuiltStep[];
  failure?: { kind: string; code: string | null; message: string; step: string | null };
}

export interface RebuiltStep { name: string; outputs?: Readonly<Record<string, Sha256>>; inputs: readonly string[] }

/**
 * Builds a plan once more for the sake of comparing: cold, isolated from all known results, on record with a purpose of
 * its own. Sources come from where the yard has them; a yard that is offline leaves retained inputs only.
 */
export async function rebuild(prepared: PreparedPlan, options: RebuildOptions, workshop: Workshop, openYard: () => Promise<Yard>): Promise<Rebuilt> {
  const { buildId } = await startPrepared(prepared, { purpose: VERIFY }, workshop);
  await options.onStarted(buildId);
  const means = { prepare: async () => prepared, openYard };
  const { state, outcome } = await runBuild(buildId, means, { reuse: true, isolated: true, signal: options.signal, onEvent: options.onEvent }, workshop);
  if (outcome === undefined) throw new Bug(`rebuild ${buildId} was run by another process`);
  const [build] = await workshop.reads.builds.byId([buildId]);
  if (build === undefined) throw new Bug(`build ${buildId} is not on record any more`);
  const { failureKind, failureCode, failureMessage, failureStep } = build;
  return {
    buildId, state,
    images: state === 'SUCCEEDED' ? await imagesOnRecord(buildId, workshop) : [],
    steps: [...prepared.plan.steps.values()].map((step): RebuiltStep => {
      const result = outcome.results.get(step.id);
      const inputs = [...new Set(step.needs.map((need) => need.step))];
      return result === undefined || result.state === 'failed' ? { name: step.id, inputs } : { name: step.id, inputs, outputs: result.outputs };
    }),
    ...(failureKind === null ? {} : { failure: { kind: failureKind, code: failureCode, message: failureMessage ?? '', step: failureStep } }),
  };
}
