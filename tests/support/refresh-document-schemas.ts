// Makes src/documents/schemas/*.json anew from published schemas, without their prose (titles, descriptions, examples):
// node tests/support/refresh-document-schemas.ts CYCLONEDX_LIBRARY_PACKAGE SPDX_SCHEMAS
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Parser, Writer } from 'n3';

import { canonicalJson } from '../../src/foundation/canonical-json.ts';

const PROSE = new Set(['title', 'description', 'examples', 'example', 'meta:enum', '$comment', 'default', 'deprecated']);
/** Below these keys stand names, not key words of JSON Schema. */
const NAMES = new Set(['properties', 'definitions', '$defs', 'patternProperties', 'dependentSchemas']);

function withoutProse(value: unknown, names = false): unknown {
  if (Array.isArray(value)) return value.map((one) => withoutProse(one));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([key]) => names || !PROSE.has(key)).map(([key, one]) => [key, withoutProse(one, !names && NAMES.has(key))]));
}

const PROFILES = ['AI', 'Build', 'Core', 'Dataset', 'ExpandedLicensing', 'Extension', 'Lite', 'Security', 'SimpleLicensing', 'Software'];

/** What the shapes are made of; words for people and what only OWL reads are left out. */
function reducedModel(turtle: string): Promise<string> {
  const prose = /(?:rdf-schema#(?:comment|label)|terms\/(?:abstract|creator|license|references|title)|owl#(?:versionIRI|versionInfo)|AnnotationVocabulary\/copyright)$/;
  const writer = new Writer({ prefixes: { owl: 'http://www.w3.org/2002/07/owl#', rdfs: 'http://www.w3.org/2000/01/rdf-schema#', sh: 'http://www.w3.org/ns/shacl#', ...Object.fromEntries(PROFILES.map((name) => [name.toLowerCase(), `https://spdx.org/rdf/3.0.1/terms/${name}/`])), xsd: 'http://www.w3.org/2001/XMLSchema#' } });
  writer.addQuads(new Parser({ blankNodePrefix: '_:b' }).parse(turtle).filter(({ predicate: { value } }) => !prose.test(value)));
  return new Promise((resolve, reject) => { writer.end((error, text) => { if (error === null) resolve(text); else reject(error); }); });
}

const [cyclone, spdx] = process.argv.slice(2) as [string, string];
const files = [
  [join(cyclone, 'res/schema/bom-1.6.SNAPSHOT.schema.json'), 'cyclonedx-1.6.json'], [join(cyclone, 'res/schema/bom-1.7.SNAPSHOT.schema.json'), 'cyclonedx-1.7.json'],
  [join(cyclone, 'res/schema/jsf-0.82.SNAPSHOT.schema.json'), 'jsf-0.82.json'], [join(cyclone, 'res/schema/cryptography-defs.SNAPSHOT.schema.json'), 'cyclonedx-cryptography.json'],
  [join(spdx, 'spdx-2.3.schema.json'), 'spdx-2.3.json'], [join(spdx, 'spdx-3.0.1.schema.json'), 'spdx-3.0.1.json'],
] as const;
for (const [from, to] of files) {
  const schema: unknown = JSON.parse(await readFile(from, 'utf8'));
  await writeFile(join(import.meta.dirname, '../../src/documents/schemas', to), `${canonicalJson(withoutProse(schema))}\n`);
}
const schemas = join(import.meta.dirname, '../../src/documents/schemas');
await writeFile(join(schemas, 'spdx-3.0.1-model.ttl'), await reducedModel(await readFile(join(spdx, 'spdx-3.0.1-model.ttl'), 'utf8')));
await writeFile(join(schemas, 'spdx-3.0.1-context.json'), `${canonicalJson(JSON.parse(await readFile(join(spdx, 'spdx-3.0.1-context.jsonld'), 'utf8')))}\n`);
