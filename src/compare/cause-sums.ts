import type { CauseCode } from '../causes/cause-codes.ts';
import type { Cause } from '../causes/cause.ts';
import { compareText } from '../foundation/order.ts';
import type { Comparison } from './comparison.ts';
import { causesBeside, type ToldComparison } from './told.ts';

export interface CauseSum {
  code: CauseCode;
  /** Differences that have it. */
  count: number;
  /** Of those: by taking it away. */
  proved: number;
  /** Mean share of the differing bytes, 0 to 1. */
  covers: number;
}

/** What caused the differences, the most frequent first, of these what covers most. */
export function causeSums({ changes, layout }: { changes: readonly { causes: readonly Cause[] }[]; layout: Comparison['layout'] }): CauseSum[] {
  const sums = new Map<CauseCode, CauseSum>();
  const add = (code: CauseCode, confidence: number, coverage: number): void => {
    const { count, proved, covers } = sums.get(code) ?? { count: 0, proved: 0, covers: 0 };
    sums.set(code, { code, count: count + 1, proved: proved + (confidence === 1 ? 1 : 0), covers: covers + coverage });
  };
  for (const { causes } of changes) for (const { code, confidence, coverage } of causes) add(code, confidence, coverage);
  for (const { cause } of layout) add(cause, 1, 1);
  return [...sums.values()].map((sum) => ({ ...sum, covers: sum.covers / sum.count })).toSorted((a, b) => b.count - a.count || b.covers - a.covers || compareText(a.code, b.code));
}

/** Of all that was compared: images beside the root have the cause that the record of their package gives. */
export function toldCauses(told: Pick<ToldComparison, 'comparison' | 'images' | 'packages'>): CauseSum[] {
  const { changes, layout } = told.comparison;
  return causeSums({ changes: [...changes, ...causesBeside(told).map(({ cause }) => ({ causes: [cause] }))], layout });
}
