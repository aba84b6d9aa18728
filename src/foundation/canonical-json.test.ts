import canonicalize from 'canonicalize';
import fc from 'fast-check';

import { canonicalJson } from './canonical-json.ts';
import { errorCodeOf } from './failure.ts';

const outcome = (run: () => string | undefined): string | undefined => {
  try {
    return run();
  } catch (error) {
    return errorCodeOf(error) ?? 'refused';
  }
};
const ours = (value: unknown): string | undefined => { const text = outcome(() => canonicalJson(value)); return text === 'FOUNDATION.BUG' ? undefined : text; };
const theirs = (value: unknown): string | undefined => outcome(() => canonicalize(value));

describe('the canonical form of a value', () => {
  it('is that of the library, whatever the value is', () => {
    const key = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', 'toString', '1', '10', '2', '€', '\r', '\u{1f600}', 'דּ', '\ud800'));
    const odd = fc.oneof(fc.constantFrom(undefined, Number.NaN, -0, 1e21, 1e-7, Number.MIN_VALUE, '\ud800', Symbol('s'), new Date(0), new Map(), new Set([1]), new String('boxed'), new Number(3), Buffer.from('a'), Array.from({ length: 2 }), { toJSON: () => 'json' }, { toJSON: 'no function' }));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, fc.jsonValue(), odd, fc.double(), tie('list'), tie('fields')),
      list: fc.array(tie('value'), { maxLength: 4 }),
      fields: fc.dictionary(key, tie('value'), { maxKeys: 4 }),
    }));
    fc.assert(fc.property(value, (one) => { expect(ours(one)).toBe(theirs(one)); }), { numRuns: 2000 });
  });

  it('is that of the library where there are many keys', () => {
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`key ${(index * 7919) % 1000} €`, index]));
    expect(ours(many)).toBe(theirs(many));
  });

  it('is refused for a circle, and not for a thing that stands twice or deep', () => {
    const circle: unknown[] = [];
    circle.push({ circle });
    expect(ours(circle)).toBe('refused');
    const twice = { a: 1 };
    expect(ours([twice, twice])).toBe('[{"a":1},{"a":1}]');
    let deep: unknown = 'end';
    for (let i = 0; i < 200; i++) deep = [deep];
    expect(ours(deep)).toBe(`${'['.repeat(200)}"end"${']'.repeat(200)}`);
  });
});
