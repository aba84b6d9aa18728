import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { describeConfiguration, newestRevision } from '../actions/describe-configuration.ts';
import { explainPackage } from '../actions/explain-package.ts';
import { resolved } from '../actions/prepare-plan.ts';
import type { Workshop } from '../actions/workshop.ts';
import { spelledReason, whyIn } from '../plan/explain.ts';
import type { CliDeps } from './cli-deps.ts';
import { printFacts, type Terminal } from './output.ts';
import { printShape, type JsonOf } from './print-shape.ts';
import { configurationText } from './show-configuration.ts';
import type { Verbs } from './verbs.ts';

type Explanation = Extract<JsonOf<'config-show'>, { kind: 'explanation' }>;

export function configShowVerb({ name, explain, json }: Parameters<Verbs['configShow']>[0], { terminal, withWorkshop }: CliDeps): Promise<ExitCode> {
  return withWorkshop(async (workshop) => {
    const shown = explain === undefined ? { kind: 'config' as const, ...await describeConfiguration(name, workshop) } : await explained(name, explain, workshop);
    if (json) printShape(terminal, 'config-show', shown);
    else if (shown.kind === 'config') configurationText(shown, terminal);
    else explanationText(shown, terminal);
    return EXIT.done;
  });
}

async function explained(name: string, asked: string, workshop: Workshop): Promise<Explanation> {
  const { revision, configuration, pinned } = await newestRevision(name, workshop);
  const { reasons, package: found, ...facts } = await explainPackage(revision.id, asked, workshop);
  const chain = whyIn(resolved(configuration, pinned, name), asked) ?? [];
  return {
    kind: 'explanation', configuration: name, package: found, ...facts,
    why: chain.map((link) => spelledReason(link.package, link.reason)), reasons: reasons.map((reason) => spelledReason(asked, reason)),
  };
}

function explanationText(shown: Explanation, terminal: Terminal): void {
  if (!shown.included) {
    terminal.data(`${shown.package} takes no part in a build of ${shown.configuration}; nothing asks for it or needs it\n`);
    return;
  }
  printFacts(terminal, [
    ['package', shown.package], ['in the image', shown.shipped ? 'yes' : 'no, only needed to build others'],
    ['why', shown.why.join('; ')], ['all reasons', shown.reasons.join('; ')],
    ['needs', shown.needs.join(', ') || '-'], ['needed by', shown.neededBy.join(', ') || '-'], ['leaves with it', shown.leavesWithIt.join(', ') || '-'],
  ]);
}
