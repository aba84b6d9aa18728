import { sandboxCommand } from '../build/container-step.ts';
import { didYouMeanText } from '../catalog/name.ts';
import { Failure } from '../foundation/failure.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { actionKey } from '../plan/keys.ts';
import type { Plan } from '../plan/plan.ts';
import type { ContainerStep, StepId } from '../plan/step.ts';
import type { SandboxCommand } from '../sandbox/runner.ts';
import type { PreparedPlan } from './prepare-plan.ts';
import type { Yard } from './run-build.ts';
import type { Workshop } from './workshop.ts';

type Outputs = Readonly<Record<string, Sha256>>;

/** The sandbox of a step as a build of the same target would make it: for a person to look around in. Throws ACTIONS.*. */
export async function shellCommand(
  name: StepId, { plan, targetName }: Pick<PreparedPlan, 'plan' | 'targetName'>, { store }: Pick<Workshop, 'store'>, yard: Pick<Yard, 'machine' | 'fetchSource'>, signal: AbortSignal,
): Promise<SandboxCommand> {
  const step = containerStep(name, plan);
  const outputs = await outputsOfNeeds(step, plan, targetName, store);
  for (const source of step.sources) await yard.fetchSource(source, signal);
  return sandboxCommand(step, (need) => outputs.get(need) ?? {}, { store, machine: yard.machine });
}

function containerStep(name: StepId, { steps }: Plan): ContainerStep {
  const step = steps.get(name);
  if (step?.kind === 'container') return step;
  const names = [...steps.values()].filter(({ kind }) => kind === 'container').map(({ id }) => id);
  const message = step === undefined ? `the plan has no step "${name}"` : `${name} runs in no container: it is written by Provenroot itself`;
  throw new Failure('ACTIONS.UNKNOWN_STEP', message, { place: name, hint: didYouMeanText(name, names) ?? `Steps with a sandbox: ${names.join(', ')}.`, details: { candidates: names } });
}

/** Of everything the step needs, directly or through others, in the plan's order: an action key is over what its needs really gave. */
async function outputsOfNeeds(step: ContainerStep, { steps }: Plan, target: string, store: Workshop['store']): Promise<Map<StepId, Outputs>> {
  const wanted = needsBelow(step, steps);
  const outputs = new Map<StepId, Outputs>();
  const missing: StepId[] = [];
  for (const { id, definition, needs } of [...steps.values()].filter((one) => wanted.has(one.id))) {
    const ready = needs.every((need) => outputs.has(need.step));
    const known = ready ? await store.getAction(actionKey(definition, needs, (need) => outputs.get(need)!)) : undefined;
    if (known === undefined) missing.push(id);
    else outputs.set(id, known.outputs);
  }
  if (missing.length > 0) {
    throw new Failure('ACTIONS.NEED_NOT_BUILT', `${step.id} needs ${missing.join(', ')}, which ${missing.length === 1 ? 'is' : 'are'} not built`, {
      place: step.id, hint: `Run first: ./provenroot build ${target}`, details: { missing },
    });
  }
  return outputs;
}

function needsBelow(step: ContainerStep, steps: Plan['steps']): Set<StepId> {
  const wanted = new Set<StepId>();
  const queue = step.needs.map((need) => need.step);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (wanted.has(next)) continue;
    wanted.add(next);
    queue.push(...steps.get(next)!.needs.map((need) => need.step));
  }
  return wanted;
}
