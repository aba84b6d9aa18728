import { reportProfile } from '../actions/report-profile.ts';
import { profileTable } from '../compliance/profile-table.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import type { CliDeps } from './cli-deps.ts';
import { documented } from './documented.ts';
import { printShape } from './print-shape.ts';
import type { ContentsVerbs } from './verbs.ts';

/** Exit 1 where something that is required is not met. */
export function reportVerb({ build, profile, json }: Parameters<ContentsVerbs['report']>[0], deps: CliDeps): Promise<ExitCode> {
  return deps.withWorkshop(async (workshop) => {
    const report = await reportProfile(await documented(build, deps, workshop), profile, workshop);
    if (json) printShape(deps.terminal, 'report', report);
    else deps.terminal.data(profileTable(report));
    return report.met ? EXIT.done : EXIT.no;
  });
}
