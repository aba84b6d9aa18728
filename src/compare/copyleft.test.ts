import fc from 'fast-check';

import type { Component } from '../inventory/inventory.ts';
import { copyleftGains, copyleftOf } from './copyleft.ts';

type Licensed = Pick<Component, 'scope' | 'licenses'>;
const ships = (declared: string, scope: Component['scope'] = 'ships'): Licensed => ({ scope, licenses: { declared, files: [] } });
const gains = (left: Readonly<Record<string, Licensed>>, right: Readonly<Record<string, Licensed>>): string[] =>
  copyleftGains(new Map(Object.entries(left)), new Map(Object.entries(right))).map(({ package: name, before, after }) => `${name}: ${before} → ${after}`);

describe('what a license asks of those who pass the work on', () => {
  test.each([
    ['MIT', 'none'], ['LGPL-2.1-only', 'weak'], ['GPL-2.0-only', 'strong'], ['AGPL-3.0-only', 'network'], ['GPL-3.0-only WITH GCC-exception-3.1', 'weak'], ['MIT AND GPL-2.0-only', 'strong'],
    ['MIT OR GPL-2.0-only', 'none'], ['(MIT OR AGPL-3.0-only) AND LGPL-2.1-only', 'weak'], ['LicenseRef-of-somebody', 'unknown'], ['MIT OR LicenseRef-of-somebody', 'none'], ['MIT AND LicenseRef-of-somebody', 'unknown'], ['see COPYING', 'unknown'], ['', 'unknown'],
  ])('is told of %j: %s', (license, expected) => { expect(copyleftOf(license)).toBe(expected); });

  test('is never less with one license more', () => {
    const license = fc.constantFrom('MIT', 'LGPL-2.1-only', 'GPL-2.0-only', 'AGPL-3.0-only', 'LicenseRef-x');
    const order = ['none', 'weak', 'strong', 'network', 'unknown'];
    fc.assert(fc.property(fc.array(license, { minLength: 1, maxLength: 6 }), license, fc.constantFrom('AND', 'OR'), (some, more, word) => {
      const [fewer, all] = [some.join(` ${word} `), [...some, more].join(` ${word} `)].map((text) => order.indexOf(copyleftOf(text)));
      expect(word === 'AND' ? all! >= fewer! : all! <= fewer!).toBe(true);
    }));
  });
});

describe('a package brings copyleft into the target', () => {
  test.each<[string, Readonly<Record<string, Licensed>>, Readonly<Record<string, Licensed>>, string[]]>([
    ['that is new', {}, { a: ships('GPL-2.0-only') }, ['a: none → strong']],
    ['beside others that brought it before', { b: ships('GPL-2.0-only') }, { a: ships('GPL-2.0-only'), b: ships('GPL-2.0-only') }, ['a: none → strong']],
    ['whose license changed to more of it', { a: ships('MIT'), b: ships('LGPL-2.1-only') }, { a: ships('LGPL-2.1-only'), b: ships('AGPL-3.0-only') }, ['a: none → weak', 'b: weak → network']],
    ['that begins to ship', { a: ships('GPL-2.0-only', 'build') }, { a: ships('GPL-2.0-only') }, ['a: none → strong']],
    ['whose license nobody can tell any more', { a: ships('GPL-2.0-only') }, { a: ships('see COPYING') }, ['a: strong → unknown']],
    ['whose license nobody could tell before', { a: ships('see COPYING') }, { a: ships('LGPL-2.1-only') }, ['a: unknown → weak']],
    ['that tells no license', {}, { a: { scope: 'ships', licenses: { files: [] } } }, ['a: none → unknown']],
  ])('%s', (_title, left, right, expected) => { expect(gains(left, right)).toEqual(expected); });

  test.each<[string, Readonly<Record<string, Licensed>>, Readonly<Record<string, Licensed>>]>([
    ['that is as it was', { a: ships('GPL-2.0-only') }, { a: ships('GPL-2.0-only') }],
    ['that nobody could tell, under the same words', { a: ships('see COPYING') }, { a: ships('see COPYING') }],
    ['of the same strength', { a: ships('GPL-2.0-only') }, { a: ships('GPL-3.0-only') }],
    ['that is gone', { a: ships('GPL-2.0-only') }, {}],
    ['that became milder', { a: ships('GPL-2.0-only') }, { a: ships('MIT OR GPL-2.0-only') }],
    ['that only builds', {}, { a: ships('GPL-2.0-only', 'build'), b: ships('GPL-2.0-only', 'toolchain') }],
    ['that asks for none', {}, { a: ships('MIT') }],
    ['that was unknown and is none now', { a: ships('see COPYING') }, { a: ships('MIT') }],
  ])('but not one %s', (_title, left, right) => { expect(gains(left, right)).toEqual([]); });
});
