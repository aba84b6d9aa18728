import { BINARY_TIMES } from './binary-times.ts';
import type { Cause } from './comparison.ts';
import { ANY_DATES, DATES, ZONES } from './dates.ts';
import { differingBytes, differingTextBytes } from './differing-bytes.ts';
import { FIELDS } from './fields.ts';
import { KEYS, MODULE_SIGNATURES, RANDOM_IDS } from './id-rules.ts';
import { ANY_ORDER, LOCALE, ORDER } from './order-rules.ts';
import { BANNER_DATES, HOSTS, PATHS } from './places.ts';
import type { BytePair, Rule, RuleContext } from './rule.ts';

/** What can be proved, surest first: a rule only gets what those before it left. */
const PROOFS: readonly Rule[] = [...FIELDS, ZONES, BANNER_DATES, PATHS, HOSTS, DATES, BINARY_TIMES, MODULE_SIGNATURES, KEYS, RANDOM_IDS, LOCALE, ORDER];

/** What is only likely, of what is left then. */
const SUSPICIONS: readonly (readonly [Rule, number])[] = [[ANY_DATES, 0.8], [ANY_ORDER, 0.9]];

export interface UndoneCauses {
  causes: Cause[];
  /** What is left of both. */
  pair: BytePair;
  /** All of the difference is gone, by proofs alone. */
  proved: boolean;
}

/** Takes away cause after cause. Each covers as much as it made the difference smaller by; all are proved where nothing is left. */
export function undoCauses(pair: BytePair, context: RuleContext): UndoneCauses {
  const measure = context.isText ? differingTextBytes : differingBytes;
  const total = Math.max(1, measure(pair.left, pair.right));
  const found: Cause[] = [];
  let rest = pair;
  let left = measure(pair.left, pair.right);
  const take = (rule: Rule, confidence: number): void => {
    const undone = left === 0 ? undefined : rule.undo(rest, context);
    if (undone === undefined) return;
    const after = undone.pair.left.equals(undone.pair.right) ? 0 : Math.max(1, measure(undone.pair.left, undone.pair.right));
    if (after >= left) return;
    found.push({ code: rule.code, confidence, coverage: (left - after) / total, evidence: undone.evidence });
    [rest, left] = [undone.pair, after];
  };
  for (const rule of PROOFS) take(rule, 1);
  const proved = left === 0;
  for (const [rule, confidence] of SUSPICIONS) take(rule, confidence);
  return { causes: mergedByCode(proved ? found : found.map((cause) => ({ ...cause, confidence: Math.min(cause.confidence, 0.9) }))), pair: rest, proved };
}

/** One row a cause, in the order in which they were found. */
export function mergedByCode(causes: readonly Cause[]): Cause[] {
  const rows = new Map<string, Cause>();
  for (const cause of causes) {
    const known = rows.get(cause.code);
    rows.set(cause.code, known === undefined ? cause : {
      code: cause.code, confidence: Math.min(known.confidence, cause.confidence), coverage: Math.min(1, known.coverage + cause.coverage), evidence: [...new Set([...known.evidence, ...cause.evidence])].slice(0, 3),
    });
  }
  return [...rows.values()];
}
