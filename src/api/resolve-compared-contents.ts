import type { LicenseComparison } from '../actions/compare-contents.ts';
import type { ComponentChange, NamedComponent } from '../compare/component-changes.ts';
import type { ConfigurationChange } from '../compare/configuration-changes.ts';
import type { InputChange } from '../compare/input-changes.ts';
import type { LicenseChange } from '../compare/license-changes.ts';
import type { PolicyChange } from '../compare/policy-changes.ts';
import { jsonDigest } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Bug } from '../foundation/failure.ts';
import type { ComparedContents } from './compared-contents.ts';
import type { Context } from './context.ts';
import type { ShownComparison } from './kept-comparisons.ts';
import { policyOf, present } from './mutation-input.ts';
import { packageByKey } from './node-loading.ts';
import type { PageArguments } from './page.ts';
import { enumName, enumWord, reportConnection } from './report-list.ts';
import { safeValue } from './safe-text.ts';

/** A row with the comparison that it is of; texts of it are other people's. */
type Of<Row> = Row & { of: ShownComparison; id: string };

interface Filter extends PageArguments { id?: string | null }

/** The same id whenever these two builds are compared: by what the row is about. */
function withIds<Row extends object>(of: ShownComparison, prefix: string, rows: readonly Row[], about: (row: Row) => readonly unknown[]): Of<Row>[] {
  return rows.map((row) => ({ ...safeValue(row) as Row, of, id: `${prefix}_${jsonDigest([of.left, of.right, ...about(row)].map((each) => each ?? null)).slice(0, 40)}` }));
}

/** A row passes where it has every value that is asked for. */
interface Filters<Row> { name: string; of: ShownComparison; rows: readonly Row[]; filters: Readonly<Record<string, ((row: Row) => boolean) | undefined>>; policySha256?: Sha256 }

function connection<Row extends { id: string }>({ name, of, rows, filters, policySha256 }: Filters<Row>, given: Filter, context: Context): unknown {
  const { first, after, ...asked } = given;
  const { id } = present(asked);
  const kept = rows.filter((row) => (id === undefined || row.id === id) && Object.values(filters).every((passes) => passes === undefined || passes(row)));
  return reportConnection(context, [name, of.left, of.right, policySha256, present(asked)], kept, present({ first, after }));
}

const contains = (text: string, part: string): boolean => text.toLowerCase().includes(part.toLowerCase());

function contentsOf({ contents }: ShownComparison): ComparedContents {
  if (contents === undefined) throw new Bug('only builds have contents to compare');
  return contents;
}

type ComponentArguments = Filter & { kind?: string | null; severity?: string | null; cause?: string | null; nameContains?: string | null };

async function components(of: ShownComparison, given: ComponentArguments, context: Context): Promise<unknown> {
  const rows = withIds(of, 'cpc', await contentsOf(of).components(), ({ kind, before, after, from, to }) => [kind, before, after, from, to]);
  const { kind, severity, cause, nameContains } = present(given);
  return connection({ name: 'changed components', of, rows, filters: {
    kind: kind === undefined ? undefined : (row) => row.kind === enumWord(kind),
    severity: severity === undefined ? undefined : (row) => row.severity === enumWord(severity),
    cause: cause === undefined ? undefined : (row) => row.cause.code === enumWord(cause),
    name: nameContains === undefined ? undefined : ({ before, after }) => [before, after].some((one) => one !== undefined && contains(one.name, nameContains)),
  } }, given, context);
}

type ConfigurationArguments = Filter & { section?: string | null; package?: string | null };

/** Of a package: its own settings, and those that brought or dropped it. */
async function configuration(of: ShownComparison, given: ConfigurationArguments, context: Context): Promise<unknown> {
  const rows = withIds(of, 'cfc', await contentsOf(of).configuration(), ({ section, key }) => [section, key]);
  const { section, package: name } = present(given);
  return connection({ name: 'changed settings', of, rows, filters: {
    section: section === undefined ? undefined : (row) => row.section === enumWord(section),
    package: name === undefined ? undefined : ({ key, pulledIn, dropped }) => key === name || key.startsWith(`${name}.`) || pulledIn.includes(name) || dropped.includes(name),
  } }, given, context);
}

type InputArguments = Filter & { kind?: string | null; nameContains?: string | null; package?: string | null };

async function inputs(of: ShownComparison, given: InputArguments, context: Context): Promise<unknown> {
  const rows = withIds(of, 'inc', await contentsOf(of).inputs(), ({ kind, name }) => [kind, name]);
  const { kind, nameContains, package: owner } = present(given);
  return connection({ name: 'changed inputs', of, rows, filters: {
    kind: kind === undefined ? undefined : (row) => row.kind === enumWord(kind),
    name: nameContains === undefined ? undefined : ({ name }) => contains(name, nameContains),
    package: owner === undefined ? undefined : (row) => packageOf(row) === owner,
  } }, given, context);
}

const OF_PACKAGES: ReadonlySet<InputChange['kind']> = new Set(['source', 'patch', 'recipe']);

/** Sources and patches are named `PACKAGE FILE`. */
function packageOf({ kind, name }: InputChange): string | undefined {
  return OF_PACKAGES.has(kind) ? name.split(' ')[0] : undefined;
}

/** `policy`: its text, as it was asked with. */
interface ShownLicenses extends LicenseComparison { of: ShownComparison; policyText: string | undefined }

