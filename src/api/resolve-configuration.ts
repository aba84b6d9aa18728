import type { Reason } from '../plan/resolution.ts';
import type { ChangePreview, PackageExplanation, PlanPreview, PlannedStep } from '../actions/actions.ts';
import type { BuildStateName } from '../records/reads/build-reads.ts';
import type { ConfigurationRow, PinRow, RevisionRow } from '../records/reads/configuration-reads.ts';
import type { Finding } from '../foundation/finding.ts';
import { byKey } from './batches.ts';
import { childConnection } from './child-list.ts';
import type { Context } from './context.ts';
import { chosenPackages, type PackageArgument } from './mutation-input.ts';
import { BUILD_LIST, REVISION_LIST } from './lists.ts';
import { nodeId } from './node-ids.ts';
import type { PageArguments } from './page.ts';
import { catalogItemByName } from './resolve-catalog.ts';

export function configurationById(context: Context, id: string): Promise<ConfigurationRow | undefined> {
  return context.batches.one('configuration', id, async (ids) => byKey(await context.reads.configurations.byId(ids), (row) => row.id));
}

export function configurationByName(context: Context, name: string): Promise<ConfigurationRow | undefined> {
  return context.batches.one('configuration by name', name, async (names) =>
    byKey(await context.reads.configurations.byName(names), (row) => row.name));
}

export function revisionById(context: Context, id: string): Promise<RevisionRow | undefined> {
  return context.batches.one('revision', id, async (ids) => byKey(await context.reads.configurations.revisionsById(ids), (row) => row.id));
}

async function latestRevision(row: ConfigurationRow, context: Context): Promise<RevisionRow | undefined> {
  const rows = await context.batches.one('latest revision', row.id, (ids) => context.reads.configurations.revisionsOf(ids, { first: 1 }));
  return rows?.[0];
}

async function pinsOf(row: RevisionRow, context: Context): Promise<PinRow[]> {
  return (await context.batches.one('pins', row.id, (ids) => context.reads.configurations.pinsOf(ids))) ?? [];
}

const KIND_OF_REASON = {
  'board': 'BOARD', 'configuration': 'CONFIGURATION', 'role': 'ROLE', 'build-need': 'BUILD_NEED', 'host-need': 'HOST_NEED', 'run-need': 'RUN_NEED',
  'kernel-options': 'KERNEL_OPTIONS',
} as const;

const SENTENCES: Record<Reason['kind'], (by: string) => string> = {
  'board': () => 'the board lists it',
  'configuration': () => 'the configuration lists it',
  'role': (by) => `it is the board's ${by}`,
  'build-need': (by) => `${by} is built against it`,
  'host-need': (by) => `${by} runs it while being built`,
  'run-need': (by) => `${by} needs it in the image`,
  'kernel-options': (by) => `the kernel options of ${by} want it`,
};

/** Reasons as the record or a resolution has them; what is not known by this version is left out. */
export function presentReasons(reasons: unknown): { kind: string; by: string | null; text: string }[] {
  if (!Array.isArray(reasons)) return [];
  return (reasons as Partial<Reason & { by: string; role: string }>[]).flatMap((reason) => {
    const { kind } = reason;
    if (kind === undefined || !Object.hasOwn(KIND_OF_REASON, kind)) return [];
    const by = reason.by ?? reason.role ?? null;
    return [{ kind: KIND_OF_REASON[kind], by, text: SENTENCES[kind](by ?? '') }];
  });
}

const OUTCOMES = { 'reused': 'REUSED', 'will-run': 'WILL_RUN', 'may-be-cut-off': 'MAY_BE_CUT_OFF' } as const;

interface ChangeArgument { set?: PackageArgument[] | null; remove?: string[] | null }

export const CONFIGURATION_RESOLVERS = {
  Configuration: {
    id: (row: ConfigurationRow) => nodeId('Configuration', row.id),
    board: (row: ConfigurationRow, _: unknown, context: Context) => catalogItemByName(context, 'board', row.boardName),
    latest: (row: ConfigurationRow, _: unknown, context: Context) => latestRevision(row, context),
    revisions: (row: ConfigurationRow, given: PageArguments, context: Context) =>
      childConnection(context, REVISION_LIST, row.id, given, '', (ids, page) => context.reads.configurations.revisionsOf(ids, page)),
    builds: (row: ConfigurationRow, given: PageArguments & { state?: BuildStateName | null }, context: Context) => {
      const filter = given.state ? { state: given.state } : {};
      return childConnection(context, BUILD_LIST, row.id, given, `of configuration ${given.state ?? ''}`, (ids, page) =>
        context.reads.builds.ofConfigurations(ids, filter, page));
    },
  },
  ConfigurationRevision: {
    id: (row: RevisionRow) => nodeId('ConfigurationRevision', row.id),
    configuration: (row: RevisionRow, _: unknown, context: Context) => configurationById(context, row.configurationId),
    content: (row: RevisionRow) => JSON.parse(row.document) as unknown,
    pins: (row: RevisionRow, _: unknown, context: Context) => pinsOf(row, context),
    explain: (row: RevisionRow, given: { package: string }, context: Context) =>
      context.actions.explain({ revisionId: row.id, package: given.package }),
    whatIf: (row: RevisionRow, { change }: { change: ChangeArgument }, context: Context) =>
      context.actions.whatIf({ revisionId: row.id, change: { set: chosenPackages(change.set), remove: change.remove ?? [] } }),
  },
  RevisionPin: { folderDigest: (row: PinRow) => row.digest },
  PackageExplanation: { reasons: (value: PackageExplanation) => presentReasons(value.reasons) },
  ChangePreview: { plan: (value: ChangePreview) => value.plan ?? null },
  Finding: { severity: (value: Finding) => value.severity.toUpperCase() },
  PlanPreview: {
    reused: (plan: PlanPreview) => countOf(plan, 'reused'),
    willRun: (plan: PlanPreview) => countOf(plan, 'will-run'),
    mayBeCutOff: (plan: PlanPreview) => countOf(plan, 'may-be-cut-off'),
  },
  PlannedStep: { outcome: (step: PlannedStep) => OUTCOMES[step.outcome] },
};

function countOf(plan: PlanPreview, outcome: PlannedStep['outcome']): number {
  return plan.steps.filter((step) => step.outcome === outcome).length;
}
