import { Ajv } from 'ajv';
import fc from 'fast-check';

import { areDistinct, withLinearUniqueItems } from './distinct-items.ts';

/** Few values, so that equal ones are drawn often. */
const few = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, fc.constantFrom(0, -0, 1, '1', '', null, true, 'null'), fc.array(tie('value'), { maxLength: 2 }), fc.dictionary(fc.constantFrom('a', 'b'), tie('value'), { maxKeys: 2, noNullPrototype: true })),
})).value;

test('items are distinct where a validator that compares each with each says so too', () => {
  const slow = new Ajv().compile({ type: 'array', uniqueItems: true });
  const fast = withLinearUniqueItems(new Ajv()).compile({ type: 'array', uniqueItems: true });
  fc.assert(fc.property(fc.array(few, { maxLength: 6 }), (items) => {
    expect(areDistinct(items)).toBe(slow(items));
    expect(fast(items)).toBe(slow(items));
  }), { numRuns: 1000 });
});

test('the order of keys makes no difference, and one that is not asked for is none', () => {
  expect(areDistinct([{ a: 1, b: { c: [2] } }, { b: { c: [2] }, a: 1 }])).toBe(false);
  expect(withLinearUniqueItems(new Ajv()).compile({ type: 'array', uniqueItems: false })([1, 1])).toBe(true);
});
