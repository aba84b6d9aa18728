import { canonicalExpression, formKey } from './canonical-expression.ts';
import { compareExpressions } from './equalities.ts';
import type { Expression } from './expression.ts';
import { parseExpression } from './parse-expression.ts';
import type { LicenseChoice, LicenseUsage } from './policy.ts';

export type StandingChoice<Choice extends LicenseChoice = LicenseChoice> =
  | { kind: 'none' }
  /** `carried`: from another version, with the same license text. */
  | { kind: 'holds'; choice: Choice; expression: Expression; carried: boolean }
  | { kind: 'stale'; choice: Choice; reason: string };

type Chosen = Pick<LicenseUsage, 'package' | 'expression' | 'sourceDigest' | 'licenseTextDigest'>;

/** The choice on record for a usage: the one that still holds, else the latest that does not any more. */
export function standingChoice<Choice extends LicenseChoice>(choices: readonly Choice[], usage: Chosen, declared: Expression): StandingChoice<Choice> {
  let stale: StandingChoice<Choice> = { kind: 'none' };
  for (const choice of choices.toReversed().filter((one) => one.package === usage.package)) {
    const chosen = parseExpression(choice.chosen).expression;
    const offered = parseExpression(choice.expression).expression;
    if (chosen === undefined || offered === undefined) continue;
    if (formKey(canonicalExpression(offered)) !== formKey(canonicalExpression(declared))) {
      // Another component of the package may have a choice of its own.
      if (stale.kind === 'none' && isOfferedBy(offered, declared)) stale = { kind: 'stale', choice, reason: 'another choice is offered than the one that was decided' };
      continue;
    }
    const reason = whyStale(choice, usage, chosen, declared);
    if (reason === undefined) return { kind: 'holds', choice, expression: chosen, carried: choice.sourceDigest !== usage.sourceDigest };
    if (stale.kind === 'none') stale = { kind: 'stale', choice, reason };
  }
  return stale;
}

function whyStale(choice: LicenseChoice, usage: Chosen, chosen: Expression, declared: Expression): string | undefined {
  const { firstCovers } = compareExpressions({ text: usage.expression, expression: declared }, { text: choice.chosen, expression: chosen });
  if (firstCovers !== true) return `${choice.chosen} is not one of the licenses that are offered`;
  if (choice.sourceDigest === usage.sourceDigest) return undefined;
  return choice.licenseTextDigest !== undefined && choice.licenseTextDigest === usage.licenseTextDigest ? undefined : 'the license text is another than when it was decided';
}

/** The old choice and the new expression have a license in common. */
function isOfferedBy(offered: Expression, declared: Expression): boolean {
  if (declared.kind !== 'or' || offered.kind !== 'or') return false;
  const keys = new Set(offered.operands.map((operand) => formKey(canonicalExpression(operand))));
  return declared.operands.some((operand) => keys.has(formKey(canonicalExpression(operand))));
}
