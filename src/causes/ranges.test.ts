import fc from 'fast-check';

import { holds, mergedRanges, united, without, type Range } from './ranges.ts';

const SIZE = 40;
const range = fc.tuple(fc.nat(SIZE), fc.integer({ min: 1, max: 8 })).map(([start, length]): Range => ({ start, end: start + length }));
const places = (ranges: readonly Range[]): Set<number> => new Set(ranges.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i)));
/** In order, none over another, as a search for one pattern gives them. */
const apart = fc.array(range, { maxLength: 12 }).map((ranges) => {
  const kept: Range[] = [];
  for (const one of ranges.toSorted((a, b) => a.start - b.start)) if (one.start >= (kept.at(-1)?.end ?? 0)) kept.push(one);
  return kept;
});

it('united ranges have the same places, each in one of them', () => {
  fc.assert(fc.property(fc.array(range, { maxLength: 12 }), (ranges) => {
    const result = united(ranges);
    expect(places(result)).toEqual(places(ranges));
    for (const [i, { start }] of result.entries()) if (i > 0) expect(start).toBeGreaterThan(result[i - 1]!.end);
  }));
});

it('ranges without others have the places that the others have not', () => {
  fc.assert(fc.property(fc.array(range, { maxLength: 12 }), fc.array(range, { maxLength: 12 }), (ranges, others) => {
    const left = places(others);
    expect(places(without(united(ranges), united(others)))).toEqual(new Set([...places(ranges)].filter((place) => !left.has(place)).toSorted((a, b) => a - b)));
  }));
});

it('a range is held where every place of it is', () => {
  fc.assert(fc.property(fc.array(range, { maxLength: 12 }), range, (ranges, one) => {
    const all = places(ranges);
    expect(holds(united(ranges), one)).toBe([...places([one])].every((place) => all.has(place)));
  }));
});

it('of two lists the second gives way, and the order stays', () => {
  fc.assert(fc.property(apart, apart, (first, second) => {
    const taken = places(first);
    const expected = [...first, ...second.filter((one) => [...places([one])].every((place) => !taken.has(place)))].toSorted((a, b) => a.start - b.start);
    expect(mergedRanges(first, second)).toEqual(expected);
  }));
});
