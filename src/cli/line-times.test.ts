import fc from 'fast-check';

import { LineTimes } from './line-times.ts';

const told = (chunks: readonly string[], times: [number, number][]): string => {
  const lines = new LineTimes(times);
  return chunks.map((chunk) => lines.add(Buffer.from(chunk))).join('') + lines.end();
};

describe('a log with times', () => {
  test('has before each line the milliseconds at which its first byte came', () => {
    expect(told(['one\ntw', 'o\nthree\n'], [[0, 5], [6, 70], [8, 1200]])).toBe('       5  one\n       5  two\n    1200  three\n');
  });

  test('has a mark where no time is known, and the last line also without its end', () => {
    expect(told(['one\ntwo'], [])).toBe('       -  one\n       -  two');
  });

  test('does not depend on how the bytes came in', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('a', 'ä', '\n', '😀') }), fc.integer({ min: 1, max: 5 }), (text, size) => {
      const bytes = Buffer.from(text);
      const times: [number, number][] = [...bytes.keys()].map((at) => [at, at * 10]);
      const lines = new LineTimes(times);
      let cut = '';
      for (let at = 0; at < bytes.length; at += size) cut += lines.add(bytes.subarray(at, at + size));
      expect(cut + lines.end()).toBe(told([text], times));
      expect(told([text], times).replaceAll(/^ *\d+ {2}/gm, '')).toBe(text);
    }));
  });
});
