import { jsfHead, verifyJsf } from '../signing/jsf.ts';
import { keysForAnyTime, trustedRoot } from '../signing/trust-root.ts';
import { sha256 } from '../foundation/digest.ts';
import { sampleInventory } from '../../tests/support/inventory-sample.ts';
import { BUILDER, testKey, testRing } from '../../tests/support/signing-fixture.ts';
import { billStatement, type StatedDocument } from './bill-statement.ts';
import { cycloneDx } from './cyclone-dx.ts';
import type { BillOfMaterials, Detail } from './document.ts';
import { lintDocument } from './lint-document.ts';
import { schemaProblems } from './schema-gate.ts';
import { signedCycloneDx } from './signed-cyclone-dx.ts';
import { spdx2 } from './spdx2.ts';
import { spdx3 } from './spdx3.ts';

type Json = ReturnType<typeof JSON.parse>;
const inventory = sampleInventory();
const textOf = (document: BillOfMaterials): string => [...document.chunks()].join('');
const stated = (document: BillOfMaterials): StatedDocument => ({
  document, name: 'box.json', digests: { sha256: sha256(textOf(document)), sha512: 'ab'.repeat(64), sizeBytes: textOf(document).length }, attesterId: BUILDER,
});
const statementOf = (document: StatedDocument): Json => JSON.parse(billStatement(inventory, document).toString());

describe('a signed CycloneDX document', () => {
  test.each(['1.7', '1.6'] as const)('of version %s is the unsigned one and a signature that a root\'s key verifies', async (version) => {
    const { ring, remove } = await testRing();
    const unsigned = textOf(cycloneDx(inventory, { detail: 'files', version }));
    const signature = await ring.signDocument('builder', Buffer.from(unsigned));
    const keys = keysForAnyTime(trustedRoot((await ring.roots())[0]!, 'root'), { role: 'builder' });
    await remove();
    const text = [...signedCycloneDx([unsigned], signature)].join('');
    expect(verifyJsf(Buffer.from(text), keys, 'it').document).toEqual(JSON.parse(unsigned));
    expect(text.replace(/,\n"signature":.*\}(\}\n)$/, '$1')).toBe(unsigned);
    expect(JSON.parse(text)).toEqual({ ...JSON.parse(unsigned) as object, signature });
    expect(schemaProblems(text)).toEqual([]);
    expect(lintDocument(text).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('is the same however its chunks are cut', () => {
    const unsigned = textOf(cycloneDx(inventory, { detail: 'packages', version: '1.7' }));
    const signature = { ...jsfHead(testKey()), value: 'AA' };
    const whole = [...signedCycloneDx([unsigned], signature)].join('');
    for (const length of [1, 2, 3, 1000]) {
      const chunks = Array.from({ length: Math.ceil(unsigned.length / length) }, (_, index) => unsigned.slice(index * length, (index + 1) * length));
      expect([...signedCycloneDx([...chunks, ''], signature)].join('')).toBe(whole);
    }
  });
});

describe('the statement beside a document', () => {
  const each: readonly [string, (detail: Detail) => BillOfMaterials, string][] = [
    ['CycloneDX', (detail) => cycloneDx(inventory, { detail, version: '1.7' }), 'https://cyclonedx.org/bom'],
    ['SPDX 3', (detail) => spdx3(inventory, { detail }), 'https://spdx.dev/Document/v3'], ['SPDX 2', (detail) => spdx2(inventory, { detail }), 'https://spdx.dev/Document/v2.3'],
  ];

  test.each(each)('of %s says that the images are made of what the document says, and carries that of packages', (_, write, predicateType) => {
    const document = write('packages');
    expect(statementOf(stated(document))).toMatchObject({
      _type: 'https://in-toto.io/Statement/v1', predicateType, predicate: JSON.parse(textOf(document)) as object,
      subject: [{ name: 'root.squashfs', digest: { sha256: sha256('image') } }, { name: 'box.json', digest: { sha256: sha256(textOf(document)) }, annotations: { id: `urn:uuid:${document.uuid}` } }],
    });
  });

  test.each(each)('of %s names that of files by digest, where it is published or by its content', (_, write) => {
    const document = write('files');
    const { predicateType, predicate } = statementOf(stated(document));
    expect(predicateType).toBe('https://in-toto.io/attestation/reference/v0.1');
    expect(predicate).toMatchObject({ attester: { id: BUILDER }, references: [{ downloadLocation: 'https://example.org/releases/box.json', mediaType: document.mediaType, digest: { sha256: sha256(textOf(document)) } }] });
    const unpublished: Json = JSON.parse(billStatement({ ...inventory, organisation: {} }, stated(document)).toString());
    expect(unpublished.predicate.references[0].downloadLocation).toMatch(/^ni:\/\/\/sha-256;[\w-]{43}$/);
  });

  test('names a document of packages by digest where it is too large for a statement', () => {
    const { digests, ...rest } = stated(cycloneDx(inventory, { detail: 'packages', version: '1.7' }));
    expect(statementOf({ ...rest, digests: { ...digests, sizeBytes: 7 * 1024 * 1024 } }).predicateType).toBe('https://in-toto.io/attestation/reference/v0.1');
  });

  test('is signed by a home\'s builder, and speaks of the signed form too', async () => {
    const { ring, remove } = await testRing();
    for (const [, write] of each) {
      for (const detail of ['packages', 'files'] as const) {
        const document = stated(write(detail));
        const payload = billStatement(inventory, { ...document, signed: { name: 'box.signed.json', digests: { ...document.digests, sha256: sha256('signed') } } });
        expect(JSON.parse(payload.toString()).subject.at(-1)).toMatchObject({ name: 'box.signed.json', digest: { sha256: sha256('signed') }, annotations: { signedFormOf: 'box.json' } });
        await expect(ring.signPayload('builder', 'application/vnd.in-toto+json', payload)).resolves.toHaveProperty('keyId');
      }
    }
    await remove();
  });
});
