import fc from 'fast-check';

import { namesTag, parseRange } from './byte-range.ts';

describe('a range of bytes', () => {
  it.each([
    ['bytes=0-', { start: 0, end: 10 }], ['bytes=9-9', { start: 9, end: 10 }], ['bytes=5-100', { start: 5, end: 10 }], ['bytes=-3', { start: 7, end: 10 }], ['bytes=-30', { start: 0, end: 10 }],
    ['bytes=10-', 'unsatisfiable'], ['bytes=-0', 'unsatisfiable'], ['bytes=3-2', undefined], ['bytes=0-1,2-3', undefined], ['items=0-1', undefined], ['bytes=-', undefined], [undefined, undefined],
  ])('%s of ten is %j', (header, expected) => {
    expect(parseRange(header, 10)).toEqual(expected);
  });

  it('of nothing has nothing', () => {
    for (const header of ['bytes=0-', 'bytes=-1', 'bytes=0-0']) expect(parseRange(header, 0)).toBe('unsatisfiable');
  });

  it('lies within the whole, whatever is asked', () => {
    let given = 0;
    fc.assert(fc.property(fc.oneof(fc.string(), fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => `bytes=${a}-${b}`)), fc.nat(1000), (header, size) => {
      const range = parseRange(header, size);
      if (range === undefined || range === 'unsatisfiable') return;
      given += 1;
      expect(range.start).toBeGreaterThanOrEqual(0);
      expect(range.start).toBeLessThan(range.end);
      expect(range.end).toBeLessThanOrEqual(size);
    }));
    expect(given).toBeGreaterThan(0);
  });
});

describe('an entity tag', () => {
  it('is found in a list, weak ones only where that is enough', () => {
    expect(namesTag('"a", W/"b"', '"b"', true)).toBe(true);
    expect(namesTag('"a", W/"b"', '"b"', false)).toBe(false);
    expect(namesTag('*', '"b"', true)).toBe(true);
    expect(namesTag('"bb"', '"b"', true)).toBe(false);
    expect(namesTag(undefined, '"b"', true)).toBe(false);
  });
});
