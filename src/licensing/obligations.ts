import { compareText } from '../foundation/order.ts';
import { printLeaf, type Leaf } from './expression.ts';
import { categoryOf, type LicenseCategory } from './license-category.ts';
import type { Linkage } from './linkage.ts';
import { NOTHING_ASKED, OBLIGATIONS, type ObligationKind } from './obligation-table.ts';
import type { LicenseUsage } from './policy.ts';
import type { Way } from './ways-to-satisfy.ts';

/** One thing to do, for one license, and for which packages. What fulfils it is for whoever knows the build. */
export interface Obligation {
  obligation: ObligationKind;
  license: string;
  /** Where the license says so. */
  source: string;
  /** Sorted. */
  packages: readonly string[];
}

/** A usage, and the licenses under which it stands (`taken` of a judgement). */
export interface TakenUsage { usage: LicenseUsage; taken: Way }

/**
 * They let what is linked with the work be passed on under terms of one's own, the work inside included: GCC-exception-3.1 section 1,
 * GCC-exception-2.0 ("without any restriction coming from the use of this file"), Classpath-exception-2.0 ("copy and distribute the resulting
 * executable under terms of your choice"), WxWindows-exception-3.1 ("on your own terms, binary object code versions").
 */
const LINKED_ON_OWN_TERMS: ReadonlySet<string> = new Set([
  'Classpath-exception-2.0', 'Classpath-exception-2.0-short', 'GCC-exception-2.0', 'GCC-exception-2.0-note', 'GCC-exception-3.1', 'WxWindows-exception-3.1',
]);

/** What is owed for all that is shipped; sorted by obligation and license. Build tools owe nothing. */
export function obligationsOf(usages: readonly TakenUsage[], own: Readonly<Record<string, LicenseCategory>> = {}): Obligation[] {
  const found = usages.flatMap(({ usage, taken }) => taken.flatMap((leaf) => obligationsOfLeaf(leaf, usage.linkage, own).map((one) => ({ ...one, license: printLeaf(leaf), name: usage.package }))));
  const grouped = Map.groupBy(found, ({ obligation, license }) => JSON.stringify([obligation, license]));
  return [...grouped].toSorted(([a], [b]) => compareText(a, b)).map(([, rows]) => {
    const { obligation, license, source } = rows[0]!;
    return { obligation, license, source, packages: [...new Set(rows.map(({ name }) => name))].toSorted(compareText) };
  });
}

function obligationsOfLeaf(leaf: Leaf, linkage: Linkage, own: Readonly<Record<string, LicenseCategory>>): { obligation: ObligationKind; source: string }[] {
  const base = leaf.kind === 'with' ? leaf.license : leaf;
  const id = printLeaf(base);
  if (linkage === 'build-only' || NOTHING_ASKED.has(id) || isOnOwnTerms(leaf, linkage)) return [];
  const category = categoryOf(leaf, own);
  const fitting = OBLIGATIONS.filter(({ licenses, categories, linkages }) =>
    (linkages === undefined || linkages.includes(linkage)) && (licenses?.includes(id) ?? (category !== undefined && categories!.includes(category))));
  // A row about the license itself comes before the row about its category.
  return fitting.filter((row, index) => fitting.findIndex(({ obligation }) => obligation === row.obligation) === index);
}

/** As a file of its own the work keeps its terms. */
function isOnOwnTerms(leaf: Leaf, linkage: Linkage): boolean {
  return leaf.kind === 'with' && leaf.addition.kind === 'exception' && LINKED_ON_OWN_TERMS.has(leaf.addition.id) && (linkage === 'static' || linkage === 'dynamic');
}
