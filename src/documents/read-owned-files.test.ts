import fc from 'fast-check';

import { documentText, KERNEL, shippedBuild, type ShippedBuild } from '../../tests/support/shipped-build.ts';
import { sampleTree } from '../../tests/support/sample-trees.ts';
import { sha256 } from '../foundation/digest.ts';
import { treeDigest } from '../tree/node.ts';
import type { DocumentFormat } from './document.ts';
import { HELD, readOwnedFiles, type BillContents } from './read-owned-files.ts';
import { MAX_DOCUMENT_BYTES, parseStrictDocument } from './strict-document.ts';

const FORMATS = Object.keys(HELD) as DocumentFormat[];
const owned = { mode: 0o644, uid: 1, gid: 2 };
const sample = sampleTree([['a', { kind: 'file', ...owned, content: Buffer.from('a') }], ['b', { kind: 'file', ...owned, content: Buffer.from('b') }]]);
let build: ShippedBuild;
beforeAll(async () => { build = await shippedBuild(sample); });

const readText = (text: string | Uint8Array): BillContents => readOwnedFiles(parseStrictDocument(Buffer.from(text), 'it'), 'it');
const document = (format: DocumentFormat): string => documentText(build.inventory, format);

type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** Another value at the end of a way into a document: at each turn the so-and-so-many-th of what is there. */
function replaced(value: JsonValue, [turn, ...rest]: readonly number[], by: JsonValue): JsonValue {
  if (turn === undefined || typeof value !== 'object' || value === null) return by;
  const keys = Object.keys(value);
  const key = keys[turn % Math.max(keys.length, 1)];
  if (key === undefined) return by;
  if (Array.isArray(value)) return value.with(Number(key), replaced(value[Number(key)]!, rest, by));
  return { ...value, [key]: replaced(value[key]!, rest, by) };
}

describe.each(FORMATS)('the images of a %s document', (format) => {
  test('are read with their digests, and which of them holds the root', () => {
    const { images } = readText(document(format));
    const expected = [...build.images].map(([name, bytes]) => ({ name, sha256: sha256(bytes), holdsRoot: bytes !== KERNEL }));
    expect(images.map(({ name, sha256: digest, holdsRoot }) => ({ name, sha256: digest, holdsRoot }))).toEqual(expect.arrayContaining(expected));
    expect(images).toHaveLength(expected.length);
    expect(images.every(({ sha512 }) => sha512?.length === 128)).toBe(true);
  });

  test('stand beside the digest of the root, but in SPDX 2.3', () => {
    expect(readText(document(format)).rootTree).toBe(format === 'spdx-2.3' ? undefined : treeDigest(sample.tree));
  });
});

describe('a hostile document', () => {
  const refused = (text: string | Uint8Array, code: string): void => expect(() => readText(text)).toThrow(expect.objectContaining({ code }));

  test.each(FORMATS)('is refused where it lists a path twice: %s', (format) => refused(document(format).replaceAll('/b"', '/a"'), 'DOCUMENTS.PATH_TWICE'));

  test.each([
    ['only the beginning of it', (text: string) => text.slice(0, -10), 'DOCUMENTS.NOT_JSON'],
    ['no JSON at all', () => '#!/bin/sh', 'DOCUMENTS.NOT_JSON'],
    ['nothing', () => '', 'DOCUMENTS.NOT_JSON'],
    ['a key twice', (text: string) => text.replace('{', '{"version":2,'), 'DOCUMENTS.AMBIGUOUS'],
    ['half of a surrogate pair', (text: string) => text.replace('"/a"', String.raw`"/\ud800"`), 'DOCUMENTS.AMBIGUOUS'],
    ['a number that no reader holds', (text: string) => text.replace('{', '{"more":1e999,'), 'DOCUMENTS.AMBIGUOUS'],
    ['nesting without end', () => '['.repeat(1000) + ']'.repeat(1000), 'DOCUMENTS.AMBIGUOUS'],
    ['another format', (text: string) => text.replace('"1.7"', '"1.4"'), 'DOCUMENTS.UNKNOWN_FORMAT'],
    ['a list in the place of the document', () => '[]', 'DOCUMENTS.UNKNOWN_FORMAT'],
    ['a path without a slash', (text: string) => text.replace('"/a"', '"a"'), 'DOCUMENTS.BAD_FILE_LIST'],
    ['no path', (text: string) => text.replace('"/a"', '7'), 'DOCUMENTS.BAD_FILE_LIST'],
    ['bytes of a path that are none', (text: string) => text.replaceAll('"provenroot:kind"', '"provenroot:path-hex"'), 'DOCUMENTS.BAD_FILE_LIST'],
  ])('is refused for %s', (_what, change, code) => refused(change(document('cyclonedx-1.7')), code));

  test('is refused for bytes that are no UTF-8, for its size and for how much it holds', () => {
    refused(Buffer.concat([Buffer.from('{"a":"'), Buffer.of(0xff), Buffer.from('"}')]), 'DOCUMENTS.AMBIGUOUS');
    refused(Buffer.alloc(MAX_DOCUMENT_BYTES + 1, ' '), 'DOCUMENTS.TOO_LARGE');
    refused(`[${'[],'.repeat(6_000_000)}[]]`, 'DOCUMENTS.TOO_LARGE');
  });

  test.each(FORMATS)('is read or refused, whatever stands in the place of any of its values: %s', (format) => {
    const original = JSON.parse(document(format)) as JsonValue;
    const strange = fc.constantFrom<JsonValue>(null, 0, -1, true, '', '/', 'x', [], {}, [null], [[]], [{}], { a: [] }, '__proto__', 'constructor');
    fc.assert(fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 8 }), strange, (way, value) => {
      try {
        readOwnedFiles(parseStrictDocument(Buffer.from(JSON.stringify(replaced(original, way, value))), 'it'), 'it');
      } catch (error) {
        expect(String((error as { code?: unknown }).code)).toMatch(/^DOCUMENTS\./);
      }
    }), { numRuns: 200 });
  });

  test.each([
    ['a property that stands twice', (text: string) => text.replaceAll('{"name":"provenroot:mode","value":"0644"}', '{"name":"provenroot:mode","value":"0644"},{"name":"provenroot:mode","value":"0644"}'), 'mode'],
    ['a mode that is no mode', (text: string) => text.replaceAll('"0644"', '"644"'), 'mode'],
    ['an owner that is none', (text: string) => text.replaceAll('"1:2"', '"01:2"'), 'uid'],
    ['a kind that there is not', (text: string) => text.replaceAll('"provenroot:kind","value":"file"', '"provenroot:kind","value":"sock"'), 'kind'],
    ['two digests of one kind', (text: string) => text.replaceAll(sha256('a'), `${sha256('a')}"},{"alg":"SHA-256","content":"${sha256('b')}`), 'sha256'],
    ['a digest in capitals', (text: string) => text.replaceAll(sha256('a'), sha256('a').toUpperCase()), 'sha256'],
  ] as const)('says nothing by %s', (_what, change, field) => {
    const text = change(document('cyclonedx-1.7'));
    expect(text).not.toBe(document('cyclonedx-1.7'));
    const { files } = readText(text);
    expect([...files.values()].find(({ path }) => path === '/a')![field]).toBeUndefined();
  });
});
