import type { Licenses } from '../inventory/inventory.ts';
import { isCompound, type Expression, type Leaf } from '../licensing/expression.ts';
import { categoryOf, type LicenseCategory } from '../licensing/license-category.ts';
import { parseExpression } from '../licensing/parse-expression.ts';
import type { LeftOutRule } from './legal-index.ts';

/** Categories of references of one's own (`LicenseRef-acme-eula`), by their text; as a license policy has them. */
export type OwnCategories = Readonly<Record<string, LicenseCategory>>;

export type Redistribution = { allowed: true } | { allowed: false; rule: LeftOutRule; license: string };

/** Their own terms say who may have the source, and under what conditions: nobody reads those here. */
const CLOSED: ReadonlySet<LicenseCategory> = new Set(['proprietary', 'non-commercial', 'restricted']);

/**
 * Whether sources under these licenses are passed on: by what a person decided, else by what is declared. Without a known
 * license nobody has been given the right to. Of a choice one open way is enough, of a conjunction every part must be open.
 */
export function redistributionOf({ effective, concluded, declared, unreadable }: Licenses, own: OwnCategories = {}): Redistribution {
  const license = effective ?? concluded ?? declared ?? unreadable ?? '';
  if (license === '') return { allowed: false, rule: 'no-license', license };
  const { expression } = parseExpression(license);
  const rule = expression === undefined ? 'unknown-license' : ruleAgainst(expression, own);
  return rule === undefined ? { allowed: true } : { allowed: false, rule, license };
}

function ruleAgainst(expression: Expression, own: OwnCategories): LeftOutRule | undefined {
  if (!isCompound(expression)) return ruleAgainstLeaf(expression, own);
  const rules = expression.operands.map((operand) => ruleAgainst(operand, own));
  return expression.kind === 'or' && rules.includes(undefined) ? undefined : rules.find((rule) => rule !== undefined);
}

function ruleAgainstLeaf(leaf: Leaf, own: OwnCategories): LeftOutRule | undefined {
  if (leaf.kind === 'special' && leaf.id === 'NONE') return 'no-license';
  const category = categoryOf(leaf, own);
  if (category === undefined || category === 'unstated') return 'unknown-license';
  return CLOSED.has(category) ? 'closed-license' : undefined;
}
