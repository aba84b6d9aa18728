import { compareText } from '../foundation/order.ts';
import { DEPRECATED_EXCEPTIONS, DEPRECATED_IDS } from './deprecated-ids.ts';
import { isCompound, printExpression, printLeaf, type Expression, type Leaf, type License, type LicenseWith } from './expression.ts';
import { LICENSE_LIST } from './license-list.ts';
import { parseExpression } from './parse-expression.ts';

/**
 * The one form of an expression: deprecated ids replaced, operands of one operator flat, once each, in the order of their text. Says the same
 * as before, word for word of law; what only logic says (absorption, distribution) is left alone. References keep the case of their names,
 * which does not count: compare with `formKey`.
 */
export function canonicalExpression(expression: Expression): Expression {
  if (!isCompound(expression)) return canonicalLeaf(expression);
  const { kind } = expression;
  const flat = expression.operands.map(canonicalExpression).flatMap((operand) => (operand.kind === kind ? operand.operands : [operand]));
  const byText = new Map(flat.toReversed().map((operand) => [formKey(operand), operand]));
  const operands = [...byText].toSorted(([a], [b]) => compareText(a, b)).map(([, operand]) => operand);
  return operands.length === 1 ? operands[0]! : { kind, operands };
}

export function canonicalText(expression: Expression): string {
  return printExpression(canonicalExpression(expression));
}

/** Equal for two canonical expressions exactly when they have the same form. */
export function formKey(canonical: Expression): string {
  if (isCompound(canonical)) return canonical.operands.map((operand) => (isCompound(operand) ? `(${formKey(operand)})` : formKey(operand))).join(canonical.kind === 'and' ? ' AND ' : ' OR ');
  return /Ref-/.test(printLeaf(canonical)) ? printLeaf(canonical).replaceAll(/\S*Ref-\S+/g, (reference) => reference.toLowerCase()) : printLeaf(canonical);
}

function canonicalLeaf(leaf: Leaf): Leaf {
  if (leaf.kind === 'license') return canonicalLicense(leaf);
  return leaf.kind === 'with' ? canonicalWith(leaf) : leaf;
}

/** `+` on an id that has `-or-later` beside it becomes that id. */
function canonicalLicense({ id, plus }: License): License | LicenseWith {
  const { by = id } = DEPRECATED_IDS.get(id) ?? {};
  if (by.includes(' ')) return plus ? { kind: 'license', id, plus } : withOf(by);
  if (!plus) return { kind: 'license', id: by, plus };
  const bare = by.replace(/-(only|or-later)$/, '');
  return LICENSE_LIST.license(`${bare}-or-later`) === undefined ? { kind: 'license', id: by, plus } : { kind: 'license', id: `${bare}-or-later`, plus: false };
}

const WITHS = new Map<string, LicenseWith>();

function withOf(text: string): LicenseWith {
  const known = WITHS.get(text);
  if (known !== undefined) return known;
  const { expression } = parseExpression(text);
  const made = expression as LicenseWith;
  WITHS.set(text, made);
  return made;
}

function canonicalWith({ license, addition }: LicenseWith): LicenseWith {
  const canonical = canonicalLeaf(license);
  const current = addition.kind === 'exception' ? { ...addition, id: DEPRECATED_EXCEPTIONS.get(addition.id) ?? addition.id } : addition;
  return { kind: 'with', license: canonical.kind === 'license' ? canonical : license, addition: current };
}
