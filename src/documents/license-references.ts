import { compareText } from '../foundation/order.ts';
import { leavesOf, printLeaf } from '../licensing/expression.ts';
import { parseExpression } from '../licensing/parse-expression.ts';

/** The names of licenses that are on no list, once each; none for what is no expression. */
export function licenseRefsOf(text: string): string[] {
  const { expression } = parseExpression(text);
  if (expression === undefined) return [];
  return [...new Set(leavesOf(expression).map((leaf) => (leaf.kind === 'with' ? leaf.license : leaf)).filter(({ kind }) => kind === 'license-ref').map(printLeaf))].toSorted(compareText);
}
