import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { Ajv2020 } from 'ajv/dist/2020.js';

import { readYaml } from '../catalog/yaml-document.ts';
import { DEFAULT_POLICY } from '../licensing/policy.ts';
import { parsePolicy, policyText } from './parse-policy.ts';
import { policyJsonSchema, renderPolicyDocs } from './policy-docs.ts';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLES = readdirSync(join(ROOT, 'docs/policies')).toSorted();

// `UPDATE=1` rewrites them.
test.each([...renderPolicyDocs()])('%s is what the schema says', (path, text) => {
  if (process.env['UPDATE'] === '1') {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
  }
  expect(readFileSync(join(ROOT, path), 'utf8')).toBe(text);
});

test.each(EXAMPLES)('the example %s is a policy, by the parser and by the JSON Schema', (name) => {
  const bytes = readFileSync(join(ROOT, 'docs/policies', name));
  const ajv = new Ajv2020({ strict: true });
  const validate = ajv.compile(policyJsonSchema());
  validate(readYaml(bytes, name).document!.value);
  expect(validate.errors ?? []).toEqual([]);
  expect(parsePolicy(bytes, name).rules.length).toBeGreaterThan(DEFAULT_POLICY.rules.length);
});

test('there are examples', () => {
  expect(EXAMPLES).toEqual(['closed-product.yaml', 'open-product.yaml']);
});

test('every field has a description', () => {
  const bare: string[] = [];
  const visit = (schema: unknown, place: string): void => {
    if (typeof schema !== 'object' || schema === null) return;
    for (const [name, field] of Object.entries((schema as { properties?: Record<string, Record<string, unknown>> }).properties ?? {})) {
      if (typeof field['description'] !== 'string') bare.push(`${place}.${name}`);
    }
    for (const [name, part] of Object.entries(schema)) visit(part, `${place}.${name}`);
  };
  visit(policyJsonSchema(), 'policy');
  expect(bare).toEqual([]);
});

test('the policy that holds without one can be written as a file and read', () => {
  expect(parsePolicy(Buffer.from(policyText(DEFAULT_POLICY)), 'default')).toEqual(DEFAULT_POLICY);
});
