import { sortedBy } from '../foundation/order.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { isAskedFor } from '../inventory/reasons.ts';
import { componentOrder, componentsOf, purlIdentity, type ComparedComponent, type ComparedPatch } from './compared-component.ts';
import { isHarmless, licenseMeaning } from './license-meaning.ts';
import { paired, withoutEqual } from './pairs.ts';
import { severityOf } from './component-severity.ts';

export type ComponentChangeKind =
  | 'added' | 'removed' | 'renamed' | 'moved'
  | 'version-up' | 'version-down' | 'version-unorderable'
  /** The same version, made from other bytes. */
  | 'source'
  | 'patch-gained' | 'patch-lost'
  /** A patch of the same name with other bytes. */
  | 'patch-changed'
  | 'license'
  /** The same version, sources and patches; what came out is another. */
  | 'content';

/** `request`, `need`: what the record says why it is there. `listed`: nothing says why. Else the facet that changed. */
export type ComponentCauseCode = 'request' | 'need' | 'listed' | 'name' | 'scope' | 'version' | 'source' | 'patch' | 'license' | 'build';

export interface NamedComponent { name: string; scope: string; version: string }

/** One facet of one component; plain JSON. */
export interface ComponentChange {
  kind: ComponentChangeKind;
  /** `critical`: the same name for other bytes, or a fix that went. */
  severity: 'critical' | 'warning' | 'note';
  /** Exactly one: what follows from a new version has that as its cause. */
  cause: { code: ComponentCauseCode; evidence: readonly string[] };
  before?: NamedComponent;
  after?: NamedComponent;
  /** What the facet was, and is: digests, patches, licenses. */
  from?: string;
  to?: string;
  /** Fixed by a patch on that side, by none on the other. */
  cvesLost?: readonly string[];
  cvesGained?: readonly string[];
}

type Row = Omit<ComponentChange, 'severity'>;

/** Between two builds, from their inventories alone. */
export function componentChanges(left: Inventory, right: Inventory): ComponentChange[] {
  return changedComponents(componentsOf(left), componentsOf(right));
}

/** What renames a component is told by its sources, or by its package URL. */
const KEYS: readonly ((one: ComparedComponent) => string | undefined)[] = [
  ({ scope, name, version, purl }) => JSON.stringify([scope, name, version, purlIdentity(purl)]),
  ({ scope, name, purl }) => JSON.stringify([scope, name, purlIdentity(purl)]),
  ({ scope, name }) => JSON.stringify([scope, name]),
  ({ name, purl }) => JSON.stringify([name, purlIdentity(purl)]),
  ({ name }) => name,
  ({ sources }) => (sources.length === 0 ? undefined : JSON.stringify(sources)),
  ({ purl }) => purlIdentity(purl),
];

/** Sorted by what they are about; empty for the same components in any order. */
export function changedComponents(left: readonly ComparedComponent[], right: readonly ComparedComponent[]): ComponentChange[] {
  const rest = withoutEqual(left, right, (one) => JSON.stringify([one.scope, one.name, one.version, one.purl, one.digest, one.sources, one.patches, one.license]));
  const { pairs, removed, added } = paired(rest.left, rest.right, KEYS);
  return inOrder([
    ...removed.map((one): Row => ({ kind: 'removed', cause: whyThere(one), before: named(one) })),
    ...added.map((one): Row => ({ kind: 'added', cause: whyThere(one), after: named(one) })),
    ...pairs.flatMap(({ before, after }) => FACETS.flatMap((facet) => facet(before, after)).map((row): Row => ({ ...row, before: named(before), after: named(after) }))),
  ].map((row) => ({ ...row, severity: severityOf(row) })));
}

/** The comparison the other way round. */
export function invertedComponentChanges(changes: readonly ComponentChange[]): ComponentChange[] {
  return inOrder(changes.map(({ kind, cause, before, after, from, to, cvesLost, cvesGained }) => {
    const row: Row = {
      kind: INVERSE[kind] ?? kind, cause, ...(after === undefined ? {} : { before: after }), ...(before === undefined ? {} : { after: before }),
      ...(to === undefined ? {} : { from: to }), ...(from === undefined ? {} : { to: from }),
      ...(cvesGained === undefined ? {} : { cvesLost: cvesGained }), ...(cvesLost === undefined ? {} : { cvesGained: cvesLost }),
    };
    return { ...row, severity: severityOf(row) };
  }));
}

const INVERSE: Readonly<Partial<Record<ComponentChangeKind, ComponentChangeKind>>> = {
  'added': 'removed', 'removed': 'added', 'version-up': 'version-down', 'version-down': 'version-up', 'patch-gained': 'patch-lost', 'patch-lost': 'patch-gained',
};

function inOrder(changes: readonly ComponentChange[]): ComponentChange[] {
  const sides = ({ before, after }: ComponentChange): string[] => [before, after].map((one) => JSON.stringify([one?.name, one?.scope, one?.version])).toSorted();
  return sortedBy(changes, (one) => JSON.stringify([...sides(one), one.kind, one.from, one.to]));
}

