import { canonicalExpression, formKey } from './canonical-expression.ts';
import { leavesOf, printLeaf, type Expression, type Leaf, type LicenseRef } from './expression.ts';
import { rangeOffers, versionRange } from './families.ts';
import { waysToSatisfy, type Way } from './ways-to-satisfy.ts';

/**
 * How much two expressions have in common, from the strictest question to the widest. `undefined`: it cannot be told, because one of them
 * says NOASSERTION or has more ways to be satisfied than are listed. A coarser answer never stands in for a finer one: a recorded
 * choice survives `sameForm`, it need not survive `sameMeaning`.
 */
export interface ExpressionComparison {
  /** The same text, letter by letter. */
  sameText: boolean;
  /** The same canonical form: only case, order, repetition or deprecated ids differ. */
  sameForm: boolean | undefined;
  /** The same sets of licenses satisfy both. */
  sameMeaning: boolean | undefined;
  /** Whatever the second offers, the first offers too: by choice, or by "or any later version". */
  firstCovers: boolean | undefined;
  secondCovers: boolean | undefined;
}

/** The sha256 of the text behind a reference (`LicenseRef-x` as printed); references are the same only with the same text. */
export type ReferenceTexts = (reference: string) => string | undefined;

interface Side { text: string; expression: Expression; texts?: ReferenceTexts }

export function compareExpressions(first: Side, second: Side): ExpressionComparison {
  const one = withTexts(first);
  const other = withTexts(second);
  const known = !saysNothing(one) && !saysNothing(other);
  const sameForm = known ? formKey(canonicalExpression(one)) === formKey(canonicalExpression(other)) : undefined;
  return {
    sameText: first.text === second.text,
    sameForm,
    sameMeaning: !known || sameForm === true ? sameForm : sameMeaning(one, other),
    firstCovers: known ? covers(one, other) : undefined,
    secondCovers: known ? covers(other, one) : undefined,
  };
}

function saysNothing(expression: Expression): boolean {
  return leavesOf(expression).some((leaf) => leaf.kind === 'special' && leaf.id === 'NOASSERTION');
}

/** A reference is what its text says, not what it is called: the digest becomes its name. */
function withTexts({ expression, texts }: Side): Expression {
  if (texts === undefined) return expression;
  const visit = (at: Expression): Expression => {
    switch (at.kind) {
      case 'and': case 'or': return { ...at, operands: at.operands.map(visit) };
      case 'with': return at.license.kind === 'license-ref' ? { ...at, license: byText(at.license, texts) } : at;
      case 'license-ref': return byText(at, texts);
      case 'license': case 'special': return at;
    }
  };
  return visit(expression);
}

function byText(reference: LicenseRef, texts: ReferenceTexts): LicenseRef {
  const digest = texts(printLeaf(reference));
  return digest === undefined ? reference : { ...reference, document: undefined, name: `sha256.${digest}` };
}

function sameMeaning(one: Expression, other: Expression): boolean | undefined {
  const [a, b] = [waysToSatisfy(one), waysToSatisfy(other)];
  if (a.tooMany || b.tooMany) return undefined;
  const text = (ways: readonly Way[]): string => ways.map((way) => way.map(formKey).join(' AND ')).join(' OR ');
  return text(a.ways) === text(b.ways);
}

/** Each way of the second satisfies some way of the first, every license of which is offered by one of the second's. */
function covers(one: Expression, other: Expression): boolean | undefined {
  const [a, b] = [waysToSatisfy(one), waysToSatisfy(other)];
  if (a.tooMany || b.tooMany) return undefined;
  return b.ways.every((chosen) => a.ways.some((way) => way.every((wide) => chosen.some((narrow) => offers(wide, narrow)))));
}

/** Who holds the first license may act under the second. Exceptions are taken as they are: none stands in for another. */
export function offers(wide: Leaf, narrow: Leaf): boolean {
  if (formKey(wide) === formKey(narrow)) return true;
  if (wide.kind === 'with' && narrow.kind === 'with') {
    return formKey({ ...wide, license: narrow.license }) === formKey(narrow) && offers(wide.license, narrow.license);
  }
  if (wide.kind !== 'license' || narrow.kind !== 'license') return false;
  const [from, to] = [versionRange(wide.id, wide.plus), versionRange(narrow.id, narrow.plus)];
  return from !== undefined && to !== undefined && rangeOffers(from, to);
}
