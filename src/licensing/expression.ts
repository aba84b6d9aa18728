/** Everything that stands in an SPDX license expression (SPDX 3.0.1, annex "SPDX license expressions"), ids in the list's own case. */
export interface License {
  kind: 'license';
  id: string;
  /** Written `id+`: this version or any later one. */
  plus: boolean;
}

/** The prefixes keep their case; names are matched without regard to it. */
export interface LicenseRef { kind: 'license-ref'; document: string | undefined; name: string }

export interface SpecialLicense { kind: 'special'; id: 'NONE' | 'NOASSERTION' }

export interface Exception { kind: 'exception'; id: string }

export interface AdditionRef { kind: 'addition-ref'; document: string | undefined; name: string }

export interface LicenseWith { kind: 'with'; license: License | LicenseRef; addition: Exception | AdditionRef }

/** Two operands or more, in the order of the text. An operand of the same kind stood in parentheses. */
export interface Compound { kind: 'and' | 'or'; operands: readonly Expression[] }

/** What has no operator but WITH in it: all that a choice can be made of. */
export type Leaf = License | LicenseRef | SpecialLicense | LicenseWith;

export type Expression = Leaf | Compound;

export function isCompound(expression: Expression): expression is Compound {
  return expression.kind === 'and' || expression.kind === 'or';
}

/** Reads back as the same value. */
export function printExpression(expression: Expression): string {
  if (!isCompound(expression)) return printLeaf(expression);
  return expression.operands.map((operand) => (needsParentheses(operand, expression) ? `(${printExpression(operand)})` : printExpression(operand)))
    .join(expression.kind === 'and' ? ' AND ' : ' OR ');
}

function needsParentheses(operand: Expression, { kind }: Compound): boolean {
  return operand.kind === 'or' || (operand.kind === 'and' && kind === 'and');
}

export function printLeaf(leaf: Leaf): string {
  switch (leaf.kind) {
    case 'license': return leaf.plus ? `${leaf.id}+` : leaf.id;
    case 'license-ref': return printRef('LicenseRef-', leaf);
    case 'special': return leaf.id;
    case 'with': return `${printLeaf(leaf.license)} WITH ${leaf.addition.kind === 'exception' ? leaf.addition.id : printRef('AdditionRef-', leaf.addition)}`;
  }
}

function printRef(prefix: string, { document, name }: LicenseRef | AdditionRef): string {
  return document === undefined ? `${prefix}${name}` : `DocumentRef-${document}:${prefix}${name}`;
}

/** Every leaf, in the order of the text. */
export function leavesOf(expression: Expression): Leaf[] {
  return isCompound(expression) ? expression.operands.flatMap(leavesOf) : [expression];
}
