import { resolve } from 'node:path';

import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { newestRevision } from '../actions/describe-configuration.ts';
import { renderConfiguration } from '../catalog/configuration.ts';
import { withoutDefaults } from '../catalog/without-defaults.ts';
import type { CliDeps } from './cli-deps.ts';
import { writeWhole } from './output-file.ts';
import { printShape } from './print-shape.ts';
import type { Verbs } from './verbs.ts';

/** Writes what differs from the defaults, as a file that `build` takes. */
export function configSaveVerb({ name, file, json }: Parameters<Verbs['configSave']>[0], { terminal, withWorkshop }: CliDeps): Promise<ExitCode> {
  return withWorkshop(async (workshop) => {
    const { configuration, pinned } = await newestRevision(name, workshop);
    const text = renderConfiguration(withoutDefaults(configuration, pinned.catalog));
    const path = file === undefined ? null : resolve(file);
    if (path !== null) await writeWhole(path, text);
    if (json) printShape(terminal, 'config-save', { configuration: name, file: path, text });
    else terminal.data(path === null ? text : `${path}\n`);
    return EXIT.done;
  });
}
