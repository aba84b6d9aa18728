import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { changeConfiguration, updateConfiguration, type ConfigurationChanged, type Edit } from '../actions/change-configuration.ts';
import { newConfiguration } from '../actions/new-configuration.ts';
import type { Workshop } from '../actions/workshop.ts';
import type { CliDeps } from './cli-deps.ts';
import { findingText } from './failure-text.ts';
import type { Terminal } from './output.ts';
import { printShape } from './print-shape.ts';
import type { Common, Verbs } from './verbs.ts';

export function configNewVerb({ name, board, json }: Parameters<Verbs['configNew']>[0], deps: CliDeps): Promise<ExitCode> {
  return changed((workshop) => newConfiguration(name, board, workshop), json, deps);
}

/** All edits, or none. */
export function configEditVerb({ name, edits, message, json }: Common & { name: string; edits: readonly Edit[]; message: string }, deps: CliDeps): Promise<ExitCode> {
  return changed((workshop) => changeConfiguration(name, edits, message, workshop), json, deps);
}

export function configUpdateVerb({ name, json }: Parameters<Verbs['configUpdate']>[0], deps: CliDeps): Promise<ExitCode> {
  return changed((workshop) => updateConfiguration(name, workshop), json, deps);
}

function changed(change: (workshop: Workshop) => Promise<ConfigurationChanged>, json: boolean, { withWorkshop, terminal }: CliDeps): Promise<ExitCode> {
  return withWorkshop(async (workshop) => {
    const done = await change(workshop);
    if (json) printShape(terminal, 'config-set', done);
    else printChange(done, terminal);
    return EXIT.done;
  });
}

function printChange(done: ConfigurationChanged, terminal: Terminal): void {
  const { configuration, revision, digest, unchanged, added, removed, kernelOptions, findings, pins } = done;
  for (const finding of findings) terminal.note(`${findingText(finding)}\n`);
  terminal.data(`${configuration} revision ${revision} sha256:${digest}${unchanged ? ' (as it was)' : ''}\n`);
  for (const [what, list] of [['added', added], ['removed', removed], ['changed', done.changed], ['kernel options', kernelOptions]] as const) {
    if (list.length > 0) terminal.data(`${what}: ${list.join(', ')}\n`);
  }
  for (const { kind, name, from, to } of pins) {
    if (from !== null && to !== null) terminal.data(`${kind} ${name}: sha256:${from} -> sha256:${to}\n`);
  }
}
