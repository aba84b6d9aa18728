import { closest, distance } from 'fastest-levenshtein';

/** Why a text is no license expression. */
export interface ExpressionProblem {
  rule:
    | 'empty' | 'too-long' | 'too-deep' | 'line-break' | 'expected-license' | 'expected-operator' | 'expected-addition' | 'operator-case' | 'operator-space'
    | 'parentheses' | 'unknown-license' | 'unknown-exception' | 'misplaced-exception' | 'reference-form' | 'special-combined' | 'with-on-compound';
  /** Offset into the text in UTF-16 units, from 0. */
  at: number;
  length: number;
  message: string;
  /** What was probably meant, ready to be written. */
  suggestion?: string;
}

const LOWERED = new WeakMap<readonly string[], string[]>();

/** The id that was probably meant; hostile length is not compared. */
export function closestId(wrong: string, ids: readonly string[]): string | undefined {
  if (wrong.length > 64 || ids.length === 0) return undefined;
  const lower = wrong.toLowerCase();
  const lowered = LOWERED.get(ids) ?? ids.map((id) => id.toLowerCase());
  LOWERED.set(ids, lowered);
  const best = closest(lower, lowered);
  return distance(lower, best) <= (wrong.length < 4 ? 1 : Math.max(2, Math.floor(wrong.length / 4))) ? ids[lowered.indexOf(best)] : undefined;
}

/** Hostile text, quoted and clipped. */
export function quotedWord(word: string): string {
  return JSON.stringify(word.length <= 64 ? word : `${word.slice(0, 64)}…`);
}
