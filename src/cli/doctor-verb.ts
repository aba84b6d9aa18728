import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { examineMachine } from '../actions/examine-machine.ts';
import type { CliDeps } from './cli-deps.ts';
import { printTable } from './output.ts';
import { printShape } from './print-shape.ts';
import type { Verbs } from './verbs.ts';

/** Needs nothing to be well; says what is not. */
export async function doctorVerb({ json }: Parameters<Verbs['doctor']>[0], { terminal, openProbes }: CliDeps): Promise<ExitCode> {
  const checks = await examineMachine(await openProbes());
  const healthy = checks.every(({ ok }) => ok);
  if (json) printShape(terminal, 'doctor', { healthy, checks });
  else printTable(terminal, ['check', '', 'found'], checks.map(({ name, ok, found, remedy }) => [name, ok ? 'ok' : 'NOT OK', remedy === null ? found : `${found}; remedy: ${remedy}`]));
  return healthy ? EXIT.done : EXIT.world;
}
