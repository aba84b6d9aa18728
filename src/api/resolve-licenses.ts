import type { LicenseReport, ReportedViolation } from '../compliance/license-report.ts';
import type { ReportedChoice } from '../compliance/report-choices.ts';
import type { ReportedPackage, ReportedText } from '../compliance/report-packages.ts';
import type { Finding } from '../foundation/finding.ts';
import type { BuildRow } from '../records/reads/build-reads.ts';
import type { LicenseDecisionFilter, LicenseDecisionRow, PolicyReportRow } from '../records/reads/license-reads.ts';
import { byKey } from './batches.ts';
import type { Context } from './context.ts';
import { DECISION_LIST } from './lists.ts';
import { policyOf, present } from './mutation-input.ts';
import { nodeId } from './node-ids.ts';
import { connectionOf, pageOf, type PageArguments } from './page.ts';
import { enumName, reportConnection } from './report-list.ts';
import { buildById } from './resolve-build.ts';
import { inventoryOf } from './resolve-contents.ts';
import { safeValue } from './safe-text.ts';

export function policyReportById(context: Context, id: string): Promise<PolicyReportRow | undefined> {
  return context.batches.one('policy report', id, async (ids) => byKey(await context.reads.contents.policyReportsById(ids), (row) => row.id));
}

export function licenseDecisionById(context: Context, id: string): Promise<LicenseDecisionRow | undefined> {
  return context.batches.one('license decision', id, async (ids) => byKey(await context.reads.contents.licenseDecisionsById(ids), (row) => row.id));
}

/** Names of packages and texts of findings are other people's. */
async function licensesOf({ id }: BuildRow, policy: string | null | undefined, { actions, turns }: Context): Promise<LicenseReport> {
  return safeValue(await turns.take(() => actions.licenseReport({ buildId: id, ...policyOf({ policy }) }))) as LicenseReport;
}

type PackageArguments = PageArguments & { verdict?: ReportedPackage['verdict'] | null; nameContains?: string | null; shipped?: boolean | null };
type LicensedPackage = ReportedPackage & { choice: ReportedChoice | null; findings: readonly Finding[] };

function packagesOf({ build, policy, judgedOn, packages, choices, textFindings }: LicenseReport, given: PackageArguments, context: Context): unknown {
  const { verdict, nameContains, shipped } = present(given);
  const kept = packages.filter((each) => (verdict === undefined || each.verdict === verdict) && (shipped === undefined || each.shipped === shipped)
    && (nameContains === undefined || each.name.toLowerCase().includes(nameContains.toLowerCase())));
  const choiceOf = new Map(choices.map((each) => [each.package, each]));
  const findings = Map.groupBy(textFindings, ({ path }) => path.split('/')[1]);
  const rows = kept.map((each): LicensedPackage => ({ ...each, choice: choiceOf.get(each.name) ?? null, findings: findings.get(each.name) ?? [] }));
  return reportConnection(context, ['licensed packages', build.definitionDigest, policy.sha256, judgedOn, verdict, nameContains, shipped], rows, given);
}

async function decisions(given: PageArguments & { package?: string | null; kind?: LicenseDecisionFilter['kind'] | null; includeWithdrawn: boolean }, context: Context): Promise<unknown> {
  const page = pageOf(DECISION_LIST, given, context.cursors, context.limits.pageSize);
  const filter = { ...present({ package: given.package, kind: given.kind }), includeWithdrawn: given.includeWithdrawn };
  return connectionOf(DECISION_LIST, await context.reads.contents.licenseDecisions(page, filter), page, context.cursors);
}

const CATEGORY = { category: ({ category }: { category: string }) => enumName(category) };

export const LICENSE_RESOLVERS = {
  Query: {
    licenseDecisions: (_: unknown, given: Parameters<typeof decisions>[0], context: Context) => decisions(given, context),
  },
  Build: {
    licenses: (row: BuildRow, { policy }: { policy?: string | null }, context: Context) => licensesOf(row, policy, context),
    policyReports: (row: BuildRow, _: unknown, context: Context) => context.batches.one('policy reports', row.id, (ids) => context.reads.contents.policyReportsOf(ids)),
  },
  LicenseSummary: {
    policyName: ({ policy }: LicenseReport) => policy.name,
    policySha256: ({ policy }: LicenseReport) => policy.sha256,
    licenseListVersion: ({ licenseList }: LicenseReport) => licenseList,
    packages: (report: LicenseReport, given: PackageArguments, context: Context) => packagesOf(report, given, context),
  },
  LicenseCount: CATEGORY,
  LicenseCategoryCount: CATEGORY,
  CategorizedLicense: CATEGORY,
  LicensedPackage: {
    linkages: ({ linkages }: LicensedPackage) => linkages.map(enumName),
  },
  ReportedLicenseText: {
    licenses: ({ match }: ReportedText) => match?.licenses ?? [],
    exact: ({ match }: ReportedText) => match?.exact === true,
    similarity: ({ match }: ReportedText) => match?.similarity ?? null,
  },
  LicenseViolation: {
    linkage: ({ linkage }: ReportedViolation) => linkage === undefined ? null : enumName(linkage),
  },
  LicenseChoice: {
    ways: ({ ways }: ReportedChoice) => ways ?? [],
    state: ({ state }: ReportedChoice) => enumName(state),
  },
  LicenseConclusion: {
    holds: ({ state }: LicenseReport['conclusions'][number]) => state === 'holds',
  },
  PolicyReport: {
    id: (row: PolicyReportRow) => nodeId('PolicyReport', row.id),
    build: (row: PolicyReportRow, _: unknown, context: Context) => buildById(context, row.buildId),
    policyName: ({ policyName }: PolicyReportRow) => safeValue(policyName),
    policyUrl: ({ policySha256 }: PolicyReportRow, _: unknown, { address }: Context) => `${address}/blobs/sha256/${policySha256}`,
    reportUrl: ({ reportSha256 }: PolicyReportRow, _: unknown, { address }: Context) => `${address}/blobs/sha256/${reportSha256}`,
    current: async (row: PolicyReportRow, _: unknown, context: Context) => (await inventoryOf(context, row.buildId))?.digest === row.inventoryDigest,
  },
  LicenseDecision: {
    id: (row: LicenseDecisionRow) => nodeId('LicenseDecision', row.id),
    package: (row: LicenseDecisionRow) => safeValue(row.package),
    expression: (row: LicenseDecisionRow) => safeValue(row.expression),
    decided: (row: LicenseDecisionRow) => safeValue(row.decided),
    reason: (row: LicenseDecisionRow) => safeValue(row.reason),
    actor: (row: LicenseDecisionRow) => safeValue(row.actor),
    withdrawnBy: (row: LicenseDecisionRow) => safeValue(row.withdrawnBy),
    withdrawnReason: (row: LicenseDecisionRow) => safeValue(row.withdrawnReason),
  },
};
