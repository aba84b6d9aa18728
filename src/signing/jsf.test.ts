import { sign, verify } from 'node:crypto';

import fc from 'fast-check';

import { BUILDER, testKey, testRing, type TestRing } from '../../tests/support/signing-fixture.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import { MAX_DOCUMENT_BYTES } from './domains.ts';
import { IN_TOTO_PAYLOAD_TYPE, preAuthenticationEncoding } from './envelope.ts';
import { jsfHead, signableBytes, verifyJsf } from './jsf.ts';
import type { DocumentRole } from './signer.ts';
import { keysFor, trustedRoot, walkRoots } from './trust-root.ts';

const code = (wanted: string): Error => expect.objectContaining({ code: wanted }) as Error;
const [ALICE, EVE] = [testKey(), testKey()];
const BILL = { bomFormat: 'CycloneDX', specVersion: '1.7', version: 1, components: [{ type: 'data', name: 'ä\u{1f600}', version: '1.0' }], metadata: { '': [null, true, 1e21] } };
const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value, undefined, 1));

/** Whose key it is called by is nobody's word. */
const saidBy = ({ signature, ...rest }: Signed): string => canonicalJson({ ...rest, signature: { ...signature, keyId: '' } });
interface Signed { signature: Record<string, unknown>; [field: string]: unknown }
const signed = (document: object, key = ALICE, head: object = jsfHead(key)): Signed => {
  const value = sign(null, signableBytes({ ...document }), key.private).toString('base64url');
  return { ...document, signature: { ...head, value } };
};
const check = (value: unknown): unknown => verifyJsf(bytesOf(value), [ALICE], 'it');

describe('a signature inside a document', () => {
  it('is made over the canonical form of all of it but the signature, and taken over that with all of it but the value too', () => {
    const { signature, ...rest } = signed(BILL);
    expect(verifyJsf(bytesOf({ ...rest, signature }), [EVE, ALICE], 'it')).toMatchObject({ document: BILL, keyId: ALICE.keyId });
    const value = sign(null, Buffer.from(canonicalJson({ ...BILL, signature: jsfHead(ALICE) })), ALICE.private).toString('base64url');
    expect(value).not.toBe(signature['value']);
    expect(verifyJsf(bytesOf({ ...BILL, signature: { ...jsfHead(ALICE), value } }), [EVE, ALICE], 'it').document).toEqual(BILL);
    expect(() => check({ ...BILL, signature: { ...jsfHead(ALICE), keyId: 'other', value } })).toThrow(code('SIGNING.NOT_SIGNED'));
  });

  it('is good however the document is laid out, and bad for any byte that says something else', () => {
    const text = JSON.stringify(signed(BILL));
    const reversed = Object.fromEntries(Object.entries(signed(BILL)).toReversed());
    expect(verifyJsf(Buffer.from(JSON.stringify(reversed, undefined, '\t')), [ALICE], 'it').document).toEqual(BILL);
    fc.assert(fc.property(fc.nat(text.length - 1), fc.integer({ min: 0x20, max: 0x7e }), (at, unit) => {
      const changed = Buffer.from(`${text.slice(0, at)}${String.fromCodePoint(unit)}${text.slice(at + 1)}`);
      let same = false;
      try {
        same = saidBy(JSON.parse(changed.toString()) as Signed) === saidBy(JSON.parse(text) as Signed);
      } catch { /* No JSON any more. */ }
      if (same) return;
      expect(() => verifyJsf(changed, [ALICE], 'it')).toThrow(expect.objectContaining({ code: expect.stringMatching(/^SIGNING\.(BAD_DOCUMENT|BAD_JSON|NOT_SIGNED)$/) as string }));
    }), { numRuns: 500 });
  });

  it('is good without a key in it, or under another name of the key', () => {
    const { publicKey: _publicKey, ...bare } = jsfHead(ALICE);
    expect(() => check(signed(BILL, ALICE, bare))).not.toThrow();
    expect(() => check(signed(BILL, ALICE, { ...jsfHead(ALICE), keyId: 'release key' }))).not.toThrow();
  });

  const good = signed(BILL);
  it.each([
    ['by a key that is not trusted', signed(BILL, EVE), 'NOT_SIGNED'],
    ['by a trusted key that calls itself another', signed(BILL, ALICE, { ...jsfHead(ALICE), publicKey: jsfHead(EVE).publicKey }), 'NOT_SIGNED'],
    ['with the key of somebody else put in', { ...good, signature: { ...good.signature, publicKey: jsfHead(EVE).publicKey } }, 'NOT_SIGNED'],
    ['that is not there', BILL, 'NOT_SIGNED'],
    ['with parts taken out of it', signed(BILL, ALICE, { ...jsfHead(ALICE), excludes: ['components'] }), 'BAD_DOCUMENT'],
    ['of several signers', { ...BILL, signature: { signers: [good.signature] } }, 'BAD_DOCUMENT'],
    ['of a chain', { ...BILL, signature: { chain: [good.signature] } }, 'BAD_DOCUMENT'],
    ['by another algorithm', { ...BILL, signature: { ...good.signature, algorithm: 'HS256' } }, 'BAD_DOCUMENT'],
    ['without a value', { ...BILL, signature: jsfHead(ALICE) }, 'BAD_DOCUMENT'],
    ['of 63 bytes', { ...BILL, signature: { ...good.signature, value: Buffer.alloc(63).toString('base64url') } }, 'BAD_DOCUMENT'],
    ['that is a text', { ...BILL, signature: 'good' }, 'BAD_DOCUMENT'],
    ['in what is no CycloneDX document', signed({ ...BILL, bomFormat: 'other' }), 'BAD_DOCUMENT'],
    ['in a version that is not read', signed({ ...BILL, specVersion: '1.4' }), 'BAD_DOCUMENT'],
    ['in a list', [good], 'BAD_DOCUMENT'],
  ])('%s is refused', (_, document, subcode) => {
    expect(() => check(document)).toThrow(code(`SIGNING.${subcode}`));
  });

  it('of a document with a key twice, or beyond the limit, is refused before any key is tried', () => {
    expect(() => verifyJsf(Buffer.from(JSON.stringify(good).replace('{', '{"version":1,')), [ALICE], 'it')).toThrow(code('SIGNING.BAD_JSON'));
    expect(() => verifyJsf(Buffer.alloc(MAX_DOCUMENT_BYTES + 1, 0x20), [ALICE], 'it')).toThrow(code('SIGNING.BAD_DOCUMENT'));
  });
});

