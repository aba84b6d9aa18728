import fc from 'fast-check';

import { anyExpression, expression } from '../../tests/support/expressions.ts';
import { canonicalExpression, canonicalText, formKey } from './canonical-expression.ts';
import { printExpression } from './expression.ts';
import { LICENSE_LIST } from './license-list.ts';
import { expressionOf, parseExpression } from './parse-expression.ts';

const problemsOf = (text: string): unknown[] => parseExpression(text).problems.map(({ rule, at, length, suggestion }) => [rule, at, length, ...(suggestion === undefined ? [] : [suggestion])]);

describe('an expression of SPDX 3.0.1', () => {
  it('is read with AND before OR and WITH before both', () => {
    expect(expression('LGPL-2.1-only OR BSD-3-Clause AND GPL-2.0-only WITH Classpath-exception-2.0')).toEqual({
      kind: 'or', operands: [
        { kind: 'license', id: 'LGPL-2.1-only', plus: false },
        { kind: 'and', operands: [
          { kind: 'license', id: 'BSD-3-Clause', plus: false },
          { kind: 'with', license: { kind: 'license', id: 'GPL-2.0-only', plus: false }, addition: { kind: 'exception', id: 'Classpath-exception-2.0' } },
        ] },
      ],
    });
  });

  it.each([
    ['mit', 'MIT'], ['APACHE-2.0', 'Apache-2.0'], ['(MIT)', 'MIT'], ['((MIT) or (ISC))', 'MIT OR ISC'], [' MIT\tand  ISC\n', 'MIT AND ISC'],
    ['CDDL-1.0+', 'CDDL-1.0+'], ['cddl-1.0+', 'CDDL-1.0+'], ['GPL-2.0+', 'GPL-2.0+'], ['agpl-3.0+', 'AGPL-3.0+'],
    ['LicenseRef-23', 'LicenseRef-23'], ['DocumentRef-spdx-tool-1.2:LicenseRef-MIT-Style-2', 'DocumentRef-spdx-tool-1.2:LicenseRef-MIT-Style-2'],
    ['MIT WITH AdditionRef-x', 'MIT WITH AdditionRef-x'], ['MIT with DocumentRef-d:AdditionRef-x', 'MIT WITH DocumentRef-d:AdditionRef-x'],
    ['NONE', 'NONE'], ['noassertion', 'NOASSERTION'], ['MIT AND NOASSERTION', 'MIT AND NOASSERTION'],
    ['GPL-2.0-only WITH pcre2-exception', 'GPL-2.0-only WITH PCRE2-exception'], ['(MIT OR ISC) AND Zlib', '(MIT OR ISC) AND Zlib'], ['MIT AND (ISC AND Zlib)', 'MIT AND (ISC AND Zlib)'],
  ])('%j is read and printed as %j', (text, printed) => {
    expect(printExpression(expression(text))).toBe(printed);
  });

  it.each<[string, unknown[]]>([
    ['', [['empty', 0, 0]]],
    ['  ', [['empty', 0, 2]]],
    ['MIT OR', [['expected-license', 6, 0]]],
    ['OR MIT', [['expected-license', 0, 2]]],
    ['MIT AND OR ISC', [['expected-license', 8, 2]]],
    ['MIT ISC', [['expected-operator', 4, 3]]],
    ['MIT And ISC', [['operator-case', 4, 3, 'AND']]],
    ['(MIT)AND ISC', [['operator-space', 5, 3]]],
    ['MIT AND(ISC)', [['operator-space', 4, 3]]],
    ['(MIT', [['parentheses', 0, 1]]],
    ['MIT)', [['parentheses', 3, 1]]],
    ['()', [['expected-license', 1, 1]]],
    ['MIT\nAND ISC', [['line-break', 3, 1]]],
    ['GPL-2.0 +', [['expected-operator', 8, 1]]],
    ['Apache2', [['unknown-license', 0, 7]]],
    ['Apache-2', [['unknown-license', 0, 8, 'Apache-2.0']]],
    ['GPL-2.0-onlyy OR MITT', [['unknown-license', 0, 13, 'GPL-2.0-only'], ['unknown-license', 17, 4, 'MIT']]],
    ['GPL-2.0-only WITH Classpath-exception', [['unknown-exception', 18, 19, 'Classpath-exception-2.0']]],
    ['Classpath-exception-2.0', [['misplaced-exception', 0, 23]]],
    ['MIT WITH ISC', [['unknown-exception', 9, 3]]],
    ['MIT WITH', [['expected-addition', 8, 0]]],
    ['(MIT OR ISC) WITH GCC-exception-3.1', [['with-on-compound', 13, 4]]],
    ['licenseref-x', [['reference-form', 0, 12]]],
    ['LicenseRef-a+', [['reference-form', 0, 13]]],
    ['LicenseRef-a_b', [['reference-form', 0, 14]]],
    ['AdditionRef-a', [['reference-form', 0, 13]]],
    ['MIT OR NOASSERTION', [['special-combined', 7, 11]]],
    ['NONE WITH GCC-exception-3.1', [['special-combined', 0, 4]]],
    ['MIT, ISC', [['unknown-license', 0, 4, 'MIT'], ['expected-operator', 5, 3]]],
  ])('%j is refused, with the place', (text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  it('of a hostile size is refused before it is read', () => {
    expect(problemsOf(`${'MIT OR '.repeat(3000)}MIT`)).toEqual([['too-long', 16_384, 4619]]);
    expect(problemsOf(`${'('.repeat(65)}MIT${')'.repeat(65)}`)).toEqual([['too-deep', 64, 1]]);
    expect(problemsOf('('.repeat(16_000))[0]).toEqual(['too-deep', 64, 1]);
  });

  it('keeps names of an object\'s own out of the list', () => {
    expect(['constructor', '__proto__', 'toString'].map((word) => parseExpression(word).problems[0]?.rule)).toEqual(['unknown-license', 'unknown-license', 'unknown-license']);
  });

  it('is named with its place where one is required', () => {
    expect(() => expressionOf('Apache-2', 'recipe.yaml:6')).toThrow(expect.objectContaining({ code: 'LICENSING.BAD_EXPRESSION', hint: 'Did you mean `Apache-2.0`?', place: 'recipe.yaml:6' }));
  });
});

describe('every expression', () => {
  it('reads back from its own print', () => {
    fc.assert(fc.property(anyExpression, (value) => {
      expect(parseExpression(printExpression(value)).expression).toEqual(value);
    }), { numRuns: 500 });
  });

  it('has one canonical form, which is its own, whatever the order, case and parentheses', () => {
    fc.assert(fc.property(anyExpression, (value) => {
      const canonical = canonicalExpression(value);
      expect(canonicalExpression(canonical)).toEqual(canonical);
      const text = printExpression(canonical);
      expect(canonicalText(expression(text))).toBe(text);
      if ('operands' in value) expect(formKey(canonicalExpression({ ...value, operands: value.operands.toReversed() }))).toBe(formKey(canonical));
    }), { numRuns: 500 });
  });

  it('or any other text gets an answer, not a crash', () => {
    const words = fc.constantFrom('MIT', 'AND', 'or', 'With', '(', ')', '+', ' ', 'LicenseRef-', 'NONE', 'GCC-exception-3.1', ',', '\u0000', 'é');
    fc.assert(fc.property(fc.array(fc.oneof(words, fc.string()), { maxLength: 20 }), (parts) => {
      const text = parts.join(' ');
      const { expression: parsed, problems } = parseExpression(text);
      expect(parsed === undefined).toBe(problems.length > 0);
      for (const { at, length } of problems) expect(at >= 0 && length >= 0 && at + length <= text.length).toBe(true);
    }), { numRuns: 1000 });
  });
});

describe('the canonical form', () => {
  it.each([
    ['GPL-2.0', 'GPL-2.0-only'], ['GPL-2.0+', 'GPL-2.0-or-later'], ['GPL-2.0-only+', 'GPL-2.0-or-later'], ['GPL-2.0-or-later+', 'GPL-2.0-or-later'],
    ['AGPL-3.0+', 'AGPL-3.0-or-later'], ['GFDL-1.3+', 'GFDL-1.3-or-later'], ['Apache-2.0+', 'Apache-2.0+'],
    ['GPL-3.0-with-GCC-exception', 'GPL-3.0-only WITH GCC-exception-3.1'], ['wxWindows', 'LGPL-2.0-or-later WITH WxWindows-exception-3.1'],
    ['GPL-2.0+ WITH Classpath-exception-2.0', 'GPL-2.0-or-later WITH Classpath-exception-2.0'],
    ['ISC AND (MIT AND ISC)', 'ISC AND MIT'], ['MIT OR MIT', 'MIT'], ['Zlib OR (MIT AND ISC)', 'ISC AND MIT OR Zlib'], ['LicenseRef-A OR LicenseRef-a', 'LicenseRef-A'], ['LicenseRef-b AND LicenseRef-A', 'LicenseRef-A AND LicenseRef-b'],
  ])('of %j is %j', (text, canonical) => {
    expect(canonicalText(expression(text))).toBe(canonical);
  });

  it('has no deprecated id but those without a successor', () => {
    const left = LICENSE_LIST.licenseIds.map((id) => canonicalText(expression(id))).flatMap((text) => text.split(' '))
      .filter((id) => LICENSE_LIST.license(id)?.deprecated === true);
    expect(left).toEqual(['Net-SNMP']);
  });
});
