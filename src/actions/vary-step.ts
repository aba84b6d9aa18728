import { commandAlone, ownOutputs } from '../build/step-alone.ts';
import type { Outputs } from '../build/journal.ts';
import type { VariationName } from '../catalog/variation-name.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { isCoded } from '../foundation/failure.ts';
import { uniqueName } from '../foundation/ids.ts';
import { compareText } from '../foundation/order.ts';
import type { Plan } from '../plan/plan.ts';
import type { Step, StepId } from '../plan/step.ts';
import type { SandboxCommand } from '../sandbox/runner.ts';
import type { LocalStore } from '../store/store.ts';
import { excusedBy } from '../variation/excused-by.ts';
import type { Files, Observation, RunVaried } from '../variation/observation.ts';
import { searchCauses, type Blame, type StepFindings } from '../variation/search-causes.ts';
import { filesOf, observationOf, suspectsIn } from './observed-outputs.ts';
import type { Yard } from './run-build.ts';

/** Runs our own part of a step (`ownOutputs`) in a process of its own under conditions of `IN_PROCESS`. */
export type RunInProcess = (work: InProcessWork, varied: ReadonlySet<VariationName>, signal: AbortSignal) => Promise<Outputs>;
export interface InProcessWork { plan: Plan; step: StepId; outputs: ReadonlyMap<StepId, Outputs> }

/** Conditions that a process of ours can be put under without a right; the others change nothing that it could ask for. */
export const IN_PROCESS: readonly VariationName[] = [
  'build-path', 'directory-order', 'environment', 'exec-path', 'home', 'locale', 'store-path', 'time-zone', 'umask',
];

export interface VariedFile {
  /** Below the step's outputs; '' where the step as a whole fails, `input/…` for what the sandbox makes an image of. */
  path: string;
  /** Each a minimal set of conditions; an empty set: it differs with nothing varied. */
  causes: readonly (readonly VariationName[])[];
  /** Reasons of the recipe's deviations; absent where not all causes are excused. */
  excused?: readonly string[];
}

export interface StepVariation {
  step: StepId;
  /** `not-varied`: none of the conditions can reach it. */
  state: StepFindings['state'] | 'not-varied';
  /** Those of the asked conditions that it was run under. */
  conditions: readonly VariationName[];
  files: readonly VariedFile[];
  /** Differ, but were not traced to a cause. */
  unsearched: readonly string[];
  /** How often it ran; once where nothing differs. */
  runs: number;
  message?: string;
}

export interface VaryStepDeps {
  store: LocalStore;
  yard: Pick<Yard, 'runner' | 'machine'>;
  /** Tree of what varied runs are seen through. */
  instrument: Sha256;
  runInProcess: RunInProcess;
  signal: AbortSignal;
  /** After each run of the step. */
  onRun: () => void;
}

/** One step alone, on the standing outputs of its needs: what runs in the sandbox and what our own code does of it. */
export async function varyStep(step: Step, { plan, outputs }: Omit<InProcessWork, 'step'>, conditions: readonly VariationName[], deps: VaryStepDeps): Promise<StepVariation> {
  const outputsOf = (id: StepId): Outputs => outputs.get(id) ?? {};
  const standing = await filesOf(outputsOf(step.id), deps.store);
  const command = await commandAlone(step, plan, outputsOf, { store: deps.store, machine: deps.yard.machine });
  const parts: Part[] = command === undefined ? [] : [{ standing, conditions, run: inSandbox(command, deps) }];
  if (step.kind !== 'container') {
    const own = command === undefined ? standing : await filesOf(await ownOutputs(step, plan, outputsOf, deps.store), deps.store);
    parts.push({ standing: own, conditions: conditions.filter((name) => IN_PROCESS.includes(name)), run: inProcess({ plan, step: step.id, outputs }, deps) });
  }
  return report(step, plan, await searchParts(parts, deps));
}

/** What is compared, and how it is made again. */
interface Part { standing: Files; conditions: readonly VariationName[]; run: RunVaried }

interface Searched { conditions: readonly VariationName[]; findings: readonly StepFindings[] }

async function searchParts(parts: readonly Part[], { store, onRun }: VaryStepDeps): Promise<Searched> {
  const findings: StepFindings[] = [];
  const reached = parts.filter(({ conditions }) => conditions.length > 0);
  for (const { standing, conditions, run } of reached) {
    const counted: RunVaried = async (varied) => {
      const observation = await run(varied);
      onRun();
      return observation;
    };
    findings.push(await searchCauses(standing, conditions, counted, { suspectsOf: (path, observation) => suspectsIn(path, observation, standing, conditions, store) }));
  }
  return { conditions: [...new Set(reached.flatMap(({ conditions }) => conditions))].toSorted(compareText), findings };
}

function inSandbox(command: SandboxCommand, { store, yard, instrument, signal }: VaryStepDeps): RunVaried {
  // All runs of a step share a place: only the condition makes the path another.
  const place = `v${uniqueName().replaceAll('-', '').slice(0, 10)}`;
  return async (conditions) => {
    const surroundings = { varied: new Set(conditions), instrument, place };
    return orFailed(async () => observationOf(await yard.runner.run({ ...command, surroundings }, { onLog: () => undefined }, signal), store));
  };
}

function inProcess(work: InProcessWork, { store, runInProcess, signal }: VaryStepDeps): RunVaried {
  return async (conditions) => orFailed(async () => ({ kind: 'outputs', files: await filesOf(await runInProcess(work, new Set(conditions), signal), store) }));
}

/** Outputs that cannot be collected, and a process of ours that ends badly, are what the conditions made of the step; a fault of the engine is not. */
async function orFailed(observe: () => Promise<Observation>): Promise<Observation> {
  try {
    return await observe();
  } catch (error) {
    if (isCoded(error) && (error.name === 'Failure' || error.code === 'ACTIONS.NOT_REPEATED')) return { kind: 'failed', message: error.message };
    throw error;
  }
}

function report(step: Step, { resolution }: Plan, { conditions, findings }: Searched): StepVariation {
  const deviations = step.kind === 'container' ? resolution.packages.get(step.recipe)?.recipe.deviations ?? [] : [];
  const file = (blame: Blame): VariedFile => {
    const excused = excusedBy(blame, deviations);
    return { path: blame.path, causes: blame.causes, ...(excused === undefined ? {} : { excused }) };
  };
  const messages = findings.flatMap(({ message }) => message === undefined ? [] : [message]);
  return {
    step: step.id, state: stateOfAll(findings), conditions, runs: findings.reduce((sum, { runs }) => sum + runs, 0),
    files: findings.flatMap(({ blames }) => blames.map(file)).toSorted((a, b) => compareText(a.path, b.path)),
    unsearched: findings.flatMap(({ unsearched }) => unsearched).toSorted(compareText),
    ...(messages.length === 0 ? {} : { message: messages.join('; ') }),
  };
}

function stateOfAll(findings: readonly StepFindings[]): StepVariation['state'] {
  if (findings.length === 0) return 'not-varied';
  return (['differs', 'undecided', 'same'] as const).find((state) => findings.some((one) => one.state === state))!;
}