async function licenses(of: ShownComparison, policy: string | null | undefined): Promise<ShownLicenses> {
  return { ...await contentsOf(of).licenses(policyOf({ policy }).policy), of, policyText: policy ?? undefined };
}

type LicenseArguments = Filter & { kind?: string | null; meaning?: string | null; alarm?: boolean | null; package?: string | null };

function licenseChanges({ of, changes }: ShownLicenses, given: LicenseArguments, context: Context): unknown {
  const rows = withIds(of, 'lcc', changes, ({ kind, package: name, aspect, path, into, linkage }) => [kind, name, aspect, path, into, linkage]);
  const { kind, meaning, alarm, package: name } = present(given);
  return connection({ name: 'changed licenses', of, rows, filters: {
    kind: kind === undefined ? undefined : (row) => row.kind === enumWord(kind),
    meaning: meaning === undefined ? undefined : (row) => row.meaning === enumWord(meaning),
    alarm: alarm === undefined ? undefined : (row) => row.alarm === alarm,
    package: name === undefined ? undefined : (row) => row.package === name,
  } }, given, context);
}

type PolicyArguments = Filter & { kind?: string | null; subject?: string | null; package?: string | null };
type ShownPolicy = NonNullable<LicenseComparison['policy']> & { of: ShownComparison; policyText: string };

function policyChanges({ of, policyText, changes }: ShownPolicy, given: PolicyArguments, context: Context): unknown {
  const rows = withIds(of, 'plc', changes, ({ subject, package: name, license, rule, kind, message }) => [subject, name, license, rule, kind, message]);
  const { kind, subject, package: name } = present(given);
  return connection({ name: 'changed judgements', of, rows, policySha256: sha256(policyText), filters: {
    kind: kind === undefined ? undefined : (row) => row.kind === enumWord(kind),
    subject: subject === undefined ? undefined : (row) => row.subject === enumWord(subject),
    package: name === undefined ? undefined : (row) => row.package === name,
  } }, given, context);
}

type Side = 'left' | 'right';

function packageIn(of: ShownComparison, side: Side, name: string, context: Context): Promise<object | undefined> | null {
  const build = of.builds[side];
  return build === undefined ? null : packageByKey(context, build, name);
}

function shownComponent(row: Of<ComponentChange>, side: Side): (NamedComponent & { of: ShownComparison; side: Side }) | null {
  const found = side === 'left' ? row.before : row.after;
  return found === undefined ? null : { ...found, of: row.of, side };
}

/** Fields of a comparison of two builds that are told by their records, not by their files. */
export const CONTENT_SECTIONS = {
  licenses: (of: ShownComparison, { policy }: { policy?: string | null }) => licenses(of, policy),
  components,
  configuration,
  inputs,
};

const named = (field: 'kind' | 'severity' | 'subject' | 'section') => (row: Partial<Record<typeof field, string>>): string => enumName(row[field]!);
const kind = named('kind');

export const COMPARED_CONTENT_RESOLVERS = {
  LicenseComparison: {
    changes: licenseChanges,
    policy: ({ policy, of, policyText }: ShownLicenses): ShownPolicy | null => (policy === undefined ? null : { ...policy, of, policyText: policyText ?? '' }),
  },
  PolicyComparison: {
    name: ({ name }: ShownPolicy) => safeValue(name),
    before: ({ verdicts }: ShownPolicy) => verdicts.left,
    after: ({ verdicts }: ShownPolicy) => verdicts.right,
    changes: policyChanges,
  },
  LicenseChange: {
    kind,
    aspect: ({ aspect }: LicenseChange) => (aspect === undefined ? null : enumName(aspect)),
    meaning: ({ meaning }: LicenseChange) => (meaning === undefined ? null : enumName(meaning)),
    linkage: ({ linkage }: LicenseChange) => (linkage === undefined ? null : enumName(linkage)),
    packageBefore: ({ of, package: name }: Of<LicenseChange>, _: unknown, context: Context) => packageIn(of, 'left', name, context),
    packageAfter: ({ of, package: name }: Of<LicenseChange>, _: unknown, context: Context) => packageIn(of, 'right', name, context),
  },
  PolicyChange: {
    kind, subject: named('subject'),
    open: ({ open }: PolicyChange) => open ?? null,
  },
  ComponentChange: {
    kind, severity: named('severity'),
    cause: ({ cause: { code, evidence } }: ComponentChange) => ({ code: enumName(code), evidence }),
    before: (row: Of<ComponentChange>) => shownComponent(row, 'left'),
    after: (row: Of<ComponentChange>) => shownComponent(row, 'right'),
    cvesLost: ({ cvesLost }: ComponentChange) => cvesLost ?? [],
    cvesGained: ({ cvesGained }: ComponentChange) => cvesGained ?? [],
  },
  ChangedComponent: {
    package: ({ of, side, name, scope }: NonNullable<ReturnType<typeof shownComponent>>, _: unknown, context: Context) => (scope === 'sandbox' ? null : packageIn(of, side, name, context)),
  },
  ConfigurationChange: {
    section: named('section'),
    secret: ({ secret }: ConfigurationChange) => secret === true,
  },
  InputChange: {
    kind,
    packageName: (row: InputChange) => packageOf(row) ?? null,
  },
};
