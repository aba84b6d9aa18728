import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { importStatements } from '../actions/import-statements.ts';
import { parseEnvelopeLines } from '../signing/envelope-files.ts';
import type { CliDeps } from './cli-deps.ts';
import { readGiven } from './output-file.ts';
import { printTable } from './output.ts';
import { printShape } from './print-shape.ts';
import type { EvidenceVerbs } from './verbs.ts';

/** Takes statements of operators that the root knows; all of the file, or nothing of it. */
export function importVerb({ file, json }: Parameters<EvidenceVerbs['importStatements']>[0], deps: CliDeps): Promise<ExitCode> {
  return deps.withWorkshop(async (workshop) => {
    const envelopes = parseEnvelopeLines(await readGiven(file), file);
    const imported = await importStatements(envelopes, workshop, await deps.openDesk(workshop));
    if (json) printShape(deps.terminal, 'import', { statements: imported.map(({ subjects, ...one }) => ({ ...one, subjects: subjects.map(({ name, sha256 }) => ({ name, sha256 })) })) });
    else printTable(deps.terminal, ['what', 'by', 'log', 'sha256'], imported.map(({ statement, predicateType, operator, logIndex, unchanged }) =>
      [predicateType.replace(/^https:\/\//, ''), operator, `${logIndex}${unchanged ? ' (known)' : ''}`, statement]));
    return EXIT.done;
  });
}
