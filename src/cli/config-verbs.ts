import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { Failure } from '../foundation/failure.ts';
import { changeConfiguration, updateConfiguration, type ConfigurationChanged, type Edit } from '../actions/change-configuration.ts';
import { newConfiguration } from '../actions/new-configuration.ts';
import { searchConfiguration } from '../actions/search-configuration.ts';
import type { Workshop } from '../actions/workshop.ts';
import { addPackage, removePackage, setValue } from '../catalog/edit-configuration.ts';
import type { CliDeps } from './cli-deps.ts';
import { configSaveVerb } from './config-save-verb.ts';
import { configShowVerb } from './config-show-verb.ts';
import { findingText } from './failure-text.ts';
import { printTable, type Terminal } from './output.ts';
import { printShape } from './print-shape.ts';
import { valueText } from './show-catalog.ts';
import type { Verbs } from './verbs.ts';

export function configVerbs(deps: CliDeps): Pick<Verbs, `config${string}` & keyof Verbs> {
  const change = (json: boolean, work: (workshop: Workshop) => Promise<ConfigurationChanged>): Promise<ExitCode> => deps.withWorkshop(async (workshop) => {
    printChange(await work(workshop), json, deps.terminal);
    return EXIT.done;
  });
  return {
    configNew: ({ name, board, json }) => change(json, (workshop) => newConfiguration(name, board, workshop)),
    configAdd: ({ name, packages, json }) => change(json, (workshop) => (
      changeConfiguration(name, packages.map((one): Edit => (configuration, catalog) => addPackage(configuration, one, catalog)), `adds ${packages.join(', ')}`, workshop))),
    configRemove: ({ name, packages, json }) => change(json, (workshop) => (
      changeConfiguration(name, packages.map((one): Edit => (configuration, catalog) => removePackage(configuration, one, catalog)), `removes ${packages.join(', ')}`, workshop))),
    configSet: ({ name, assignments, json }) => {
      const parsed = assignments.map(parseAssignment);
      return change(json, (workshop) => (
        changeConfiguration(name, parsed.map(({ key, text }): Edit => (configuration, catalog) => setValue(configuration, key, text, catalog)), `sets ${parsed.map(({ key }) => key).join(', ')}`, workshop)));
    },
    configUpdate: ({ name, json }) => change(json, (workshop) => updateConfiguration(name, workshop)),
    configSearch: (input) => configSearchVerb(input, deps),
    configShow: (input) => configShowVerb(input, deps),
    configSave: (input) => configSaveVerb(input, deps),
  };
}

/** `KEY=TEXT`; the text may have more of `=` in it. */
function parseAssignment(assignment: string): { key: string; text: string } {
  const at = assignment.indexOf('=');
  if (at > 0) return { key: assignment.slice(0, at), text: assignment.slice(at + 1) };
  throw new Failure('CATALOG.INVALID', `"${assignment}" is no assignment`, { place: assignment, hint: 'Write KEY=VALUE, for instance PACKAGE.OPTION=VALUE, system.hostname=NAME or images=ext4,tar.' });
}

function printChange(changed: ConfigurationChanged, json: boolean, terminal: Terminal): void {
  if (json) { printShape(terminal, 'config-set', changed); return; }
  const { configuration, revision, digest, unchanged, added, removed, kernelOptions, findings } = changed;
  for (const finding of findings) terminal.note(`${findingText(finding)}\n`);
  terminal.data(`${configuration} revision ${revision} sha256:${digest}${unchanged ? ' (as it was)' : ''}\n`);
  for (const [what, list] of [['added', added], ['removed', removed], ['changed', changed.changed], ['kernel options', kernelOptions]] as const) {
    if (list.length > 0) terminal.data(`${what}: ${list.join(', ')}\n`);
  }
}

function configSearchVerb({ name, text, json }: Parameters<Verbs['configSearch']>[0], { terminal, withWorkshop }: CliDeps): Promise<ExitCode> {
  return withWorkshop(async (workshop) => {
    const packages = await searchConfiguration(name, text, workshop);
    if (json) printShape(terminal, 'config-search', { configuration: name, text, packages });
    else {
      printTable(terminal, ['package or option', 'version', 'in', 'default', 'meaning'], packages.flatMap((found) => [
        [found.name, found.version, found.included ? 'yes' : 'no', '-', found.summary],
        ...found.options.map((option) => [`  ${found.name}.${option.name}`, '', '', valueText(option.default), option.description]),
      ]));
    }
    return EXIT.done;
  });
}
