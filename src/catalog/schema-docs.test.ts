import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { Ajv2020 } from 'ajv/dist/2020.js';

import { foldersOf, recipeText, SMALL_CATALOG } from '../../tests/support/catalog-fixture.ts';
import { yamlFileOf } from './folder.ts';
import { jsonSchemaOf, SCHEMA_KINDS } from './json-schemas.ts';
import { LINTS } from './lints.ts';
import { recipeSchema } from './recipe-schema.ts';
import { renderSchemaDocs } from './schema-docs.ts';
import { readYaml } from './yaml-document.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('documentation generated from the schema', () => {
  const docs = [...renderSchemaDocs()];

  // `UPDATE=1` rewrites them.
  test.each(docs)('%s is what the schema says', (path, text) => {
    if (process.env['UPDATE'] === '1') {
      mkdirSync(dirname(join(ROOT, path)), { recursive: true });
      writeFileSync(join(ROOT, path), text);
    }
    expect(readFileSync(join(ROOT, path), 'utf8')).toBe(text);
  });

  test.each(SCHEMA_KINDS)('every field of a %s has a description, every count of something a unit', (kind) => {
    const bare: string[] = [];
    const visit = (schema: unknown, place: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      for (const [name, field] of Object.entries((schema as { properties?: Record<string, Record<string, unknown>> }).properties ?? {})) {
        if (typeof field['description'] !== 'string') bare.push(`${place}.${name}`);
        if (/_(bytes|ms|seconds)$/.test(name) && field['x-unit'] === undefined) bare.push(`${place}.${name} has no unit`);
      }
      for (const [name, part] of Object.entries(schema)) visit(part, `${place}.${name}`);
    };
    visit(jsonSchemaOf(kind), kind);
    expect(bare).toEqual([]);
  });

  test.each(SCHEMA_KINDS)('the JSON Schema of a %s compiles', (kind) => {
    const ajv = new Ajv2020({ strict: true });
    ajv.addKeyword('x-unit');
    expect(() => ajv.compile(jsonSchemaOf(kind))).not.toThrow();
  });

  test('the JSON Schema accepts every file that the parser accepts', () => {
    const ajv = new Ajv2020({ strict: true });
    ajv.addKeyword('x-unit');
    for (const { kind, name, files } of foldersOf(SMALL_CATALOG)) {
      const validate = ajv.compile(jsonSchemaOf(kind));
      validate(readYaml(files.get(yamlFileOf({ kind, name }))!.bytes, name).document!.value);
      expect(validate.errors ?? []).toEqual([]);
    }
  });

  test.each([
    ['an unknown key', { sorces: [] }], ['a missing hash', { sources: [{ file: 'a', size_bytes: 1, origin: 'pristine' }] }], ['a huge size', { limits: { memory_bytes: 1e18 } }],
    ['a bad name', { name: '$(id)' }], ['an unquoted version', { version: 1.2 }],
  ])('the JSON Schema refuses %s, as the parser does', (_what, change) => {
    const ajv = new Ajv2020({ strict: true });
    ajv.addKeyword('x-unit');
    const good = readYaml(Buffer.from(recipeText('alpha')), 'x').document!.value as object;
    const bad = { ...good, ...change };
    expect(ajv.validate(jsonSchemaOf('recipe'), good)).toBe(true);
    expect(ajv.validate(jsonSchemaOf('recipe'), bad)).toBe(false);
    expect(recipeSchema.safeParse(bad).success).toBe(false);
  });

  test('rules have unique ids and say what to do', () => {
    expect(new Set(LINTS.map(({ id }) => id)).size).toBe(LINTS.length);
    for (const { id, explain } of LINTS) {
      expect(id).toMatch(/^[a-z][a-z0-9-]+$/);
      expect(explain.length).toBeGreaterThan(40);
    }
  });
});
