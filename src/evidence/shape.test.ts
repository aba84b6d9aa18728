import fc from 'fast-check';
import { z } from 'zod';

import { boolean, closed, exactly, faultsOf, integer, json, list, matching, nonNegative, nullable, oneOf, open, optional, record, string, type Shape } from './shape.ts';

/** The same shape, as a library of schemas has it. */
const PAIRS: Readonly<Record<string, readonly [Shape<unknown>, z.ZodType]>> = {
  'a text': [string(3, 1), z.string().min(1).max(3)],
  'a pattern': [matching(/^[ab]{1,2}$/, 'is none'), z.string().regex(/^[ab]{1,2}$/)],
  'a whole number': [integer(-1, 3), z.int().min(-1).max(3)],
  'any whole number': [integer(), z.int()],
  'a number from 0 up': [nonNegative, z.number().nonnegative()],
  'yes or no': [boolean, z.boolean()],
  'one of some': [oneOf<string | number>('a', 1), z.union([z.literal('a'), z.literal(1)])],
  'something or null': [nullable(string(2)), z.string().max(2).nullable()],
  'a list': [list(integer(0, 2), 2, 1), z.array(z.int().min(0).max(2)).min(1).max(2)],
  'a list of lists': [list(list(string(1), 2), 2), z.array(z.array(z.string().max(1)).max(2)).max(2)],
  'nothing in a list': [exactly([]), z.tuple([])],
  'one of two lists': [exactly(['a'], ['a', 'b']), z.union([z.tuple([z.literal('a')]), z.tuple([z.literal('a'), z.literal('b')])])],
  'a record': [record(string(1), integer(0)), z.record(z.string().max(1), z.int().nonnegative())],
  'an open object': [open({ a: string(1), b: optional(integer()) }), z.object({ a: z.string().max(1), b: z.int().optional() })],
  'a closed object': [closed({ a: string(1), b: optional(integer()) }), z.strictObject({ a: z.string().max(1), b: z.int().optional() })],
  'an object in an object': [closed({ a: closed({ a: nullable(boolean) }) }), z.strictObject({ a: z.strictObject({ a: z.boolean().nullable() }) })],
  'anything': [json, z.json()],
};

const scalar = fc.oneof(fc.constantFrom('', 'a', 'b', 'ab', 'aaaa', 0, 1, -1, 3, 0.5, 2 ** 53, null, true, false), fc.string({ maxLength: 3 }), fc.integer());
const key = fc.constantFrom('a', 'b', 'ab', '', 'constructor', 'toString');
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof({ maxDepth: 3, withCrossShrink: true }, scalar, fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true })),
}));

const fits = (shape: Shape<unknown>, value: unknown): boolean => {
  const { first, unknown } = faultsOf(shape, value);
  return first === undefined && unknown === undefined;
};

test.each(Object.entries(PAIRS))('%s fits where a library of schemas says so too', (_name, [shape, schema]) => {
  fc.assert(fc.property(anyValue, (value) => { expect(fits(shape, value)).toBe(schema.safeParse(value).success); }), { numRuns: 500 });
});

describe('a fault', () => {
  const shape = closed({ rows: list(closed({ name: string(2, 1), digest: record(string(3), integer()) }), 3), more: optional(string(1)) });
  const told = (value: unknown): unknown => { const { first, unknown } = faultsOf(shape, value); return { ...(first === undefined ? {} : { first: first.path }), ...(unknown === undefined ? {} : { unknown: unknown.path }) }; };

  test('is told with the way to it, the first of all', () => {
    expect(told({ rows: [{ name: 'a', digest: {} }, { name: '', digest: { x: 'y' } }] })).toEqual({ first: 'rows.1.name' });
    expect(told({ rows: [{ name: 'a', digest: { x: 'y' } }] })).toEqual({ first: 'rows.0.digest.x' });
    expect(told(7)).toEqual({ first: '' });
    expect(told({})).toEqual({ first: 'rows' });
  });

  test('does not hide a key that is not known, wherever that stands', () => {
    expect(told({ rows: [{ name: '', digest: {} }, { name: 'b', digest: {}, later: 1 }] })).toEqual({ first: 'rows.0.name', unknown: 'rows.1.later' });
  });

  test('is a name that would be a prototype, even where any name may stand', () => {
    expect(told(JSON.parse('{"rows":[{"name":"a","digest":{"__proto__":1}}]}'))).toEqual({ first: 'rows.0.digest.__proto__' });
    expect(told(JSON.parse('{"rows":[],"__proto__":{"more":"x"}}'))).toEqual({ unknown: '__proto__' });
  });

  test('is not what a prototype has: a field must be the object\'s own', () => {
    expect(fits(open({ toString: json }), {})).toBe(false);
  });
});
