import { decideLicense } from '../actions/decide-license.ts';
import { EXIT } from '../foundation/exit-codes.ts';
import type { CliDeps } from './cli-deps.ts';
import { documented } from './documented.ts';
import { printTable } from './output.ts';
import { printShape } from './print-shape.ts';
import type { ContentsVerbs } from './verbs.ts';

export function licenseDecisionVerbs(deps: CliDeps): Pick<ContentsVerbs, 'licenseDecide' | 'licenseWithdraw' | 'licenseDecisions'> {
  const { terminal, clock } = deps;
  return {
    licenseDecide: ({ kind, build, package: name, expression, reason, by, json }) => deps.withWorkshop(async (workshop) => {
      const { decisionId } = await decideLicense({ buildId: await documented(build, deps, workshop), package: name, kind, decided: expression, reason, by }, workshop);
      if (json) printShape(terminal, 'license-decide', { decision: decisionId });
      else terminal.data(`decision ${decisionId}\n`);
      return EXIT.done;
    }),
    licenseWithdraw: ({ id, reason, by, json }) => deps.withWorkshop(async ({ records }) => {
      await records.contents.withdrawDecision(id, { by, reason, at: clock.now() });
      if (json) printShape(terminal, 'license-withdraw', { decision: id });
      else terminal.data(`withdrawn ${id}\n`);
      return EXIT.done;
    }),
    licenseDecisions: ({ json }) => deps.withWorkshop(async ({ records }) => {
      const rows = await records.contents.decisions({ includeWithdrawn: true });
      const decisions = rows.map(({ id, kind, package: name, expression, decided, reason, actor, decidedAt, withdrawnAt, withdrawnBy }) => ({
        id, kind, package: name, declared: expression, decided, reason, by: actor, decidedAt: decidedAt.toISOString(), withdrawnAt: withdrawnAt?.toISOString() ?? null, withdrawnBy,
      }));
      if (json) printShape(terminal, 'license-list', { decisions });
      else printTable(terminal, ['id', 'kind', 'package', 'declared', 'decided', 'by', 'at', ''], decisions.map((one) => [one.id, one.kind, one.package, one.declared, one.decided, one.by, one.decidedAt, one.withdrawnAt === null ? '' : 'withdrawn']));
      return EXIT.done;
    }),
  };
}
