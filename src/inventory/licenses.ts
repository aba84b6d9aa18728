import { canonicalText } from '../licensing/canonical-expression.ts';
import { isCompound, type Expression } from '../licensing/expression.ts';
import { parseExpression } from '../licensing/parse-expression.ts';
import type { Licenses } from './inventory.ts';

export interface LicenseDecision { concluded?: string; effective?: string }

/**
 * What a recipe declares and a person decided, in canonical form. Without a decision the license as distributed is the
 * declared one, and the effective one only where there is no choice in it.
 */
export function licensesOf(declared: string, files: Licenses['files'], decision: LicenseDecision = {}): Licenses {
  const read = expressionOf(declared);
  const concluded = expressionOf(decision.concluded ?? '') ?? read;
  const chosen = expressionOf(decision.effective ?? '');
  const effective = chosen ?? (concluded !== undefined && !hasChoice(concluded) ? concluded : undefined);
  return {
    ...(read === undefined ? (declared.trim() === '' ? {} : { unreadable: declared }) : { declared: canonicalText(read) }),
    ...(concluded === undefined ? {} : { concluded: canonicalText(concluded), concludedBasis: concluded === read ? 'declared' : 'decision' }),
    ...(effective === undefined ? {} : { effective: canonicalText(effective), effectiveBasis: effective === chosen ? 'decision' : 'no-choice' }),
    files: files.map(({ path, sha256 }) => ({ path, sha256 })),
  };
}

/** Whoever passes the whole on passes each part on: all of them, or nothing where one is not known. */
export function licensesOfContents(parts: readonly Licenses[]): Licenses {
  const texts = parts.map(({ concluded }) => concluded);
  const all = texts.includes(undefined) ? undefined : expressionOf([...new Set(texts)].map((text) => `(${text!})`).join(' AND '));
  return { ...(all === undefined ? {} : { concluded: canonicalText(all), concludedBasis: 'contents' as const }), files: [] };
}

function expressionOf(text: string): Expression | undefined {
  return text.trim() === '' ? undefined : parseExpression(text).expression;
}

function hasChoice(expression: Expression): boolean {
  return isCompound(expression) && (expression.kind === 'or' || expression.operands.some(hasChoice));
}
