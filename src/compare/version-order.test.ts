import fc from 'fast-check';

import { schemeOf, versionOrder, type VersionOrder, type VersionScheme } from './version-order.ts';

const INVERSE: Readonly<Record<VersionOrder, VersionOrder>> = { same: 'same', up: 'down', down: 'up', unorderable: 'unorderable' };

describe('which of two versions is the later', () => {
  test.each<[string, string, VersionOrder, VersionScheme?]>([
    ['1.2.13', '1.3', 'up'], ['1.9', '1.10', 'up'], ['1.2', '1.2.1', 'up'], ['2022.83', '2024.85', 'up'], ['3.0.20', '3.0.3', 'down'], ['v1.0', '1.1', 'up'], ['release-1.0', 'v2', 'up'],
    ['1.0-rc1', '1.0', 'up'], ['1.0', '1.1-rc1', 'up'], ['1.0rc2', '1.0rc10', 'up'], ['1.0-alpha', '1.0-beta', 'up'], ['1.0b1', '1.0', 'up'], ['1.0a1', '1.0b1', 'up'], ['6.1-rc8', '6.1', 'up'], ['1.0-dev', '1.0-alpha1', 'up'],
    ['1.0.2', '1.0.2k', 'up'], ['1.0.2k', '1.0.2u', 'up'], ['1.0.2u', '1.0.3', 'up'], ['9.3', '9.3p1', 'up'], ['9.3p1', '9.3p2', 'up'], ['2023c', '2024a', 'up'], ['1.0', '1.0-r1', 'up'],
    ['20230101', '20240101', 'up'], ['2023-12-10', '2024-01-05', 'up'], ['20231210', '2024.1.5', 'up'], ['20240101', '1.0', 'unorderable'], ['2022.83', '1.0', 'unorderable'],
    ['1.0-14-gdeadbee', '1.0-15-gabcdef1', 'up'], ['1.0-14-gdeadbee', '1.0-14-gabcdef1', 'unorderable'], ['deadbeef', '1.0', 'unorderable'], ['a'.repeat(40), 'b'.repeat(40), 'unorderable'],
    ['1.0-foo', '1.0-bar', 'unorderable'], ['1.0', '1.0-custom', 'unorderable'], ['1.0-foo1', '1.0-foo2', 'up'], ['1.0', '1.00', 'unorderable'], ['', '1.0', 'unorderable'], ['1'.repeat(300), '2'.repeat(300), 'unorderable'],
    ['9'.repeat(30), `1${'0'.repeat(30)}`, 'up'], ['1.0', '1.0', 'same'],
    ['1.0.0-alpha', '1.0.0-alpha.1', 'up', 'semver'], ['1.0.0-alpha.1', '1.0.0-alpha.beta', 'up', 'semver'], ['1.0.0-beta.2', '1.0.0-beta.11', 'up', 'semver'], ['1.0.0-rc.1', '1.0.0', 'up', 'semver'], ['1.0.0+a', '1.0.0+b', 'unorderable', 'semver'], ['1.0.0-1', '1.0.0', 'up', 'semver'],
    ['1.0~rc1-1', '1.0-1', 'up', 'debian'], ['1:0.9-1', '2.0-1', 'down', 'debian'], ['1.0-1', '1.0-1+deb12u1', 'up', 'debian'], ['1.2.13.dfsg-1', '1.2.13-1', 'down', 'debian'], ['2.9-1', '2.10-1', 'up', 'debian'], ['1.0-1', '1.0-01', 'unorderable', 'debian'],
  ])('%s against %s is %s', (before, after, order, scheme = 'generic') => {
    expect(versionOrder(before, after, scheme)).toBe(order);
    expect(versionOrder(after, before, scheme)).toBe(INVERSE[order]);
  });

  test('is the opposite the other way round, whatever the versions are', () => {
    const word = fc.constantFrom('0', '1', '2', '10', '2024', '20240131', 'a', 'b', 'rc', 'alpha', 'p', 'foo', '.', '-', '~', '+', 'v', 'deadbee', ':');
    const version = fc.array(word, { maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(fc.property(version, version, fc.constantFrom<VersionScheme>('generic', 'semver', 'debian'), (a, b, scheme) => {
      expect(versionOrder(b, a, scheme)).toBe(INVERSE[versionOrder(a, b, scheme)]);
    }), { numRuns: 2000 });
  });

  test('goes by the rules of the package URL\'s type', () => {
    expect([schemeOf('pkg:npm/a@1'), schemeOf('pkg:deb/debian/a@1'), schemeOf('pkg:generic/a@1'), schemeOf(undefined)]).toEqual(['semver', 'debian', 'generic', 'generic']);
  });
});
