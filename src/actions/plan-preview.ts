import type { Sha256 } from '../foundation/digest.ts';
import { actionKey } from '../plan/keys.ts';
import type { Step, StepId } from '../plan/step.ts';
import type { PlannedStep, PlanPreview } from './actions.ts';
import type { PreparedPlan } from './prepare-plan.ts';
import type { Workshop } from './workshop.ts';

type Outputs = Readonly<Record<string, Sha256>>;

/** What is known of a step before anything runs. */
type Outlook =
  | { outcome: 'reused'; outputs: Outputs; reason: string }
  | { outcome: 'will-run' | 'may-be-cut-off'; reason: string };

/**
 * Says of each step whether its result is known. Where all needs are, the action key is computed as a build would; else
 * the step is tried over what its needs gave last time: a known result then means that an unchanged need ends the rebuild there.
 */
export async function previewPlan(prepared: Pick<PreparedPlan, 'plan' | 'targetName' | 'configurationId'>, workshop: Workshop): Promise<PlanPreview> {
  const { plan } = prepared;
  const steps = [...plan.steps.values()];
  const durations = await workshop.records.steps.durations(steps.map(({ id }) => id));
  const last = await lastOutputs(prepared.targetName, workshop);
  const outlooks = new Map<StepId, Outlook>();
  for (const step of steps) outlooks.set(step.id, await outlook(step, outlooks, last, workshop));
  return {
    board: plan.resolution.board.name,
    ...(prepared.configurationId === undefined ? {} : { configuration: prepared.targetName }),
    definitionDigest: plan.definitionDigest,
    steps: steps.map((step) => plannedStep(step, outlooks.get(step.id)!, durations.get(step.id)?.cpuMs)),
  };
}

function plannedStep(step: Step, { outcome, reason }: Outlook, lastCpuMs: number | undefined): PlannedStep {
  return {
    name: step.id, planKey: step.planKey, outcome, reason, needs: [...new Set(step.needs.map((need) => need.step))],
    ...(step.kind === 'container' ? { recipe: step.recipe } : {}), ...(lastCpuMs === undefined ? {} : { lastCpuMs }),
  };
}

async function outlook(step: Step, outlooks: ReadonlyMap<StepId, Outlook>, last: ReadonlyMap<StepId, Outputs>, { store }: Workshop): Promise<Outlook> {
  const open = [...new Set(step.needs.map((need) => need.step))].filter((need) => outlooks.get(need)?.outcome !== 'reused');
  const outputsOf = (need: StepId): Outputs => {
    const known = outlooks.get(need);
    return known?.outcome === 'reused' ? known.outputs : last.get(need) ?? {};
  };
  const known = await store.getAction(actionKey(step.definition, step.needs, outputsOf));
  if (open.length === 0 && known !== undefined) return { outcome: 'reused', outputs: known.outputs, reason: 'the same action has a result' };
  return known === undefined
    ? { outcome: 'will-run', reason: whyItRuns(open, open.filter((need) => !last.has(need)), last.has(step.id)) }
    : { outcome: 'may-be-cut-off', reason: `it runs only if ${open.join(', ')} gives something else than last time` };
}

/** `open`: needs that may run; of these `unknown` have no output from an earlier build of the target. */
function whyItRuns(open: readonly StepId[], unknown: readonly StepId[], builtBefore: boolean): string {
  if (unknown.length > 0) return `it takes what ${unknown.join(', ')} will give, which is not known before`;
  const own = builtBefore ? 'its definition or an input differs from what was built before' : 'nothing was built here from this definition and these inputs';
  return open.length === 0 ? own : `${own}, and ${open.join(', ')} may give something else`;
}

/** What each step of the newest finished build of this target gave. */
async function lastOutputs(targetName: string, { records, reads }: Workshop): Promise<Map<StepId, Outputs>> {
  const outputs = new Map<StepId, Outputs>();
  let build: string;
  try {
    build = (await records.resolveBuild(targetName)).id;
  } catch {
    return outputs;
  }
  const steps = (await reads.steps.allOf(build)).filter(({ executionId }) => executionId !== null);
  const byExecution = await reads.steps.outputsOf(steps.map(({ executionId }) => executionId!));
  for (const { name, executionId } of steps) {
    outputs.set(name, Object.fromEntries((byExecution.get(executionId!) ?? []).map((row) => [row.name, row.treeDigest as Sha256])));
  }
  return outputs;
}
