import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { searchConfiguration } from '../actions/search-configuration.ts';
import type { CliDeps } from './cli-deps.ts';
import { printTable } from './output.ts';
import { printShape } from './print-shape.ts';
import { valueText } from './show-catalog.ts';
import type { Verbs } from './verbs.ts';

export function configSearchVerb({ name, text, json }: Parameters<Verbs['configSearch']>[0], { terminal, withWorkshop }: CliDeps): Promise<ExitCode> {
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
