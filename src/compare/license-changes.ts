import { compareText, sortedBy } from '../foundation/order.ts';
import type { Component, Inventory, Licenses, Ref, Relation } from '../inventory/inventory.ts';
import { leavesOf, printLeaf } from '../licensing/expression.ts';
import { parseExpression } from '../licensing/parse-expression.ts';
import { isHarmless, licenseMeaning, type LicenseMeaning } from './license-meaning.ts';
import { licenseOf } from './license-of.ts';
import { mostLines } from './most-lines.ts';
import { paired } from './pairs.ts';

export type LicenseChangeKind =
  | 'package-added' | 'package-removed'
  | 'expression'
  /** A license file of the same name with other bytes. */
  | 'text-changed'
  | 'text-added' | 'text-removed'
  /** The same bytes under another name. */
  | 'text-moved'
  | 'scope' | 'linked' | 'unlinked';

/** One thing about one package's license; plain JSON. */
export interface LicenseChange {
  kind: LicenseChangeKind;
  package: string;
  /** Somebody has to look at it. Never where only the way of writing differs. */
  alarm: boolean;
  /** Of an expression: which, and what became of it. */
  aspect?: 'declared' | 'concluded' | 'effective';
  meaning?: Exclude<LicenseMeaning, 'same-text'>;
  /** Expressions, scopes or digests; absent where there is none. */
  before?: string;
  after?: string;
  /** Of a license text: its name on the right, else on the left. */
  path?: string;
  /** Of a link: how, and into which package. */
  linkage?: Linkage;
  into?: string;
}

type Linkage = 'static' | 'dynamic' | 'kernel-module';
type Row = LicenseChange;

/** Per package, sorted by name; what the packages themselves say, no policy. Empty for equal inventories. */
export function licenseChanges(left: Inventory, right: Inventory): LicenseChange[] {
  const { pairs, removed, added } = paired(licensedIn(left), licensedIn(right), [({ scope, name, kind }) => JSON.stringify([scope, name, kind]), ({ name, kind }) => JSON.stringify([name, kind])]);
  const known = licensesInUse(left);
  return inOrder([
    ...removed.map((one): Row => ({ kind: 'package-removed', package: one.name, alarm: false, before: licenseOf(one) })),
    ...added.map((one): Row => ({ kind: 'package-added', package: one.name, alarm: one.scope === 'ships' && isNews(licenseOf(one), known), after: licenseOf(one) })),
    ...pairs.flatMap(({ before, after }) => [...expressionRows(before, after), ...textRows(before, after), ...scopeRows(before, after)]),
    ...linkRows(left, right),
  ]);
}

function inOrder(rows: readonly Row[]): Row[] {
  return sortedBy(rows, (one) => JSON.stringify([one.package, one.kind, one.aspect, one.path, one.into, one.linkage]));
}

function licensedIn({ components }: Inventory): Component[] {
  return components.filter(({ kind }) => kind === 'package' || kind === 'runtime-component');
}

/** Of everything that ships. */
function licensesInUse(inventory: Inventory): ReadonlySet<string> {
  return new Set(licensedIn(inventory).filter(({ scope }) => scope === 'ships').flatMap((one) => leavesIn(licenseOf(one))));
}

function leavesIn(text: string): string[] {
  const { expression } = parseExpression(text);
  return expression === undefined ? [text] : leavesOf(expression).map(printLeaf);
}

function isNews(text: string, known: ReadonlySet<string>): boolean {
  return leavesIn(text).some((leaf) => !known.has(leaf));
}

/** What only follows from the declared expression is not told twice. */
function expressionRows({ name, licenses: before }: Component, { licenses: after }: Component): Row[] {
  const declared = expressionRow(name, 'declared', before.declared ?? before.unreadable, after.declared ?? after.unreadable);
  const decided = (one: Licenses): boolean => one.concludedBasis === 'decision';
  const concluded = decided(before) || decided(after) ? expressionRow(name, 'concluded', before.concluded, after.concluded) : [];
  const chosen = before.effectiveBasis === 'decision' || after.effectiveBasis === 'decision' ? expressionRow(name, 'effective', before.effective, after.effective) : [];
  return [...declared, ...concluded, ...chosen];
}

