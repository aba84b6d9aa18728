import { compareExpressions } from '../licensing/equalities.ts';
import { parseExpression } from '../licensing/parse-expression.ts';

/**
 * What became of a license expression, the strictest word that holds. `wider`: all that was offered still is, and more.
 * `untold`: one of the two says nothing, or cannot be read.
 */
export type LicenseMeaning = 'same-text' | 'same-form' | 'same-meaning' | 'wider' | 'narrower' | 'other' | 'untold';

export function licenseMeaning(before: string, after: string): LicenseMeaning {
  if (before === after) return 'same-text';
  const [one, other] = [parseExpression(before).expression, parseExpression(after).expression];
  if (one === undefined || other === undefined) return 'untold';
  const { sameForm, sameMeaning, firstCovers, secondCovers } = compareExpressions({ text: before, expression: one }, { text: after, expression: other });
  if (sameForm === undefined) return 'untold';
  if (sameForm) return 'same-form';
  if (sameMeaning === true) return 'same-meaning';
  if (firstCovers === undefined || secondCovers === undefined) return 'untold';
  if (firstCovers === secondCovers) return firstCovers ? 'same-meaning' : 'other';
  return secondCovers ? 'wider' : 'narrower';
}

/** Listed, but nothing that anybody has to act upon. */
export function isHarmless(meaning: LicenseMeaning): boolean {
  return meaning === 'same-text' || meaning === 'same-form' || meaning === 'same-meaning';
}