describe('the signer of a home', () => {
  let made: TestRing;
  beforeEach(async () => { made = await testRing(); });
  afterEach(() => made.remove());

  it('signs a document as its builder, and a root says whether that counts', async () => {
    const { ring, clock } = made;
    const at = clock.now().toISOString();
    const document = bytesOf({ ...BILL, signature: await ring.signDocument('builder', bytesOf(BILL)) });
    clock.forward(86_400_000);
    await ring.rotate('builder');
    const [first, ...later] = await ring.roots();
    const root = walkRoots(trustedRoot(first!, 'root'), later, 'roots');
    const keysAt = (time: string): ReturnType<typeof keysFor> => keysFor(root, { role: 'builder', at: time, builderId: BUILDER });
    expect(verifyJsf(document, keysAt(at), 'it').document).toEqual(BILL);
    clock.forward(86_400_000);
    expect(() => verifyJsf(document, keysAt(clock.now().toISOString()), 'it')).toThrow(code('SIGNING.NOT_SIGNED'));
    expect(() => verifyJsf(document, keysFor(root, { role: 'rebuilder', at }), 'it')).toThrow(code('SIGNING.NOT_SIGNED'));
  });

  it('gives one document one signature, however it is laid out', async () => {
    const { ring } = made;
    expect(await ring.signDocument('builder', bytesOf(BILL))).toEqual(await ring.signDocument('builder', Buffer.from(canonicalJson(BILL))));
  });

  it.each([
    ['a statement', { _type: 'https://in-toto.io/Statement/v1', predicateType: 'https://slsa.dev/provenance/v1' }], ['a bill of another kind', { spdxVersion: 'SPDX-2.3' }],
    ['a version that is not written', { ...BILL, specVersion: '1.5' }], ['what is signed already', signed(BILL)], ['what is signed with nothing', { ...BILL, signature: null }], ['a list', [BILL]],
  ])('does not sign %s inside', async (_, value) => {
    await expect(made.ring.signDocument('builder', bytesOf(value))).rejects.toThrow(code('SIGNING.NOT_ITS_ROLE'));
  });

  it('signs inside for no other role, and nothing beyond the limit', async () => {
    for (const role of ['root', 'log', 'releaser', 'constructor', '__proto__']) await expect(made.ring.signDocument(role as DocumentRole, bytesOf(BILL))).rejects.toThrow(code('SIGNING.NOT_ITS_ROLE'));
    await expect(made.ring.signDocument('builder', Buffer.alloc(MAX_DOCUMENT_BYTES + 1, 0x20))).rejects.toThrow(code('SIGNING.NOT_ITS_ROLE'));
    await expect(made.ring.signDocument('builder', Buffer.from('{"bomFormat":"CycloneDX","bomFormat":"CycloneDX","specVersion":"1.7"}'))).rejects.toThrow(code('SIGNING.BAD_JSON'));
  });

  it('never says with it what an envelope or a note would say', async () => {
    const { ring } = made;
    const { keyId, value } = await ring.signDocument('builder', bytesOf(BILL));
    const key = keysFor(trustedRoot((await ring.roots())[0]!, 'root'), { role: 'builder', at: made.clock.now().toISOString() }).find((one) => one.keyId === keyId)!.key;
    const encoding = signableBytes(BILL);
    expect(verify(null, encoding, key, Buffer.from(value, 'base64url'))).toBe(true);
    expect(verify(null, preAuthenticationEncoding(IN_TOTO_PAYLOAD_TYPE, encoding), key, Buffer.from(value, 'base64url'))).toBe(false);
    await expect(ring.signPayload('builder', IN_TOTO_PAYLOAD_TYPE, encoding)).rejects.toThrow(code('SIGNING.NOT_ITS_ROLE'));
    await expect(ring.signNote(encoding.toString())).rejects.toThrow(code('SIGNING.NOT_ITS_ROLE'));
  });
});
