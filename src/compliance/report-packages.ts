import type { Sha256 } from '../foundation/digest.ts';
import { compareText } from '../foundation/order.ts';
import type { Component, Inventory, Licenses, Scope } from '../inventory/inventory.ts';
import { leavesOf, printLeaf, type Leaf } from '../licensing/expression.ts';
import type { LicenseJudgement } from '../licensing/judge.ts';
import { categoryOf, type LicenseCategory } from '../licensing/license-category.ts';
import type { Linkage } from '../licensing/linkage.ts';
import { parseExpression } from '../licensing/parse-expression.ts';
import type { LicensePolicy } from '../licensing/policy.ts';
import type { LicenseTexts } from './license-texts.ts';
import { basesOf } from './package-basis.ts';
import type { TextIdentities } from './text-identity.ts';
import type { PlacedUsage } from './usages-of.ts';

export interface ReportedPackage extends Omit<Licenses, 'files'> {
  ref: string;
  kind: Component['kind'];
  name: string;
  version: string;
  scope: Scope;
  /** Its own files, or a part of it inside of what ships. */
  shipped: boolean;
  linkages: readonly Linkage[];
  /** Each license that it is used under, with its category; of an open choice those of the way that the policy likes best. */
  licenses: readonly ReportedLicense[];
  /** What a decision about it would be bound to. */
  sourceDigest: Sha256;
  licenseTextDigest?: Sha256;
  texts: readonly ReportedText[];
  /** The harshest of all its uses. */
  verdict: 'ALLOWED' | 'REVIEW' | 'VIOLATED';
}

export interface ReportedLicense { license: string; category: LicenseCategory | 'unknown' }

export interface ReportedText {
  path: string;
  /** As captured; absent where the sources have no such file or were not looked into. */
  sha256?: Sha256;
  /** As the recipe states it. */
  expectedSha256?: Sha256;
  /** The likest text of the SPDX list; two texts of one license are alike from 0.95 on. */
  match?: { licenses: readonly string[]; exact: boolean; similarity: number };
}

interface Judged {
  components: readonly Component[];
  usages: readonly PlacedUsage[];
  judgement: LicenseJudgement;
  texts: LicenseTexts;
  identities: TextIdentities;
  inventory: Inventory;
  policy: LicensePolicy;
}

/** In the order of the components. */
export function packageRows({ components, usages, judgement, texts, identities, inventory, policy }: Judged): ReportedPackage[] {
  const bases = basesOf(inventory, texts);
  const taken = new Map(usages.map((usage, index) => [usage, judgement.taken[index]]));
  const own = Map.groupBy(usages, ({ ref }) => ref);
  const verdicts = Map.groupBy(judgement.violations, ({ usage }) => (usage as PlacedUsage).ref);
  return components.map((one) => {
    const { ref, kind, name, version, scope, licenses: { files: _files, ...licenses } } = one;
    const uses = own.get(ref) ?? [];
    const { sourceDigest, licenseTextDigest } = bases.get(ref)!;
    const all = verdicts.get(ref) ?? [];
    return {
      ref, kind, name, version, scope, shipped: uses.some(({ linkage }) => linkage !== 'build-only'), linkages: [...new Set(uses.map(({ linkage }) => linkage))].toSorted(compareText), ...licenses,
      licenses: licenseRows(uses.flatMap((usage) => taken.get(usage) ?? parsed(usage.expression)), policy),
      sourceDigest, ...(licenseTextDigest === undefined ? {} : { licenseTextDigest }), texts: textRows(one, texts, identities),
      verdict: all.some(({ verdict }) => verdict === 'deny') ? 'VIOLATED' : all.length > 0 ? 'REVIEW' : 'ALLOWED',
    };
  });
}

function parsed(expression: string): Leaf[] {
  const read = parseExpression(expression).expression;
  return read === undefined ? [] : leavesOf(read);
}

function licenseRows(leaves: readonly Leaf[], { categories }: LicensePolicy): ReportedLicense[] {
  const byLicense = new Map(leaves.map((leaf): [string, ReportedLicense['category']] => [printLeaf(leaf), categoryOf(leaf, categories) ?? 'unknown']));
  return [...byLicense].toSorted(([a], [b]) => compareText(a, b)).map(([license, category]) => ({ license, category }));
}

/** Of a text that the recipe names and nobody found the digest is missing. */
function textRows({ name, licenses: { files } }: Component, texts: LicenseTexts, identities: TextIdentities): ReportedText[] {
  const captured = texts.get(name) ?? [];
  const rows = captured.map((text): ReportedText => {
    const [match] = identities.matches(text) ?? [];
    return {
      path: text.path, sha256: text.sha256, ...(text.declaredSha256 === undefined ? {} : { expectedSha256: text.declaredSha256 }),
      ...(match === undefined ? {} : { match: { licenses: match.ids, exact: match.exact, similarity: Math.round(match.similarity * 100) / 100 } }),
    };
  });
  const missing = files.filter(({ path }) => !captured.some((text) => text.path === path)).map(({ path, sha256 }): ReportedText => ({ path, expectedSha256: sha256 }));
  return [...rows, ...missing].toSorted((a, b) => compareText(a.path, b.path));
}
