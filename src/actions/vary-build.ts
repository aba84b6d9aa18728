import type { Outputs } from '../build/journal.ts';
import type { VariationName } from '../catalog/variation-name.ts';
import { didYouMeanText } from '../catalog/name.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { errorCodeOf, Failure } from '../foundation/failure.ts';
import type { Plan } from '../plan/plan.ts';
import type { Step, StepId } from '../plan/step.ts';
import { instrumentTree, type InstrumentSources } from '../sandbox/instrument.ts';
import { chooseConditions, type ConditionRequest } from '../variation/profiles.ts';
import { prepareQueued } from './queued-build.ts';
import type { Yard } from './run-build.ts';
import { varyStep, type RunInProcess, type StepVariation } from './vary-step.ts';
import type { Workshop } from './workshop.ts';

/** What varied runs take beside a yard. */
export interface VariationMeans {
  instrument: InstrumentSources;
  runInProcess: RunInProcess;
}

export interface VaryRequest extends ConditionRequest {
  /** Only these steps; all where absent. */
  steps?: readonly string[];
}

export interface VariationProgress {
  stepsDone: number;
  stepsTotal: number;
  /** Runs of steps so far, over all of them. */
  runs: number;
  /** The step that has just ended. */
  ended?: StepVariation;
}

export interface VaryOptions {
  signal: AbortSignal;
  onProgress: (progress: VariationProgress) => void;
}

export interface VariationReport {
  format: 1;
  build: string;
  /** Absent where the conditions were listed. */
  profile?: string;
  /** The whole list, explicit. */
  conditions: readonly VariationName[];
  /** Digest of the tree that varied runs were seen through. */
  instrument: Sha256;
  /** `same`: no file differed, or a recipe's deviation excuses each. `cancelled`: the steps that were reached. */
  outcome: 'same' | 'differs' | 'undecided' | 'cancelled';
  /** In the plan's order. */
  steps: readonly StepVariation[];
  counts: { steps: number; files: number; excused: number; runs: number };
}

/**
 * Is a finished build robust? Each of its steps runs again alone, its needs as they stand, under all conditions at once;
 * what differs is traced to the conditions that make it differ. Nothing of it becomes the result of an action. Throws
 * VARIATION.*, ACTIONS.NOT_SUCCEEDED, ACTIONS.UNKNOWN_STEP, BUILD.DEFINITION_CHANGED.
 */
export async function varyBuild(
  buildId: string, request: VaryRequest, options: VaryOptions, workshop: Workshop, means: VariationMeans, openYard: () => Promise<Yard>,
): Promise<VariationReport> {
  const { profile, conditions } = chooseConditions(request);
  const outputs = await standingOutputs(buildId, workshop);
  const { plan } = await prepareQueued(buildId, workshop);
  const steps = chosenSteps(plan, request.steps);
  const yard = await openYard();
  await yard.prepareSandbox();
  const { store, lock } = workshop;
  const instrument = await instrumentTree(lock.rootTree, means.instrument, { runner: yard.runner, store }, options.signal);
  const varied = await varySteps(steps, async (step, onRun) => {
    await fetchSources(step, yard, options.signal);
    return varyStep(step, { plan, outputs }, conditions, { store, yard, instrument, runInProcess: means.runInProcess, signal: options.signal, onRun });
  }, yard.machine.parallelSteps, options);
  return { format: 1, build: buildId, ...(profile === undefined ? {} : { profile }), conditions, instrument, ...summary(varied, steps.length) };
}

async function standingOutputs(buildId: string, { reads }: Workshop): Promise<Map<StepId, Outputs>> {
  const [build] = await reads.builds.byId([buildId]);
  if (build === undefined) throw new Failure('RECORDS.UNKNOWN', `there is no build ${buildId}`, { place: buildId });
  if (build.state !== 'SUCCEEDED') throw new Failure('ACTIONS.NOT_SUCCEEDED', `build ${buildId} is ${build.state}: only what was built can be built otherwise`, { place: buildId });
  const steps = await reads.steps.allOf(buildId);
  const found = await reads.steps.outputsOf(steps.flatMap(({ executionId }) => executionId === null ? [] : [executionId]));
  return new Map(steps.map(({ name, executionId }) => [
    name, Object.fromEntries((found.get(executionId ?? '') ?? []).map((output) => [output.name, output.treeDigest as Sha256])),
  ]));
}

function chosenSteps({ steps }: Plan, names: readonly string[] | undefined): Step[] {
  for (const name of names ?? []) {
    if (!steps.has(name)) throw new Failure('ACTIONS.UNKNOWN_STEP', `the plan has no step "${name}"`, { place: name, hint: didYouMeanText(name, [...steps.keys()]) ?? `Steps: ${[...steps.keys()].join(', ')}.` });
  }
  return [...steps.values()].filter(({ id }) => names === undefined || names.includes(id));
}

async function fetchSources(step: Step, yard: Yard, signal: AbortSignal): Promise<void> {
  if (step.kind !== 'container') return;
  for (const source of step.sources) await yard.fetchSource(source, signal);
}

/** As many at once as the machine takes; steps stand alone, so in any order. Once stopped, what has ended is returned. */
async function varySteps(
  steps: readonly Step[], vary: (step: Step, onRun: () => void) => Promise<StepVariation>, atOnce: number, { signal, onProgress }: VaryOptions,
): Promise<StepVariation[]> {
  const ended = new Map<StepId, StepVariation>();
  let runs = 0;
  const progress = (last?: StepVariation): void => onProgress({ stepsDone: ended.size, stepsTotal: steps.length, runs, ...(last === undefined ? {} : { ended: last }) });
  const waiting = steps.values();
  const work = async (): Promise<void> => {
    for (const step of waiting) {
      if (signal.aborted) return;
      const variation = await unlessStopped(() => vary(step, () => { runs++; progress(); }), signal);
      if (variation === undefined) return;
      ended.set(step.id, variation);
      progress(variation);
    }
  };
  progress();
  await Promise.all(Array.from({ length: Math.min(atOnce, steps.length) }, work));
  return steps.flatMap(({ id }) => ended.get(id) ?? []);
}

async function unlessStopped<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (signal.aborted && (errorCodeOf(error) === 'ABORT_ERR' || (error as { name?: unknown }).name === 'AbortError')) return undefined;
    throw error;
  }
}

function summary(steps: readonly StepVariation[], planned: number): Pick<VariationReport, 'outcome' | 'steps' | 'counts'> {
  const files = steps.flatMap((step) => step.files);
  const excused = files.filter((file) => file.excused !== undefined).length;
  const unsearched = steps.reduce((sum, step) => sum + step.unsearched.length, 0);
  const counts = { steps: steps.length, files: files.length + unsearched, excused, runs: steps.reduce((sum, step) => sum + step.runs, 0) };
  const differs = counts.files > excused;
  const undecided = steps.some(({ state }) => state === 'undecided');
  return { outcome: steps.length < planned ? 'cancelled' : differs ? 'differs' : undecided ? 'undecided' : 'same', steps, counts };
}
