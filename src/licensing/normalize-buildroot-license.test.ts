import fc from 'fast-check';

import { normalizeBuildrootLicense } from './normalize-buildroot-license.ts';
import { parseExpression } from './parse-expression.ts';
import terms from './buildroot-terms.json' with { type: 'json' };

const read = (text: string, packageName?: string): string => {
  const { expression, complete, findings } = normalizeBuildrootLicense(text, packageName);
  return [expression, ...(complete ? [] : ['incomplete']), ...findings.map(({ rule }) => rule)].join(' | ');
};

describe('a license string of a Buildroot package', () => {
  it.each([
    ['GPL-2.0', 'GPL-2.0-only'],
    ['GPL-2.0+', 'GPL-2.0-or-later'],
    ['GPL-2.0+, MIT', 'GPL-2.0-or-later AND MIT'],
    ['GPL-2.0 or BSD-3-Clause', 'BSD-3-Clause OR GPL-2.0-only'],
    ['MIT, GPL-2.0 or BSD-3-Clause', '(BSD-3-Clause OR GPL-2.0-only) AND MIT'],
    ['MIT and ISC or Zlib', 'ISC AND MIT OR Zlib'],
    ['MIT OR ISC', 'ISC OR MIT'],
    ['GPL-2.0 with Linux-syscall-note or BSD-3-Clause', 'BSD-3-Clause OR GPL-2.0-only WITH Linux-syscall-note'],
    ['(MIT and ISC) or Zlib', 'ISC AND MIT OR Zlib'],
    ['GPL-2.0; MIT', 'GPL-2.0-only AND MIT'],
    ['GPL-2.0, MIT, ', 'GPL-2.0-only AND MIT'],
    ['MIT (main) / GPL-2.0+ (extension)', 'GPL-2.0-or-later AND MIT'],
    ['MIT ISC', 'ISC AND MIT | comma-missing'],
    ['GPL-2.0+ with OpenSSL exception', 'GPL-2.0-or-later | exception-not-named'],
    ['MIT or Some EULA', 'MIT | unknown | alternative-left-out'],
    ['MIT, vendored dependencies licenses probably not listed', 'MIT | incomplete | more-applies'],
    ['others', 'NOASSERTION | incomplete | more-applies'],
    ['$(OTHER_LICENSE), MIT', 'NOASSERTION | variable'],
    ['MIT, Some EULA', 'NOASSERTION | unknown'],
    ['BSD', 'NOASSERTION | family'],
    ['unknown', 'NOASSERTION | unknown'],
    ['MIT (a', 'NOASSERTION | parentheses'],
    ['', 'NOASSERTION | unknown'],
    ['NOASSERTION', 'NOASSERTION | unknown'],
  ])('%j is %s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it('keeps the component that each license is for', () => {
    expect(normalizeBuildrootLicense('LGPL-2.1+ (library, headers), GPL-2.0+ (tools (host)) MIT, ISC or MIT (tests)').scopes).toEqual([
      { scope: 'library, headers', expression: 'LGPL-2.1-or-later' },
      { scope: 'tools (host)', expression: 'GPL-2.0-or-later' },
      { scope: undefined, expression: 'MIT' },
      { scope: 'tests', expression: 'ISC OR MIT' },
    ]);
  });

  it('means what its package means where the words alone do not say', () => {
    expect(read('Artistic or GPL-1.0+')).toBe('GPL-1.0-or-later | family | alternative-left-out');
    expect(read('Artistic or GPL-1.0+', 'perl-http-date')).toBe('Artistic-1.0-Perl OR GPL-1.0-or-later | curated');
  });

  it('suggests the id that was probably meant, and does not take it', () => {
    expect(normalizeBuildrootLicense('Apache-2').findings).toEqual([expect.objectContaining({ rule: 'unknown', suggestion: 'Apache-2.0' })]);
  });

  it('is answered, whatever it holds, by a valid expression', () => {
    const words = fc.constantFrom('MIT', 'GPL-2.0+', 'or', 'and', 'with', '(', ')', ',', ';', '/', 'exception', 'NONE', '$(X)', 'BSD');
    fc.assert(fc.property(fc.oneof(fc.array(words, { maxLength: 12 }).map((parts) => parts.join(' ')), fc.string()), (text) => {
      const { expression, scopes, findings } = normalizeBuildrootLicense(text);
      for (const one of [expression, ...scopes.map((scope) => scope.expression)]) expect(parseExpression(one).problems).toEqual([]);
      if (expression === 'NOASSERTION') expect(findings).not.toEqual([]);
    }), { numRuns: 300 });
    expect(normalizeBuildrootLicense(`${'('.repeat(4000)}MIT${')'.repeat(4000)}`).findings).toEqual([expect.objectContaining({ rule: 'parentheses' })]);
    expect(normalizeBuildrootLicense('MIT or '.repeat(5000)).expression).toBe('NOASSERTION');
  });
});

describe('the table of words', () => {
  it('has each phrase once for a package, in lower case, with a reason and an expression that can be read', () => {
    const keys = terms.map(({ phrase, packages }) => JSON.stringify([phrase, packages ?? []]));
    expect(new Set(keys).size).toBe(keys.length);
    for (const { phrase, expression, reason } of terms) {
      expect(phrase).toBe(phrase.toLowerCase().replaceAll(/\s+/g, ' ').trim());
      expect(reason.length).toBeGreaterThan(5);
      expect(expression === '' ? [] : parseExpression(expression).problems).toEqual([]);
    }
  });

  it('says what is lacking wherever it has no expression of the SPDX list', () => {
    expect(terms.filter(({ expression, lacks }) => lacks === undefined && !/^(?!NOASSERTION|.*LicenseRef).+/.test(expression))).toEqual([]);
  });
});
