import { BINARY_TIMES } from './binary-times.ts';
import type { Cause } from './comparison.ts';
import { ANY_DATES, DATES, ZONES } from './dates.ts';
import { differingBytes, differingTextBytes } from './differing-bytes.ts';
import { FIELDS } from './fields.ts';
import { KEYS, MODULE_SIGNATURES, RANDOM_IDS } from './id-rules.ts';
import { ANY_ORDER, LOCALE, ORDER } from './order-rules.ts';
import { ANY_JOBS, JOBS, PROCESSORS } from './machine-rules.ts';
import { BANNER_DATES, HOSTS, PATHS } from './places.ts';
import type { BytePair, Rule, RuleContext } from './rule.ts';

/** What can be proved, surest first: a rule only gets what those before it left. */
const PROOFS: readonly Rule[] = [...FIELDS, ZONES, BANNER_DATES, PATHS, HOSTS, DATES, BINARY_TIMES, MODULE_SIGNATURES, KEYS, RANDOM_IDS, JOBS, PROCESSORS, LOCALE, ORDER];

/** What is only likely, of what is left then. */
const SUSPICIONS: readonly (readonly [Rule, number])[] = [[ANY_DATES, 0.8], [ANY_JOBS, 0.7], [ANY_ORDER, 0.9]];

export interface UndoneCauses {
  causes: Cause[];
  /** What is left of both. */
  pair: BytePair;
  /** All of the difference is gone, by proofs alone. */
  proved: boolean;
}

/** Takes away cause after cause. All that were found are proved where nothing is left; what each covers is its share of what went and what is left. */
export function undoCauses(pair: BytePair, context: RuleContext): UndoneCauses {
  const measure = context.isText ? differingTextBytes : differingBytes;
  const found: (Omit<Cause, 'coverage'> & { bytes: number })[] = [];
  let [rest, left] = [pair, measure(pair.left, pair.right)];
  const take = (rule: Rule, confidence: number): void => {
    const undone = left === 0 ? undefined : rule.undo(rest, context);
    if (undone === undefined) return;
    const after = measure(undone.pair.left, undone.pair.right);
    const bytes = undone.bytes ?? left - after;
    if (bytes <= 0) return;
    found.push({ code: rule.code, confidence, evidence: undone.evidence, bytes });
    [rest, left] = [undone.pair, after];
  };
  for (const rule of PROOFS) take(rule, 1);
  const proved = left === 0;
  for (const [rule, confidence] of SUSPICIONS) take(rule, confidence);
  const total = Math.max(1, found.reduce((sum, { bytes }) => sum + bytes, left));
  const causes = found.map(({ bytes, confidence, ...cause }) => ({ ...cause, confidence: proved ? 1 : Math.min(confidence, LIKELY), coverage: bytes / total }));
  return { causes: mergedByCode(causes), pair: rest, proved };
}

/** The most that a cause is worth where it does not explain all. */
const LIKELY = 0.9;

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
