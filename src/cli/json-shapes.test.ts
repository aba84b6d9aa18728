import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { Ajv2020 } from 'ajv/dist/2020.js';

import { renderJsonShapes, SHAPES } from './json-shapes.ts';

const ROOT = join(import.meta.dirname, '../..');
const files = [...renderJsonShapes()];

describe('the JSON Schema of', () => {
  // `UPDATE=1` rewrites them.
  test.each(files)('%s is what the shapes say, and compiles', (path, text) => {
    if (process.env['UPDATE'] === '1') {
      mkdirSync(dirname(join(ROOT, path)), { recursive: true });
      writeFileSync(join(ROOT, path), text);
    }
    expect(readFileSync(join(ROOT, path), 'utf8')).toBe(text);
    expect(() => new Ajv2020({ strict: true, allowUnionTypes: true }).compile(JSON.parse(text) as object)).not.toThrow();
  });

  test('no other verb lies in docs/schema', () => {
    const there = readdirSync(join(ROOT, 'docs/schema')).filter((name) => name.startsWith('cli-')).toSorted();
    expect(there).toEqual(Object.keys(SHAPES).map((verb) => `cli-${verb}.schema.json`).toSorted());
  });

  test.each(files)('%s names a unit for every count of something', (_path, text) => {
    const bare: string[] = [];
    const visit = (schema: unknown, place: string): void => {
      if (typeof schema !== 'object' || schema === null) return;
      for (const [name, field] of Object.entries((schema as { properties?: Record<string, object> }).properties ?? {})) {
        if (/(Bytes|Ms|Seconds|At)$/.test(name) && !/bytes|milliseconds|seconds|RFC 3339/i.test(JSON.stringify(field))) bare.push(`${place}.${name}`);
      }
      for (const [name, part] of Object.entries(schema)) visit(part, `${place}.${name}`);
    };
    visit(JSON.parse(text), '');
    expect(bare).toEqual([]);
  });
});
