import { changedComponents, type ComponentChange } from './component-changes.ts';
import type { ComparedComponent } from './compared-component.ts';

/** What a reader takes out of any bill of materials; the room `documents` has one. */
export interface ComparedBill {
  /** As the document names it. */
  format: string;
  /** Whose patches it could name. */
  patchesOf: 'all' | 'ships' | 'none';
  components: readonly ComparedComponent[];
}

export interface BillComparison {
  formats: { left: string; right: string };
  counts: { left: number; right: number };
  changes: readonly ComponentChange[];
}

/** Any two bills of materials. What one format has no word for is absent, and is then not told as changed. */
export function billChanges(left: ComparedBill, right: ComparedBill): BillComparison {
  return {
    formats: { left: left.format, right: right.format }, counts: { left: left.components.length, right: right.components.length },
    changes: changedComponents(...inWordsOfBoth(left, right)),
  };
}

/** Of components whose patches one side has no word for, nothing about patches is told. */
function inWordsOfBoth(left: ComparedBill, right: ComparedBill): [ComparedComponent[], ComparedComponent[]] {
  const tells = ({ patchesOf }: ComparedBill, scope: string): boolean => patchesOf === 'all' || (patchesOf === 'ships' && scope === 'ships');
  const within = ({ components }: ComparedBill): ComparedComponent[] => components.map((one) => (tells(left, one.scope) && tells(right, one.scope) ? one : { ...one, patches: [] }));
  return [within(left), within(right)];
}
