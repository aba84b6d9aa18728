import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import type { PlannedStep } from '../actions/actions.ts';
import { previewPlan } from '../actions/plan-preview.ts';
import { preparePlan } from '../actions/prepare-plan.ts';
import { targetOf } from './build-verb.ts';
import type { CliDeps } from './cli-deps.ts';
import { durationText, printTable } from './output.ts';
import { printShape } from './print-shape.ts';
import type { Verbs } from './verbs.ts';

const OUTCOMES: Readonly<Record<PlannedStep['outcome'], string>> = { reused: 'reused', 'will-run': 'will run', 'may-be-cut-off': 'may be cut off' };

/** Says of each step what a build would do with it; runs nothing. */
export function planVerb({ target, json }: Parameters<Verbs['plan']>[0], { terminal, withWorkshop }: CliDeps): Promise<ExitCode> {
  return withWorkshop(async (workshop) => {
    const prepared = await preparePlan(await targetOf(target, workshop), workshop);
    const { board, configuration, definitionDigest, steps } = await previewPlan(prepared, workshop);
    if (json) {
      printShape(terminal, 'plan', {
        target: prepared.targetName, board, configuration: configuration ?? null, definitionDigest,
        steps: steps.map(({ name, recipe, planKey, outcome, reason, needs, lastCpuMs }) => ({ name, recipe: recipe ?? null, planKey, outcome, reason, needs, lastCpuMs: lastCpuMs ?? null })),
      });
      return EXIT.done;
    }
    printTable(terminal, ['step', 'outcome', 'last CPU', 'why'],
      steps.map(({ name, outcome, reason, lastCpuMs }) => [name, OUTCOMES[outcome], lastCpuMs === undefined ? '-' : durationText(lastCpuMs), reason]));
    const count = (outcome: PlannedStep['outcome']): number => steps.filter((step) => step.outcome === outcome).length;
    terminal.data(`\ndefinition sha256:${definitionDigest}\n${count('reused')} reused, ${count('will-run')} will run, ${count('may-be-cut-off')} may be cut off\n`);
    return EXIT.done;
  });
}
