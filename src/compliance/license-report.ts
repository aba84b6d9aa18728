import type { Sha256 } from '../foundation/digest.ts';
import type { Finding } from '../foundation/finding.ts';
import { sortedBy } from '../foundation/order.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { judge, type LicenseViolation } from '../licensing/judge.ts';
import { LICENSE_LIST } from '../licensing/license-list.ts';
import type { Linkage } from '../licensing/linkage.ts';
import { obligationsOf } from '../licensing/obligations.ts';
import type { LicensePolicy, PolicyException, Verdict } from '../licensing/policy.ts';
import { choicesOf, type ReportedChoice } from './report-choices.ts';
import { fulfilled, type FulfilledObligation } from './fulfilments.ts';
import type { LicenseTexts } from './license-texts.ts';
import { basesOf, isLicensed } from './package-basis.ts';
import { policyDigest } from './parse-policy.ts';
import { packageRows, type ReportedPackage } from './report-packages.ts';
import { summaryOf, type LicenseSummary } from './report-summary.ts';
import { decidedInventory, standingDecisions, type DecisionRow, type StandingDecisions } from './standing-decisions.ts';
import { textFindings } from './text-findings.ts';
import { TextIdentities } from './text-identity.ts';
import { usagesOf, type PlacedUsage } from './usages-of.ts';

/** Raise it when the same inventory, policy and texts give another report. */
export const LICENSE_REPORT_FORMAT = 1;

export type ReportVerdict = 'ALLOWED' | 'REVIEW' | 'VIOLATED';

/** Plain JSON; every list in one order. Nothing in it of the machine, the run or the clock but the day that it was judged on. */
export interface LicenseReport {
  format: typeof LICENSE_REPORT_FORMAT;
  build: { definitionDigest: Sha256; board: string; architecture: string; rootTree: Sha256 };
  /** Version of the SPDX license list that expressions were read against. */
  licenseList: string;
  policy: { name: string; sha256: Sha256 };
  /** Day (UTC) that the ends of exceptions were held against. */
  judgedOn: string;
  verdict: ReportVerdict;
  summary: LicenseSummary;
  packages: readonly ReportedPackage[];
  violations: readonly ReportedViolation[];
  reviews: readonly ReportedViolation[];
  passedByException: readonly (ReportedViolation & { exception: ReportedException })[];
  /** They let nothing pass and may go. */
  unusedExceptions: readonly ReportedException[];
  choices: readonly ReportedChoice[];
  conclusions: readonly ReportedConclusion[];
  obligations: readonly FulfilledObligation[];
  /** About license texts: changed, missing, another license than declared. */
  textFindings: readonly Finding[];
}

export interface ReportedViolation {
  /** A rule of the policy, or one of: bad-expression, too-many-ways, choice-open, choice-stale, otherwise, text-changed, text-missing, obligation-open. */
  rule: string;
  package: string;
  license: string;
  linkage?: Linkage;
  into?: string;
  /** An example, from the image down: image, file, package, license. */
  path: readonly string[];
  /** Files of the root that are concerned. */
  fileCount: number;
  message: string;
  /** The exception that let it pass until it ended. */
  expired?: ReportedException;
}

export interface ReportedException { id: string; reason: string; expires?: string }

export interface ReportedConclusion {
  package: string;
  state: 'holds' | 'resurfaced';
  declared: string;
  concluded: string;
  by: string;
  reason: string;
  /** Of what has resurfaced: why it does not hold any more. */
  resurfacedBecause?: string;
}

/**
 * An inventory held against a policy. `now`: ISO 8601; only its day counts. `decisions`: all rows on record; without them those stand that
 * the inventory was made with. The same report for equal inventories, texts, policies and days.
 */