function expressionRow(name: string, aspect: NonNullable<Row['aspect']>, before: string | undefined, after: string | undefined): Row[] {
  const meaning = before === undefined || after === undefined ? (before === after ? 'same-text' : 'untold') : licenseMeaning(before, after);
  if (meaning === 'same-text') return [];
  return [{ kind: 'expression', package: name, alarm: !isHarmless(meaning), aspect, meaning, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

function textRows({ name, licenses: { files: before } }: Component, { licenses: { files: after } }: Component): Row[] {
  type Text = Licenses['files'][number];
  const { pairs, removed, added } = paired<Text>(before, after, [({ path, sha256 }) => `${sha256} ${path}`, ({ path }) => path, ({ sha256 }) => sha256]);
  return [
    ...pairs.flatMap(({ before: old, after: now }): Row[] => {
      if (old.sha256 !== now.sha256) return [{ kind: 'text-changed', package: name, alarm: true, path: now.path, before: old.sha256, after: now.sha256 }];
      return old.path === now.path ? [] : [{ kind: 'text-moved', package: name, alarm: false, path: now.path, before: old.path, after: now.path }];
    }),
    ...removed.map(({ path, sha256 }): Row => ({ kind: 'text-removed', package: name, alarm: true, path, before: sha256 })),
    ...added.map(({ path, sha256 }): Row => ({ kind: 'text-added', package: name, alarm: true, path, after: sha256 })),
  ];
}

/** What begins to ship has to be accounted for; what no longer does has not. */
function scopeRows({ name, scope: before }: Component, { scope: after }: Component): Row[] {
  return before === after ? [] : [{ kind: 'scope', package: name, alarm: after === 'ships', before, after }];
}

interface Link { package: string; linkage: Linkage; into: string; tight: boolean }

const LINKAGES: Readonly<Partial<Record<Relation['kind'], Linkage>>> = { linksStatically: 'static', linksDynamically: 'dynamic', kernelModule: 'kernel-module' };

/** Between packages that ship: terms of the one may reach the other. */
function linkRows(left: Inventory, right: Inventory): Row[] {
  const [before, after] = [linksIn(left), linksIn(right)];
  const row = (kind: 'linked' | 'unlinked', { package: name, linkage, into, tight }: Link): Row => ({ kind, package: name, alarm: kind === 'linked' && tight, linkage, into });
  return [
    ...[...before].filter(([key]) => !after.has(key)).map(([, link]) => row('unlinked', link)),
    ...[...after].filter(([key]) => !before.has(key)).map(([, link]) => row('linked', link)),
  ];
}

function linksIn(inventory: Inventory): ReadonlyMap<string, Link> {
  const packages = new Map<Ref, Component>(licensedIn(inventory).map((one) => [one.ref, one]));
  return new Map(inventory.relations.flatMap(({ from, to, kind }): [string, Link][] => {
    const [user, used, linkage] = [packages.get(from), packages.get(to), LINKAGES[kind]];
    if (user === undefined || used === undefined || linkage === undefined || user === used || user.scope !== 'ships') return [];
    // A module goes into the kernel, a library into its user.
    const [part, whole] = linkage === 'kernel-module' ? [user, used] : [used, user];
    const link = { package: part.name, linkage, into: whole.name, tight: linkage !== 'dynamic' };
    return [[JSON.stringify([link.package, linkage, link.into]), link]];
  }));
}

/** One line a change, for people; alarms first. */
export function licenseLines(changes: readonly LicenseChange[], most: number): string[] {
  const rows = changes.toSorted((a, b) => Number(b.alarm) - Number(a.alarm) || compareText(a.package, b.package));
  return mostLines(rows.map((one) => `${one.alarm ? '!' : ' '} ${one.package}: ${said(one)}`), most, 'license changes');
}

const MEANINGS: Readonly<Record<NonNullable<LicenseChange['meaning']>, string>> = {
  'same-form': 'only written otherwise', 'same-meaning': 'means the same', wider: 'offers more than before', narrower: 'offers less than before', other: 'another license', untold: 'what it means cannot be told',
};

function said({ kind, aspect, meaning, before = 'none', after = 'none', path = '', linkage, into }: LicenseChange): string {
  switch (kind) {
    case 'package-added': return `new, ${after === '' ? 'no license told' : after}`;
    case 'package-removed': return `gone, was ${before === '' ? 'without a license' : before}`;
    case 'expression': return `${aspect === 'declared' ? '' : `${aspect} `}${before} → ${after}, ${MEANINGS[meaning!]}`;
    case 'text-changed': return `${path} has another text, ${before.slice(0, 12)} → ${after.slice(0, 12)}`;
    case 'text-added': return `${path} is a new license text`;
    case 'text-removed': return `license text ${path} is gone`;
    case 'text-moved': return `license text ${before} is now ${after}`;
    case 'scope': return `scope ${before} → ${after}`;
    case 'linked': return `linked into ${into} (${linkage})`;
    case 'unlinked': return `no longer linked into ${into} (${linkage})`;
  }
}
