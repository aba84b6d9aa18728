import { recordedInventory } from '../actions/recorded-inventory.ts';
import { explainOwner } from '../compliance/explain-owner.ts';
import { ownerText } from '../compliance/owner-text.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import type { CliDeps } from './cli-deps.ts';
import { documented } from './documented.ts';
import { printShape } from './print-shape.ts';
import type { ContentsVerbs } from './verbs.ts';

export function ownerVerb({ build, path, json }: Parameters<ContentsVerbs['owner']>[0], deps: CliDeps): Promise<ExitCode> {
  return deps.withWorkshop(async (workshop) => {
    const explanation = explainOwner(await recordedInventory(await documented(build, deps, workshop), workshop), path);
    if (json) printShape(deps.terminal, 'owner', explanation);
    else deps.terminal.data(ownerText(explanation));
    return EXIT.done;
  });
}
