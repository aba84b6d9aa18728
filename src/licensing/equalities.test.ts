import fc from 'fast-check';

import { expression, smallExpression } from '../../tests/support/expressions.ts';
import { compareExpressions, type ExpressionComparison } from './equalities.ts';
import { isCompound, leavesOf, printExpression, printLeaf, type Expression } from './expression.ts';
import { waysToSatisfy } from './ways-to-satisfy.ts';

const side = (text: string): { text: string; expression: Expression } => ({ text, expression: expression(text) });
const compared = (one: string, other: string): ExpressionComparison => compareExpressions(side(one), side(other));
const ofValues = (one: Expression, other: Expression): ExpressionComparison =>
  compareExpressions({ text: printExpression(one), expression: one }, { text: printExpression(other), expression: other });
const ways = (text: string): string[] | undefined => waysToSatisfy(expression(text)).ways?.map((way) => way.map(printLeaf).join(' + '));

describe('four questions about two expressions', () => {
  it.each<[string, string, string]>([
    ['MIT', 'MIT', 'text form meaning covers covered'],
    ['mit', 'MIT', 'form meaning covers covered'],
    ['MIT AND ISC', 'ISC AND MIT', 'form meaning covers covered'],
    ['GPL-2.0+', 'GPL-2.0-or-later', 'form meaning covers covered'],
    ['(MIT OR GPL-2.0-only) AND MIT', 'MIT', 'meaning covers covered'],
    ['MIT AND (ISC OR Zlib)', 'MIT AND ISC OR MIT AND Zlib', 'meaning covers covered'],
    ['GPL-2.0-or-later', 'GPL-2.0-only', 'covers'],
    ['GPL-2.0-or-later', 'GPL-3.0-or-later', 'covers'],
    ['GPL-2.0-or-later', 'GPL-3.0-only', 'covers'],
    ['GPL-3.0-or-later', 'GPL-2.0-only', ''],
    ['LGPL-2.1-or-later', 'GPL-2.0-only', ''],
    ['Apache-1.1+', 'Apache-2.0', 'covers'],
    ['MIT OR ISC', 'MIT', 'covers'],
    ['MIT', 'MIT AND ISC', 'covers'],
    ['GPL-2.0-or-later WITH GCC-exception-2.0', 'GPL-2.0-only WITH GCC-exception-2.0', 'covers'],
    ['GPL-2.0-only WITH GCC-exception-2.0', 'GPL-2.0-only', ''],
    ['AGPL-1.0-or-later', 'AGPL-3.0-only', ''],
    ['CC-BY-3.0', 'CC-BY-SA-3.0', ''],
  ])('%s | %s: %s', (one, other, answers) => {
    const { sameText, sameForm, sameMeaning, firstCovers, secondCovers } = compared(one, other);
    const yes = Object.entries({ text: sameText, form: sameForm, meaning: sameMeaning, covers: firstCovers, covered: secondCovers }).filter(([, answer]) => answer).map(([name]) => name);
    expect(yes.join(' ')).toBe(answers);
  });

  it('are not answered where one of them asserts nothing', () => {
    expect(compared('NOASSERTION', 'NOASSERTION')).toEqual({ sameText: true, sameForm: undefined, sameMeaning: undefined, firstCovers: undefined, secondCovers: undefined });
  });

  it('take a reference by its text, not by its name', () => {
    const texts = (digest: string) => (): string => digest;
    const one = side('LicenseRef-a');
    const other = side('LicenseRef-b');
    expect(compareExpressions({ ...one, texts: texts('11') }, { ...other, texts: texts('11') }).sameForm).toBe(true);
    expect(compareExpressions({ ...one, texts: texts('11') }, { ...one, texts: texts('22') }).sameForm).toBe(false);
  });

  it('answer ever wider: what has the same form means the same, what means the same covers', () => {
    fc.assert(fc.property(smallExpression, smallExpression, (one, other) => {
      const { sameForm, sameMeaning, firstCovers, secondCovers } = ofValues(one, other);
      if (sameForm === true) expect(sameMeaning).toBe(true);
      if (sameMeaning === true) expect([firstCovers, secondCovers]).toEqual([true, true]);
    }), { numRuns: 300 });
  });
});

/** Whether the licenses that a row marks as accepted satisfy the expression. */
function satisfied(at: Expression, accepted: ReadonlySet<string>): boolean {
  if (!isCompound(at)) return accepted.has(printLeaf(at));
  return at.kind === 'and' ? at.operands.every((operand) => satisfied(operand, accepted)) : at.operands.some((operand) => satisfied(operand, accepted));
}

function truthTable(at: Expression, atoms: readonly string[]): string {
  return Array.from({ length: 2 ** atoms.length }, (_, row) => (satisfied(at, new Set(atoms.filter((_atom, bit) => (row & (1 << bit)) !== 0))) ? '1' : '0')).join('');
}

describe('meaning', () => {
  it('is the truth table', () => {
    fc.assert(fc.property(smallExpression, smallExpression, (one, other) => {
      const atoms = [...new Set([one, other].flatMap(leavesOf).map(printLeaf))].toSorted();
      expect(ofValues(one, other).sameMeaning).toBe(truthTable(one, atoms) === truthTable(other, atoms));
    }), { numRuns: 500 });
  });

  it('stays when an operand is absorbed, distributed or repeated', () => {
    fc.assert(fc.property(smallExpression, smallExpression, smallExpression, (a, b, c) => {
      const and = (...operands: Expression[]): Expression => ({ kind: 'and', operands });
      const or = (...operands: Expression[]): Expression => ({ kind: 'or', operands });
      expect(ofValues(and(a, or(a, b)), a).sameMeaning).toBe(true);
      expect(ofValues(and(a, or(b, c)), or(and(a, b), and(a, c))).sameMeaning).toBe(true);
      expect(ofValues(or(a, a, b), or(b, a)).sameMeaning).toBe(true);
    }), { numRuns: 200 });
  });
});

describe('the smallest sets that satisfy', () => {
  it('are listed without those that hold another', () => {
    expect(ways('MIT AND (ISC OR Zlib)')).toEqual(['ISC + MIT', 'MIT + Zlib']);
    expect(ways('MIT OR (MIT AND ISC)')).toEqual(['MIT']);
    expect(ways('NOASSERTION')).toEqual(['NOASSERTION']);
  });

  it('are given up where there are too many, and nothing is concluded then', () => {
    const wide = (count: number): string => Array.from({ length: count }, (_, i) => `(LicenseRef-${i} OR LicenseRef-x${i})`).join(' AND ');
    expect(ways(wide(10))?.length).toBe(1024);
    expect(waysToSatisfy(expression(wide(11)))).toEqual({ ways: undefined, tooMany: true });
    expect(waysToSatisfy(expression(wide(300)))).toEqual({ ways: undefined, tooMany: true });
    expect(compared(wide(11), 'MIT')).toMatchObject({ sameMeaning: undefined, firstCovers: undefined, secondCovers: undefined });
  });
});
