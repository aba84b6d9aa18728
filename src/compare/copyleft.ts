import type { Leaf } from '../licensing/expression.ts';
import { categoryOf, type LicenseCategory } from '../licensing/license-category.ts';
import { parseExpression } from '../licensing/parse-expression.ts';
import { waysToSatisfy } from '../licensing/ways-to-satisfy.ts';
import type { OutlinedPackage } from './inventory-outline.ts';
import { licenseOf } from './license-of.ts';

/** What a license asks of those who pass the work on, as policies have it; `unknown` where nobody can tell. */
export type Copyleft = 'none' | 'weak' | 'strong' | 'network' | 'unknown';

/** A package that ships with more copyleft than it did; plain JSON. */
export interface CopyleftGain {
  package: string;
  /** Of the right. */
  license: string;
  /** `none` where the left does not ship it. */
  before: Copyleft;
  after: Copyleft;
}

/** From the least to the most; what nobody knows may be anything. */
const STRENGTHS: readonly Copyleft[] = ['none', 'weak', 'strong', 'network', 'unknown'];
const OF_CATEGORY: Readonly<Partial<Record<LicenseCategory, Copyleft>>> = { 'weak-copyleft': 'weak', 'strong-copyleft': 'strong', 'network-copyleft': 'network' };

/** Of an expression: AND brings all of its licenses, OR only what its mildest way does. */
export function copyleftOf(license: string): Copyleft {
  const { expression } = parseExpression(license);
  if (expression === undefined) return 'unknown';
  const { ways } = waysToSatisfy(expression);
  return ways === undefined ? 'unknown' : STRENGTHS[Math.min(...ways.map((way) => Math.max(...way.map(rankOf))))]!;
}

function rankOf(leaf: Leaf): number {
  const category = categoryOf(leaf);
  return STRENGTHS.indexOf(category === undefined ? 'unknown' : OF_CATEGORY[category] ?? 'none');
}

type Licensed = Pick<OutlinedPackage, 'scope' | 'licenses'>;

/**
 * Packages of the right, by name, whose license brings copyleft of a strength that the same package did not bring on the left,
 * in byte order. One whose license nobody can read counts, unless the left shipped it under the same words.
 */
export function copyleftGains(left: ReadonlyMap<string, Licensed>, right: ReadonlyMap<string, Licensed>): CopyleftGain[] {
  return [...right.keys()].toSorted().flatMap((name) => {
    const [old, now] = [shipped(left.get(name)), shipped(right.get(name))];
    if (now === undefined || now === old) return [];
    const [before, after] = [old === undefined ? 'none' : copyleftOf(old), copyleftOf(now)];
    const gained = after === 'unknown' || (after !== 'none' && (before === 'unknown' || STRENGTHS.indexOf(after) > STRENGTHS.indexOf(before)));
    return gained ? [{ package: name, license: now, before, after }] : [];
  });
}

/** What only builds brings nothing into the target. */
function shipped(component: Licensed | undefined): string | undefined {
  return component?.scope === 'ships' ? licenseOf(component) : undefined;
}