function named({ name, scope, version }: ComparedComponent): NamedComponent {
  return { name, scope, version };
}

function whyThere({ reasons }: ComparedComponent): ComponentChange['cause'] {
  if (reasons.length === 0) return { code: 'listed', evidence: [] };
  const asked = reasons.filter(isAskedFor);
  return asked.length > 0 ? { code: 'request', evidence: asked } : { code: 'need', evidence: reasons };
}

type Facet = (before: ComparedComponent, after: ComparedComponent) => Row[];

const FACETS: readonly Facet[] = [
  (before, after) => (before.name === after.name ? [] : [{ kind: 'renamed', cause: { code: 'name', evidence: [sameList(before.sources, after.sources) && before.sources.length > 0 ? 'the same sources' : 'the same package URL'] } }]),
  (before, after) => (before.scope === after.scope ? [] : [{ kind: 'moved', cause: { code: 'scope', evidence: [] } }]),
  (before, after) => {
    const order = componentOrder(before, after);
    return order === 'same' ? [] : [{ kind: `version-${order}`, cause: { code: 'version', evidence: [] } }];
  },
  (before, after) => (sourceDiffers(before, after) ? [{ kind: 'source', cause: { code: 'source', evidence: [] }, from: before.sources.join(' '), to: after.sources.join(' ') }] : []),
  patchFacet,
  licenseFacet,
  (before, after) => (builtOtherwise(before, after) ? [{ kind: 'content', cause: { code: 'build', evidence: before.sources.length + after.sources.length === 0 ? [] : ['the same sources'] }, from: before.digest!, to: after.digest! }] : []),
];

/** With another version other sources are what everybody expects; where one side tells none, nothing is known. */
function sourceDiffers(before: ComparedComponent, after: ComparedComponent): boolean {
  return before.version === after.version && before.sources.length > 0 && after.sources.length > 0 && !sameList(before.sources, after.sources);
}

function builtOtherwise(before: ComparedComponent, after: ComparedComponent): boolean {
  const samePatches = sameList(before.patches.map(({ id }) => id).toSorted(), after.patches.map(({ id }) => id).toSorted());
  return before.version === after.version && samePatches && !sourceDiffers(before, after) && before.digest !== undefined && after.digest !== undefined && before.digest !== after.digest;
}

function patchFacet(before: ComparedComponent, after: ComparedComponent): Row[] {
  const cause = { code: before.version === after.version ? 'patch' : 'version', evidence: [] } as const;
  const { pairs, removed, added } = paired(...differing(before.patches, after.patches), [({ name }) => name]);
  const [lost, gained] = [fixesOnlyIn(before, after), fixesOnlyIn(after, before)];
  return [
    ...removed.map((patch): Row => ({ kind: 'patch-lost', cause, from: patch.name, ...cves('cvesLost', patch, lost) })),
    ...added.map((patch): Row => ({ kind: 'patch-gained', cause, to: patch.name, ...cves('cvesGained', patch, gained) })),
    ...pairs.map(({ before: old, after: now }): Row => ({ kind: 'patch-changed', cause, from: `${old.name}@${old.id}`, to: `${now.name}@${now.id}`, ...cves('cvesLost', old, lost), ...cves('cvesGained', now, gained) })),
  ];
}

function differing(before: readonly ComparedPatch[], after: readonly ComparedPatch[]): [ComparedPatch[], ComparedPatch[]] {
  const { left, right } = withoutEqual(before, after, ({ id }) => id);
  return [left, right];
}

/** Of a CVE that another patch fixes now, nothing was lost. */
function fixesOnlyIn(one: ComparedComponent, other: ComparedComponent): ReadonlySet<string> {
  const fixed = new Set(other.patches.flatMap(({ cves: ids }) => ids));
  return new Set(one.patches.flatMap(({ cves: ids }) => ids.filter((id) => !fixed.has(id))));
}

function cves(field: 'cvesLost' | 'cvesGained', patch: ComparedPatch, only: ReadonlySet<string>): Pick<ComponentChange, 'cvesLost' | 'cvesGained'> {
  const ids = patch.cves.filter((id) => only.has(id)).toSorted();
  return ids.length === 0 ? {} : { [field]: ids };
}

function licenseFacet(before: ComparedComponent, after: ComparedComponent): Row[] {
  if (before.license === undefined || after.license === undefined || before.license === after.license) return [];
  const meaning = licenseMeaning(before.license, after.license);
  // Either way round the same word: which side is the wider, the licenses themselves tell.
  const evidence = isHarmless(meaning) ? ['the same meaning'] : [];
  return [{ kind: 'license', cause: { code: before.version === after.version ? 'license' : 'version', evidence }, from: before.license, to: after.license }];
}

function sameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}
