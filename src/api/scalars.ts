import { GraphQLScalarType, Kind, type ValueNode } from 'graphql';

import { isSha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';

const RFC3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;
const JSON_LEVELS = 8;
/** Keys that reach an object's prototype in careless code further in. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

function refuse(what: string): never {
  throw new Failure('API.BAD_REQUEST', what);
}

function parseDateTime(value: unknown): Date {
  if (typeof value !== 'string' || !RFC3339.test(value)) return refuse('a DateTime is written as 2025-01-31T12:00:00.000Z');
  const ms = Date.parse(value);
  // Within what Postgres and four-digit years hold.
  if (!(ms >= -62_135_596_800_000 && ms <= 253_402_300_799_999)) return refuse('this DateTime does not exist');
  return new Date(ms);
}

function parseSha256Value(value: unknown): string {
  return typeof value === 'string' && isSha256(value) ? value : refuse('a Sha256 is 64 lower-case hexadecimal digits');
}

function parseSignedLong(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : refuse('a SignedLong is a whole number from -(2^53 - 1) to 2^53 - 1');
}

function parseLong(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : refuse('a Long is a whole number from 0 to 2^53 - 1');
}

/** Copies, so that what goes further in has plain prototypes and no surprising keys. */
function parseJson(value: unknown, levels = JSON_LEVELS): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : refuse('a number is out of range');
  if (typeof value !== 'object' || levels === 0) return refuse(`a Json value has at most ${JSON_LEVELS} levels`);
  if (Array.isArray(value)) return value.map((each) => parseJson(each, levels - 1));
  return Object.fromEntries(Object.entries(value).map(([key, each]) =>
    FORBIDDEN_KEYS.has(key) ? refuse(`the key ${JSON.stringify(key)} is not allowed`) : [key, parseJson(each, levels - 1)]));
}

function literalJson(node: ValueNode, variables: Readonly<Record<string, unknown>> | null | undefined, levels = JSON_LEVELS): unknown {
  if (levels < 0) return refuse(`a Json value has at most ${JSON_LEVELS} levels`);
  switch (node.kind) {
    case Kind.NULL: return null;
    case Kind.BOOLEAN: case Kind.STRING: case Kind.ENUM: return node.value;
    case Kind.INT: case Kind.FLOAT: return Number(node.value);
    case Kind.VARIABLE: return variables?.[node.name.value] ?? null;
    case Kind.LIST: return node.values.map((each) => literalJson(each, variables, levels - 1));
    case Kind.OBJECT: {
      const repeated = node.fields.map((field) => field.name.value).find((name) => FORBIDDEN_KEYS.has(name));
      if (repeated !== undefined) return refuse(`the key ${JSON.stringify(repeated)} is not allowed`);
      return Object.fromEntries(node.fields.map((field) => [field.name.value, literalJson(field.value, variables, levels - 1)]));
    }
  }
}

const literalOf = (kinds: readonly string[], what: string) => (node: ValueNode): unknown =>
  kinds.includes(node.kind) && 'value' in node ? node.value : refuse(what);

/** Behaviour of the scalars that schema.graphql declares. */
export const SCALARS: Record<string, GraphQLScalarType> = {
  DateTime: new GraphQLScalarType({
    name: 'DateTime', parseValue: parseDateTime,
    parseLiteral: (node) => parseDateTime(literalOf([Kind.STRING], 'a DateTime is text')(node)),
    serialize: (value) => (value as Date).toISOString(),
  }),
  Sha256: new GraphQLScalarType({
    name: 'Sha256', parseValue: parseSha256Value,
    parseLiteral: (node) => parseSha256Value(literalOf([Kind.STRING], 'a Sha256 is text')(node)),
    serialize: (value) => value,
  }),
  Long: new GraphQLScalarType({
    name: 'Long', parseValue: parseLong,
    parseLiteral: (node) => parseLong(Number(literalOf([Kind.INT], 'a Long is a whole number')(node))),
    serialize: (value) => value,
  }),
  SignedLong: new GraphQLScalarType({
    name: 'SignedLong', parseValue: parseSignedLong,
    parseLiteral: (node) => parseSignedLong(Number(literalOf([Kind.INT], 'a SignedLong is a whole number')(node))),
    serialize: (value) => value,
  }),
  Json: new GraphQLScalarType({
    name: 'Json', parseValue: (value) => parseJson(value),
    parseLiteral: (node, variables) => parseJson(literalJson(node, variables)),
    serialize: (value) => value,
  }),
};
