import fc from 'fast-check';

import type { Range } from './ranges.ts';
import { differingWindows, eachDifference, TO_NUL, windowText } from './windows.ts';

/** Two byte strings of one length, with runs of NUL, that differ here and there. */
const pairs = fc.tuple(fc.array(fc.constantFrom('a', 'b', '\0', 'text\0', 'x'.repeat(300), '\0'.repeat(5000)), { maxLength: 30 }), fc.array(fc.nat(20_000), { maxLength: 6 })).map(([pieces, places]) => {
  const left = Buffer.from(pieces.join(''), 'latin1');
  const right = Buffer.from(left);
  for (const place of places) if (left.length > 0) right[place % left.length]! ^= 0x20;
  return { left, right };
});
const placesOf = (a: Buffer, b: Buffer): number[] => [...a.keys()].filter((i) => a[i] !== b[i]);

describe('where two contents of one length differ', () => {
  it('is every place, in order, and no other', () => {
    fc.assert(fc.property(pairs, ({ left, right }) => {
      const found: number[] = [];
      eachDifference(left, right, (at) => { found.push(at); return at + 1; });
      expect(found).toEqual(placesOf(left, right));
    }));
  });

  it('is looked at no further once it is enough', () => {
    const found: number[] = [];
    eachDifference(Buffer.from('aaaa'), Buffer.from('bbbb'), (at) => { found.push(at); return found.length < 2 ? at + 1 : Infinity; });
    expect(found).toEqual([0, 1]);
  });

  it('lies in windows that end at a NUL of both, or where the content does', () => {
    fc.assert(fc.property(pairs, ({ left, right }) => {
      const windows = differingWindows(left, right, TO_NUL);
      for (const at of placesOf(left, right)) expect(windows.some(({ start, end }) => start <= at && at < end)).toBe(true);
      for (const [i, { start, end }] of windows.entries()) {
        expect(start === 0 || (left[start] === 0 && right[start] === 0) || start === windows[i - 1]?.end).toBe(true);
        expect(end === left.length || (left[end - 1] === 0 && right[end - 1] === 0)).toBe(true);
        if (i > 0) expect(start).toBeGreaterThan(windows[i - 1]!.end);
      }
    }));
  });

  it('is read as text whose pieces are found again in the bytes', () => {
    fc.assert(fc.property(pairs, ({ left, right }) => {
      const windows = differingWindows(left, right, TO_NUL);
      const { text, placed } = windowText(left, windows);
      for (const match of text.matchAll(/[^\0]+/g)) {
        const [{ start, end }] = placed([{ start: match.index, end: match.index + match[0].length }]) as [Range];
        expect(left.toString('latin1', start, end)).toBe(match[0]);
      }
    }));
  });

  it('lies in windows of no more than a text of 64 KiB around it, and never at the end of one', () => {
    const left = Buffer.alloc(300_000, 'a');
    fc.assert(fc.property(fc.uniqueArray(fc.nat(left.length - 1), { minLength: 1, maxLength: 5 }), (places) => {
      const right = Buffer.from(left);
      for (const place of places) right[place] = 98;
      const windows = differingWindows(left, right, TO_NUL);
      expect(windows.reduce((sum, { start, end }) => sum + end - start, 0)).toBeLessThanOrEqual(places.length * 2 ** 17);
      for (const at of places) expect(windows.some(({ start, end }) => start <= Math.max(0, at - 256) && Math.min(left.length, at + 256) <= end)).toBe(true);
    }));
  });

  it('is read as text in which nothing goes over the end of a window', () => {
    const { text, placed } = windowText(Buffer.from('one two'), [{ start: 0, end: 3 }, { start: 4, end: 7 }]);
    expect(placed([{ start: 0, end: text.length }, { start: text.length - 3, end: text.length }])).toEqual([{ start: 4, end: 7 }]);
  });
});
