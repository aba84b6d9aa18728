import { isCompound, type Expression } from './expression.ts';
import { categoryOf, type LicenseCategory } from './license-category.ts';

/** Their own terms say who may have the source, and under what conditions: nobody reads those here. */
const CLOSED: ReadonlySet<LicenseCategory> = new Set(['proprietary', 'non-commercial', 'restricted', 'unstated']);

/** Whether anybody may pass the source on: of a choice one open license is enough, of a conjunction every part must be open; what nobody knows is not. */
export function mayBePassedOn(expression: Expression, own: Readonly<Record<string, LicenseCategory>> = {}): boolean {
  if (!isCompound(expression)) {
    const category = categoryOf(expression, own);
    return category !== undefined && !CLOSED.has(category);
  }
  return expression.kind === 'or' ? expression.operands.some((operand) => mayBePassedOn(operand, own)) : expression.operands.every((operand) => mayBePassedOn(operand, own));
}
