import fc from 'fast-check';

import { ownerAmong, packPaths } from './owned-paths.ts';

/** Few different bytes, so that paths share much; some that are no UTF-8. */
const bytes = fc.string({ unit: fc.constantFrom('a', 'b', '/', '-', '\u00ff', '\u0080', '\u0001'), maxLength: 12 });

describe('owners of many paths', () => {
  test('are those of each path, and of no other', () => {
    fc.assert(fc.property(fc.array(fc.tuple(bytes, fc.constantFrom('one', 'two', 'three')), { maxLength: 200 }), fc.array(bytes, { maxLength: 50 }), (owned, others) => {
      const owners = new Map(owned);
      const packed = packPaths(owners);
      const asked = [...owners.keys(), ...others, ...others.map((other) => `${owned[0]?.[0] ?? ''}${other}`)];
      expect(asked.map((path) => ownerAmong(packed, path))).toEqual(asked.map((path) => owners.get(path)));
    }));
  });

  test('are the same whatever order the paths are given in', () => {
    fc.assert(fc.property(fc.uniqueArray(bytes, { maxLength: 100 }), (paths) => {
      const owned = paths.map((path): [string, string] => [path, `owner ${path.length % 3}`]);
      expect(packPaths(new Map(owned.toReversed()))).toEqual(packPaths(new Map(owned)));
    }));
  });

  test('take little for paths that lie beside each other', () => {
    const paths = Array.from({ length: 64 }, (_, n) => `usr/share/package/text-${n + 10}.txt`);
    const packed = packPaths(new Map(paths.map((path) => [path, 'package'])));
    expect([packed.shared.filter((length) => length === 0).length, packed.rests.filter((rest) => rest.length > 6).length]).toEqual([2, 2]);
  });
});
