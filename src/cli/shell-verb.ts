import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { preparePlan } from '../actions/prepare-plan.ts';
import { shellCommand } from '../actions/shell-command.ts';
import { targetOf } from './build-verb.ts';
import type { CliDeps } from './cli-deps.ts';
import type { Verbs } from './verbs.ts';

/** The sandbox of a step with its inputs, the phases run up to the one that fails, then a shell. Whatever the shell says at its end, the verb is done. */
export async function shellVerb({ step, target }: Parameters<Verbs['shell']>[0], deps: CliDeps): Promise<ExitCode> {
  await deps.setUp(['build']);
  return deps.withWorkshop(async (workshop) => {
    const prepared = await preparePlan(await targetOf(target, workshop), workshop);
    const yard = await deps.openYard(workshop, { offline: false });
    const command = await shellCommand(step, prepared, workshop, yard, deps.signal);
    await yard.prepareSandbox();
    deps.terminal.note(`the sandbox of ${step}: its phases run first, then a shell stands where they stopped; "exit" ends it\n`);
    await deps.runShell(workshop, command);
    return EXIT.done;
  });
}