export function licenseReport(inventory: Inventory, policy: LicensePolicy, texts: LicenseTexts, now: string, decisions?: readonly DecisionRow[]): LicenseReport {
  const standing = decisions === undefined ? undefined : standingDecisions(decisions, [...basesOf(inventory, texts).values()]);
  const decided = standing === undefined ? inventory : decidedInventory(inventory, standing);
  const usages = usagesOf(decided, texts);
  const judgement = judge({ ...policy, choices: [...policy.choices, ...(standing?.choices ?? [])] }, usages, new Date(now));
  const identities = new TextIdentities();
  const components = sortedBy(decided.components.filter(isLicensed), ({ name, ref }) => JSON.stringify([name, ref]));
  const shipped = new Set(usages.filter(({ linkage }) => linkage !== 'build-only').map(({ ref }) => ref));
  const obligations = owed({ usages, judgement, policy, texts, identities, components });
  const found = textFindings(components, texts, shipped, identities);
  const packages = packageRows({ components, usages, judgement, texts, identities, inventory: decided, policy });
  const told = [...judgement.violations.map(({ verdict, ...one }) => ({ verdict, violation: reported(one) })), ...besideLicenses(policy, found, obligations)];
  const violations = told.filter(({ verdict }) => verdict === 'deny').map(({ violation }) => violation);
  const reviews = told.filter(({ verdict }) => verdict === 'review').map(({ violation }) => violation);
  return {
    format: LICENSE_REPORT_FORMAT, licenseList: LICENSE_LIST.version, policy: { name: policy.name, sha256: policyDigest(policy) }, judgedOn: new Date(now).toISOString().slice(0, 10),
    build: { definitionDigest: inventory.build.definitionDigest, board: inventory.build.board, architecture: inventory.build.architecture, rootTree: inventory.build.rootTree },
    verdict: violations.length > 0 ? 'VIOLATED' : reviews.length > 0 ? 'REVIEW' : 'ALLOWED',
    summary: summaryOf(packages), packages, violations, reviews,
    passedByException: judgement.excepted.map(({ violation, exception }) => ({ ...reported(violation), exception: exceptionRow(exception) })),
    unusedExceptions: judgement.unused.map(exceptionRow),
    choices: choicesOf({ components, usages, judgement, policy, standing, bases: basesOf(decided, texts) }), conclusions: conclusionRows(standing), obligations, textFindings: found,
  };
}

interface Owing extends Pick<Parameters<typeof packageRows>[0], 'components' | 'usages' | 'judgement' | 'policy' | 'texts' | 'identities'> {}

function owed({ usages, judgement, policy, texts, identities, components }: Owing): FulfilledObligation[] {
  const taken = usages.flatMap((usage, index) => {
    const way = judgement.taken[index];
    return way === undefined ? [] : [{ usage, taken: way }];
  });
  const copies = Map.groupBy(usages.filter(({ linkage, into }) => linkage === 'static' && into !== undefined), (usage) => usage.package);
  const copiedInto = new Map([...copies].map(([name, all]) => [name, all.map(({ into }) => into!)]));
  const means = { components: new Map(components.map((one) => [one.name, one])), texts, identities, categories: policy.categories, copiedInto };
  return obligationsOf(taken, policy.categories).map((obligation) => fulfilled(obligation, means));
}

function reported({ rule, usage, license, message, expired }: Omit<LicenseViolation, 'verdict'>): ReportedViolation {
  const { fileCount } = usage as PlacedUsage;
  return {
    rule, package: usage.package, license, linkage: usage.linkage, ...(usage.into === undefined ? {} : { into: usage.into.package }), path: [...usage.path, license], fileCount, message,
    ...(expired === undefined ? {} : { expired: exceptionRow(expired) }),
  };
}

interface Weighed { verdict: Verdict; violation: ReportedViolation }

function besideLicenses({ findings }: LicensePolicy, found: readonly Finding[], obligations: readonly FulfilledObligation[]): Weighed[] {
  const about = (verdict: Verdict, rule: string, name: string, license: string, message: string): Weighed => ({ verdict, violation: { rule, package: name, license, path: [name, license], fileCount: 0, message } });
  const nameOf = ({ path }: Finding): string => path.split('/')[1] ?? path;
  const shipped = found.filter(({ severity }) => severity !== 'note');
  return [
    ...shipped.filter(({ rule }) => rule === 'text-changed').map((one) => about(findings.textChanged, 'text-changed', nameOf(one), '', one.message)),
    ...shipped.filter(({ rule }) => rule === 'text-missing').map((one) => about(findings.textMissing, 'text-missing', nameOf(one), '', one.message)),
    ...obligations.flatMap(({ obligation, license, open }) => open.map(({ package: name, reason }) => about(findings.obligationOpen, 'obligation-open', name, license, `${name}: ${license} asks for ${obligation.replaceAll('-', ' ')}: ${reason}`))),
  ].filter(({ verdict }) => verdict !== 'allow').map((one) => ({ ...one, violation: { ...one.violation, path: one.violation.path.filter((part) => part !== '') } }));
}

function exceptionRow({ id, reason, expires }: PolicyException): ReportedException {
  return { id, reason, ...(expires === undefined ? {} : { expires }) };
}

function conclusionRows(standing: StandingDecisions | undefined): ReportedConclusion[] {
  return (standing?.decisions ?? []).filter(({ decision }) => decision.kind === 'CONCLUSION').map(({ package: name, decision: { expression, decided, actor, reason }, state, reason: why }) => ({
    package: name, state: state === 'resurfaced' ? 'resurfaced' : 'holds', declared: expression, concluded: decided, by: actor, reason, ...(why === undefined ? {} : { resurfacedBecause: why }),
  }));
}

