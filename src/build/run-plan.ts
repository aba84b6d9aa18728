import { Bug, isCoded } from '../foundation/failure.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { actionKey } from '../plan/keys.ts';
import { ROOT_STEP, type Plan } from '../plan/plan.ts';
import type { Step, StepId } from '../plan/step.ts';
import type { BuildDeps } from './build-deps.ts';
import { executeContainerStep } from './container-step.ts';
import type { FailureKind } from './failure-kind.ts';
import { collectImages } from './collect-images.ts';
import { executeImageStep } from './image-step.ts';
import type { Outputs, WrittenImage } from './journal.ts';
import { executeRootStep, finalRoot } from './root-step.ts';
import { criticalPath, runGraph } from './run-graph.ts';
import type { StepFailure, StepResult } from './step-result.ts';

/** The outputs of a finished step; a Bug for one that is not. */
export type StepOutputs = (step: StepId) => Outputs;

export interface BuildOutcome {
  state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  results: ReadonlyMap<StepId, StepResult>;
  images: readonly WrittenImage[];
  failures: readonly { step: StepId; failure: StepFailure }[];
  /** Steps whose outputs differed from the standing ones of the same action. */
  nondeterministic: readonly StepId[];
}

/** Runs what is not known, reuses what is, records both. The end of the build is for the caller to record. */
export async function runPlan(plan: Plan, deps: BuildDeps): Promise<BuildOutcome> {
  const results = new Map<StepId, StepResult>();
  const steps = [...plan.steps.keys()];
  const needsOf = (id: StepId): StepId[] => [...new Set(plan.steps.get(id)!.needs.map(({ step }) => step))];
  const behind = criticalPath(steps, needsOf, (id) => deps.expectedMs(plan.steps.get(id)!));

  await deps.journal.event({ type: 'build-started', steps: steps.length });
  await runGraph({
    nodes: steps,
    needsOf,
    priorityOf: (id) => behind.get(id) ?? 0,
    run: async (id) => {
      const result = await runStep(plan.steps.get(id)!, plan, outputsFrom(results), deps);
      results.set(id, result);
      return result.state !== 'failed';
    },
  }, deps.machine.parallelSteps, deps.signal);

  return outcomeOf(plan, results, deps);
}

export function outputsFrom(results: ReadonlyMap<StepId, StepResult>): StepOutputs {
  return (step) => {
    const result = results.get(step);
    if (result === undefined || result.state === 'failed') throw new Bug(`step ${step} has no outputs`);
    return result.outputs;
  };
}

async function runStep(step: Step, plan: Plan, outputsOf: StepOutputs, deps: BuildDeps): Promise<StepResult> {
  const key = actionKey(step.definition, step.needs, outputsOf);
  try {
    return await reuse(step, key, deps)
      ?? await deps.exclusively(key, async () => await reuse(step, key, deps) ?? await execute(step, key, plan, outputsOf, deps));
  } catch (error) {
    return failedBefore(step, error, deps);
  }
}

async function reuse(step: Step, key: Sha256, deps: BuildDeps): Promise<StepResult | undefined> {
  const known = deps.reuse ? await deps.store.getAction(key) : undefined;
  if (known === undefined) return undefined;
  await deps.journal.reused(step, key, known.outputs);
  await deps.journal.event({ type: 'step-reused', step: step.id, planKey: step.planKey, actionKey: key });
  return { state: 'reused', actionKey: key, outputs: known.outputs, deterministic: true };
}

function execute(step: Step, key: Sha256, plan: Plan, outputsOf: StepOutputs, deps: BuildDeps): Promise<StepResult> {
  switch (step.kind) {
    case 'container': return executeContainerStep(step, key, outputsOf, deps);
    case 'root': return executeRootStep(step, key, plan, outputsOf, deps);
    case 'image': return executeImageStep(step, key, plan, outputsOf, deps);
  }
}

/** What failed before or beside the container itself: sources, conflicts, the engine. Anything uncoded is a bug and goes up. */
async function failedBefore(step: Step, error: unknown, deps: BuildDeps): Promise<StepResult> {
  if (deps.signal.aborted && isAbort(error)) return { state: 'failed', failure: { kind: 'cancelled', message: `${step.id}: cancelled`, lastLines: [] } };
  if (!isCoded(error) || error.name === 'Bug') throw error;
  const failure: StepFailure = {
    kind: kindOfCode(error.code), code: error.code, message: `${step.id}: ${error.message}`, lastLines: error.hint === undefined ? [] : [error.hint],
  };
  await deps.journal.failed(step, failure);
  await deps.journal.event({ type: 'step-failed', step: step.id, ...failure });
  return { state: 'failed', failure };
}

function isAbort(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'AbortError';
}

export function kindOfCode(code: string): FailureKind {
  if (code === 'SOURCES.WRONG_HASH' || code === 'SOURCES.WRONG_SIZE') return 'source-hash';
  if (code.startsWith('SOURCES.')) return 'source-unreachable';
  if (code === 'BUILD.INPUT_CONFLICT') return 'input-conflict';
  if (code === 'BUILD.ROOT_CONFLICT') return 'root-conflict';
  if (code === 'STORE.DISK_FULL') return 'disk-full';
  if (code.startsWith('IMAGE.')) return 'image';
  if (code.startsWith('SANDBOX.')) return 'engine-unreachable';
  return 'internal';
}

async function outcomeOf(plan: Plan, results: ReadonlyMap<StepId, StepResult>, deps: BuildDeps): Promise<BuildOutcome> {
  const failures = [...results].flatMap(([step, result]) => result.state === 'failed' ? [{ step, failure: result.failure }] : []);
  const complete = results.size === plan.steps.size && failures.length === 0;
  const cancelled = deps.signal.aborted && !complete;
  const images = complete ? await collectImages(plan, outputsFrom(results), deps) : [];
  if (complete) await recordProducts(images, outputsFrom(results), deps);
  return {
    state: complete ? 'SUCCEEDED' : cancelled ? 'CANCELLED' : 'FAILED',
    results, failures,
    images,
    nondeterministic: [...results].flatMap(([step, result]) => result.state !== 'failed' && !result.deterministic ? [step] : []),
  };
}

async function recordProducts(images: readonly WrittenImage[], outputsOf: StepOutputs, deps: BuildDeps): Promise<void> {
  await deps.journal.root(await finalRoot(outputsOf(ROOT_STEP), deps.store));
  for (const image of images) {
    await deps.journal.image(image);
    const { name, format, digests: { sha256, sizeBytes } } = image;
    await deps.journal.event({ type: 'image-written', name, format, sha256, sizeBytes });
  }
}
