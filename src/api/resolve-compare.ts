import { exitOfSubjects } from '../actions/present-subjects.ts';
import { CAUSES } from '../causes/cause-codes.ts';
import { toldCauses, type CauseSum } from '../compare/cause-sums.ts';
import type { LayoutDifference } from '../compare/comparison.ts';
import { judgeRules, parseFailRules } from '../compare/fail-on.ts';
import type { ComparedImage } from '../compare/image-changes.ts';
import type { PackageChange } from '../compare/package-changes.ts';
import type { Context } from './context.ts';
import { comparisonOf, toldByRecord, type ShownComparison } from './kept-comparisons.ts';
import { present } from './mutation-input.ts';
import { parseIdOf } from './node-ids.ts';
import { packageByKey } from './node-loading.ts';
import type { PageArguments } from './page.ts';
import { enumName, enumWord, reportConnection } from './report-list.ts';
import { buildById } from './resolve-build.ts';
import { CAUSE_TOLD, changeById, changesOf, countsOf, type ChangeArguments } from './resolve-change.ts';
import { CONTENT_SECTIONS } from './resolve-compared-contents.ts';
import { safeValue } from './safe-text.ts';

const MOST_LAYOUT = 200;
const MOST_FIRINGS = 200;

type PackageArguments = PageArguments & { nameContains?: string | null; kind?: string | null; reason?: string | null };

/** With the builds that it is of. */
type ShownPackage = PackageChange & { of: ShownComparison };

function packagesOf(of: ShownComparison, given: PackageArguments, context: Context): unknown {
  const { nameContains, kind, reason } = present(given);
  const kept = of.compared.packages.filter((each) => (nameContains === undefined || each.name.toLowerCase().includes(nameContains.toLowerCase()))
    && (kind === undefined || each.kind === enumWord(kind)) && (reason === undefined || each.reasons.some((one) => one.reason === enumWord(reason))));
  return reportConnection(context, ['changed packages', of.left, of.right, nameContains, kind, reason], kept.map((each): ShownPackage => ({ ...each, of })), given);
}

/** Throws COMPARE.BAD_RULE, COMPARE.NOT_ON_RECORD. */
function judged(of: ShownComparison, failOn: string): object {
  const { compared } = of;
  const firings = judgeRules(parseFailRules(failOn), compared, toldByRecord(of));
  return { exit: exitOfSubjects(compared, firings), count: firings.length, firings: safeValue(firings.slice(0, MOST_FIRINGS)) };
}

const urlOf = ({ path }: ShownComparison, form: string, { address }: Context): string => `${address}${path}.${form}`;

function buildOn(side: 'left' | 'right', { builds }: ShownComparison, context: Context): Promise<object | undefined> | null {
  const build = builds[side];
  return build === undefined ? null : buildById(context, build);
}

function packageOn(side: 'left' | 'right', { of, name }: ShownPackage, context: Context): Promise<object | undefined> | null {
  const build = of.builds[side];
  return build === undefined ? null : packageByKey(context, build, name);
}

/** What every comparison tells, wherever it was made. */
export const COMPARED_FIELDS = {
  verdict: ({ compared }: ShownComparison) => compared.comparison.verdict,
  exit: ({ compared }: ShownComparison) => exitOfSubjects(compared),
  images: ({ compared }: ShownComparison) => compared.images,
  layout: ({ compared }: ShownComparison) => compared.comparison.layout.slice(0, MOST_LAYOUT),
  counts: ({ compared }: ShownComparison) => countsOf(compared.comparison),
  causes: ({ compared }: ShownComparison) => toldCauses(compared),
  packages: (of: ShownComparison, given: PackageArguments, context: Context) => packagesOf(of, given, context),
  changes: (of: ShownComparison, given: ChangeArguments, context: Context) => changesOf(of, given, context),
  change: (of: ShownComparison, { id }: { id: string }) => changeById(of, id),
  jsonUrl: (of: ShownComparison, _: unknown, context: Context) => urlOf(of, 'json', context),
  textUrl: (of: ShownComparison, _: unknown, context: Context) => urlOf(of, 'txt', context),
  htmlUrl: (of: ShownComparison, _: unknown, context: Context) => urlOf(of, 'html', context),
  judge: (of: ShownComparison, { failOn }: { failOn: string }) => judged(of, failOn),
};

export const COMPARE_RESOLVERS = {
  Query: {
    compare: (_: unknown, { left, right }: { left: string; right: string }, context: Context) => comparisonOf(parseIdOf('Build', left).id, parseIdOf('Build', right).id, context),
  },
  BuildComparison: {
    ...COMPARED_FIELDS,
    ...CONTENT_SECTIONS,
    left: (of: ShownComparison, _: unknown, context: Context) => buildOn('left', of, context),
    right: (of: ShownComparison, _: unknown, context: Context) => buildOn('right', of, context),
  },
  ComparedImage: {
    name: ({ name }: ComparedImage) => safeValue(name),
    leftBytes: ({ sizeBytes }: ComparedImage) => sizeBytes.left,
    rightBytes: ({ sizeBytes }: ComparedImage) => sizeBytes.right,
    owner: ({ owner }: ComparedImage) => safeValue(owner),
  },
  LayoutDifference: {
    place: ({ place }: LayoutDifference) => safeValue(place),
    left: ({ left }: LayoutDifference) => left === null ? null : safeValue(String(left)),
    right: ({ right }: LayoutDifference) => right === null ? null : safeValue(String(right)),
  },
  CauseSummary: {
    ...CAUSE_TOLD,
    noise: ({ code }: CauseSum) => CAUSES[code].noise,
  },
  PackageChange: {
    name: ({ name }: ShownPackage) => safeValue(name),
    kind: ({ kind }: ShownPackage) => enumName(kind),
    versionBefore: ({ before }: ShownPackage) => safeValue(before),
    versionAfter: ({ after }: ShownPackage) => safeValue(after),
    reasons: ({ reasons }: ShownPackage) => reasons.map(({ reason, detail }) => ({ reason: enumName(reason), detail: safeValue(detail) })),
    licenseBefore: ({ license }: ShownPackage) => safeValue(license?.before),
    licenseAfter: ({ license }: ShownPackage) => safeValue(license?.after),
    before: (row: ShownPackage, _: unknown, context: Context) => packageOn('left', row, context),
    after: (row: ShownPackage, _: unknown, context: Context) => packageOn('right', row, context),
  },
};
