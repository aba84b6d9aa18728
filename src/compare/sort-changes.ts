import { compareText } from '../foundation/order.ts';
import { comparePaths } from '../tree/tree.ts';
import type { Change, LayoutDifference } from './comparison.ts';

export function sortChanges(changes: readonly Change[]): Change[] {
  return changes.toSorted((a, b) => compareText(a.place, b.place) || comparePaths(a.path, b.path) || compareText(a.kind, b.kind));
}

export function sortLayout(layout: readonly LayoutDifference[]): LayoutDifference[] {
  return layout.toSorted((a, b) => compareText(a.place, b.place) || compareText(a.key, b.key));
}
