import { readFileSync, writeFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';

import { buildSchema, findBreakingChanges, findDangerousChanges, isEnumType, isInputObjectType, isInterfaceType, isIntrospectionType, isObjectType, isSpecifiedScalarType, validateSchema, type GraphQLSchema } from 'graphql';

const ROOT = join(import.meta.dirname, '../..');
const GOLDEN = join(import.meta.dirname, 'sdl/schema.graphql');
const text = readFileSync(join(ROOT, 'schema.graphql'), 'utf8');
const schema = buildSchema(text);

/** Everything of the schema that a client can name, with its description. */
function* described(of: GraphQLSchema): Generator<[name: string, description: string | null | undefined]> {
  for (const type of Object.values(of.getTypeMap())) {
    if (isIntrospectionType(type) || isSpecifiedScalarType(type)) continue;
    yield [type.name, type.description];
    if (isEnumType(type)) for (const value of type.getValues()) yield [`${type.name}.${value.name}`, value.description];
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) yield [`${type.name}.${field.name}`, field.description];
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      yield [`${type.name}.${field.name}`, field.description];
      for (const argument of field.args) yield [`${type.name}.${field.name}(${argument.name})`, argument.description];
    }
  }
}

describe('schema.graphql', () => {
  it('is a valid schema', () => {
    expect(validateSchema(schema)).toEqual([]);
  });

  it('describes everything in it', () => {
    expect([...described(schema)].filter(([, description]) => !description).map(([name]) => name)).toEqual([]);
  });

  it('states the unit of every size and time', () => {
    const unitless = [...described(schema)].filter(([name, description]) => /(Bytes|Ms)$/.test(name) && !/byte|milliseconds/i.test(description ?? ''));
    expect(unitless.map(([name]) => name)).toEqual([]);
  });

  it('gives every list of objects a size, so that its cost is known', () => {
    const unsized = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !isIntrospectionType(type)).flatMap((type) => Object.values(isObjectType(type) ? type.getFields() : {})
      .filter((field) => (/^\[\w+!?\]!$/.test(String(field.type)) && !/^\[(String|Sha256)!\]!$/.test(String(field.type)) || /Connection!?$/.test(String(field.type)))
        && !['edges', 'nodes'].includes(field.name) && !field.astNode!.directives!.some(({ name }) => name.value === 'listSize'))
      .map((field) => `${type.name}.${field.name}`));
    expect(unsized).toEqual([]);
  });

  it('gives one payload for one input to each mutation, with userErrors', () => {
    for (const field of Object.values(schema.getMutationType()!.getFields())) {
      expect(field.args.map(({ name, type }) => [name, String(type)])).toEqual([['input', `${field.name[0]!.toUpperCase()}${field.name.slice(1)}Input!`]]);
      expect(String(field.type)).toBe(`${field.name[0]!.toUpperCase()}${field.name.slice(1)}Payload!`);
      const payload = schema.getType(`${field.name[0]!.toUpperCase()}${field.name.slice(1)}Payload`);
      expect(isObjectType(payload) && String(payload.getFields()['userErrors']?.type)).toBe('[UserError!]!');
    }
  });

  /** `UPDATE=1` rewrites; an incompatible change needs its line in CHANGELOG.md first. */
  it('is what was agreed on; what breaks clients stands in CHANGELOG.md', () => {
    const agreed = buildSchema(readFileSync(GOLDEN, 'utf8'));
    const changelog = existsSync(join(ROOT, 'CHANGELOG.md')) ? readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8') : '';
    const untold = findBreakingChanges(agreed, schema).map(({ description }) => description).filter((description) => !changelog.includes(description));
    expect(untold).toEqual([]);
    expect(findDangerousChanges(agreed, schema).map(({ description }) => description).filter((description) => !changelog.includes(description))).toEqual([]);
    if (process.env['UPDATE'] === '1') writeFileSync(GOLDEN, text);
    expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
  });
});
