import fc from 'fast-check';

import { differingLines, haveSameLines, lineBlock, linesOf } from './line-blocks.ts';

const text = fc.array(fc.constantFrom('a', 'b', 'ab', '', ' ', 'x,'), { maxLength: 9 }).chain((lines) => fc.boolean().map((ends) => Buffer.from(lines.join('\n') + (ends ? '\n' : ''), 'latin1')));
/** Some of one length, some of which one came out of the other. */
const pairs = fc.oneof(
  fc.record({ left: text, right: text }),
  fc.tuple(text, fc.nat(20), fc.constantFrom('a', '\n', '\0')).map(([left, at, put]) => {
    const right = Buffer.from(left);
    if (right.length > 0) right.write(put, at % right.length, 'latin1');
    return { left, right };
  }),
);
const sorted = (lines: readonly string[]): string[] => lines.toSorted();
/** What one has more than the other, line by line and in no order. */
const more = (lines: readonly string[], others: readonly string[]): string[] => {
  const rest = [...others];
  return sorted(lines.filter((line) => { const at = rest.indexOf(line); if (at >= 0) rest.splice(at, 1); return at < 0; }));
};

describe('lines that differ', () => {
  it('of as many lines, are those from the first that differs to the last', () => {
    fc.assert(fc.property(pairs, ({ left, right }) => {
      const [a, b] = [linesOf(left), linesOf(right)];
      fc.pre(a.length === b.length && a.length > 0);
      let [start, end] = [0, a.length];
      while (start < end && a[start] === b[start]) start++;
      while (end > start && a[end - 1] === b[end - 1]) end--;
      expect(lineBlock({ left, right })).toEqual({ left: a.slice(start, end), right: b.slice(start, end) });
    }), { numRuns: 2000 });
  });

  it.each([['a block', lineBlock], ['places', differingLines]] as const)('as %s, have what one side has more than the other, and no less', (_how, read) => {
    fc.assert(fc.property(pairs, ({ left, right }) => {
      const [all, found] = [{ left: linesOf(left), right: linesOf(right) }, read({ left, right })!];
      expect([more(found.left, found.right), more(found.right, found.left)]).toEqual([more(all.left, all.right), more(all.right, all.left)]);
    }), { numRuns: 2000 });
  });

  it('are none where both sides have the same ones in another order', () => {
    fc.assert(fc.property(pairs, ({ left, right }) => {
      expect(haveSameLines({ left, right })).toBe(sorted(linesOf(left)).join('\n') === sorted(linesOf(right)).join('\n') && linesOf(left).length === linesOf(right).length);
    }), { numRuns: 2000 });
  });

  it('are not told apart where they are too many', () => {
    const [left, right] = [Buffer.alloc(500_000, 'a\n'), Buffer.alloc(500_000, 'b\n')];
    expect([lineBlock({ left, right }), differingLines({ left, right }), haveSameLines({ left, right })]).toEqual([undefined, undefined, undefined]);
  });
});
