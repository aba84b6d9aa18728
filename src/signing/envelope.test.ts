import { createPublicKey, sign, verify } from 'node:crypto';

import { bundleFromJSON } from '@sigstore/bundle';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import fc from 'fast-check';

import { testKey } from '../../tests/support/signing-fixture.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { encodeEnvelope, encodeEnvelopeLines, makeEnvelope, mergeEnvelopes, oneEach, parseEnvelopeLines } from './envelope-files.ts';
import { IN_TOTO_PAYLOAD_TYPE, parseEnvelope, preAuthenticationEncoding, type Envelope } from './envelope.ts';
import { sigstoreBundle } from './sigstore-bundle.ts';
import { parseJson } from './strict-json.ts';
import { signersOf, verifyEnvelope } from './verify-envelope.ts';

const [ALICE, BOB, EVE] = [testKey(), testKey(), testKey()];
const PAYLOAD = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}');
const code = (wanted: string): Error => expect.objectContaining({ code: wanted }) as Error;

const signed = (keys: readonly (typeof ALICE)[], payload: Uint8Array = PAYLOAD, type = IN_TOTO_PAYLOAD_TYPE): Envelope =>
  makeEnvelope(type, payload, keys.map(({ keyId, private: key }) => ({ keyId, signature: sign(null, preAuthenticationEncoding(type, payload), key) })));
const parse = (value: unknown): Envelope => parseEnvelope(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), 'it');

describe('DSSE', () => {
  it('encodes the published example, and verifies the published signature over it', () => {
    const encoding = preAuthenticationEncoding('http://example.com/HelloWorld', Buffer.from('hello world'));
    expect(encoding.toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
    const coordinate = (decimal: string): string => Buffer.from(BigInt(decimal).toString(16).padStart(64, '0'), 'hex').toString('base64url');
    const key = createPublicKey({ format: 'jwk', key: {
      kty: 'EC', crv: 'P-256', x: coordinate('46950820868899156662930047687818585632848591499744589407958293238635476079160'),
      y: coordinate('5640078356564379163099075877009565129882514886557779369047442380624545832820'),
    } });
    const signature = Buffer.from('A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA==', 'base64');
    expect(verify('sha256', encoding, { key, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
  });

  it('counts bytes, not characters', () => {
    expect(preAuthenticationEncoding('ä', Buffer.from('日本')).toString()).toBe('DSSEv1 2 ä 6 日本');
  });

  it('gives no two inputs the same encoding', () => {
    fc.assert(fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (a, b, c, d) => {
      const same = preAuthenticationEncoding(a, Buffer.from(b)).equals(preAuthenticationEncoding(c, Buffer.from(d)));
      expect(same).toBe(Buffer.from(a).equals(Buffer.from(c)) && Buffer.from(b).equals(Buffer.from(d)));
    }));
  });
});

describe('an envelope', () => {
  it('is taken with standard and with URL-safe base64', () => {
    const envelope = signed([ALICE], Buffer.from([0xfb, 0xff, 0xfe, 0xff]));
    const urlSafe = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_');
    const foreign = { ...envelope, payload: urlSafe(envelope.payload), signatures: envelope.signatures.map(({ keyid, sig }) => ({ keyid, sig: urlSafe(sig) })) };
    expect(foreign.payload).not.toBe(envelope.payload);
    expect(verifyEnvelope(parse(foreign), [ALICE], 1, 'it').payload).toEqual(Buffer.from([0xfb, 0xff, 0xfe, 0xff]));
  });

  it('gives the bytes that were signed and the keys that signed them', () => {
    const verified = verifyEnvelope(signed([ALICE, BOB]), [BOB, ALICE, EVE], 2, 'it');
    expect(verified.payload).toEqual(PAYLOAD);
    expect(verified.keyIds).toEqual([BOB.keyId, ALICE.keyId]);
    verified.payload.fill(0);
    expect(verified.payload).toEqual(PAYLOAD);
  });

  it('counts a key once, however often it signed, under whatever name', () => {
    const [one] = signed([ALICE]).signatures;
    const twice = { ...signed([ALICE]), signatures: [one!, { ...one!, keyid: BOB.keyId }, { ...one!, keyid: '' }] };
    expect(() => verifyEnvelope(twice, [ALICE, BOB], 2, 'it')).toThrow(code('SIGNING.NOT_SIGNED'));
    expect(() => verifyEnvelope(twice, [ALICE, ALICE, BOB], 2, 'it')).toThrow(code('SIGNING.NOT_SIGNED'));
  });

  it('takes "keyid" for a hint: a missing or a wrong one neither helps nor hinders', () => {
    const [one] = signed([ALICE]).signatures;
    for (const keyid of ['', BOB.keyId, 'anything']) expect(signersOf({ ...signed([ALICE]), signatures: [{ ...one!, keyid }] }, [ALICE, BOB])).toEqual([ALICE.keyId]);
    expect(signersOf({ ...signed([EVE]), signatures: [{ ...signed([EVE]).signatures[0]!, keyid: ALICE.keyId }] }, [ALICE, BOB])).toEqual([]);
  });

  it('is not believed with a threshold of none', () => {
    expect(() => verifyEnvelope(signed([EVE]), [ALICE], 0, 'it')).toThrow(code('SIGNING.NOT_SIGNED'));
  });

  it('is not believed when any bit of payload, type or signature is another', () => {
    const good = signed([ALICE]);
    fc.assert(fc.property(fc.constantFrom('payload', 'sig', 'payloadType'), fc.nat(), fc.integer({ min: 0, max: 7 }), (part, at, bit) => {
      const flip = (bytes: Buffer): Buffer => { bytes[at % bytes.byteLength]! ^= 1 << bit; return bytes; };
      const changed: Envelope = part === 'payload' ? { ...good, payload: encodeBase64(flip(decodeBase64(good.payload)!)) }
        : part === 'payloadType' ? { ...good, payloadType: flip(Buffer.from(good.payloadType)).toString('latin1') }
          : { ...good, signatures: [{ keyid: ALICE.keyId, sig: encodeBase64(flip(decodeBase64(good.signatures[0]!.sig)!)) }] };
      expect(() => verifyEnvelope(changed, [ALICE, BOB], 1, 'it')).toThrow(code('SIGNING.NOT_SIGNED'));
    }));
  });

  const good = signed([ALICE]);
  it.each([
    ['no JSON', '{', 'BAD_JSON'], ['a list', '[]', 'BAD_ENVELOPE'], ['a key twice', JSON.stringify(good).replace('{', '{"payload":"",'), 'BAD_JSON'],
    ['a key twice, one of them escaped', JSON.stringify(good).replace('{', '{"payl\\u006fad":"",'), 'BAD_JSON'],
    ['a key twice, deep down and far from its colon', JSON.stringify(good).replace('"keyid"', `"keyid"${' '.repeat(200)}:"","keyid"`), 'BAD_JSON'],
    ['no payload type', JSON.stringify({ ...good, payloadType: undefined }), 'BAD_ENVELOPE'], ['a payload that is no base64', JSON.stringify({ ...good, payload: 'a b' }), 'BAD_ENVELOPE'],
    ['base64 with bits that no byte uses', JSON.stringify({ ...good, payload: 'QR==' }), 'BAD_ENVELOPE'], ['both alphabets of base64', JSON.stringify({ ...good, payload: '+_8=' }), 'BAD_ENVELOPE'],
    ['no signature', JSON.stringify({ ...good, signatures: [] }), 'BAD_ENVELOPE'], ['65 signatures', JSON.stringify({ ...good, signatures: Array.from({ length: 65 }, () => good.signatures[0]) }), 'BAD_ENVELOPE'],
    ['a signature that is a text', JSON.stringify({ ...good, signatures: ['x'] }), 'BAD_ENVELOPE'], ['half of a surrogate pair', '{"payloadType":"\\ud800"}', 'BAD_JSON'],
    ['a number beyond all bounds', '{"x":1e999}', 'BAD_JSON'], ['65 levels', `${'['.repeat(65)}${']'.repeat(65)}`, 'BAD_JSON'], ['a byte order mark', `\ufeff${JSON.stringify(good)}`, 'BAD_JSON'],
  ])('with %s is refused', (_, text, subcode) => {
    expect(() => parse(text)).toThrow(code(`SIGNING.${subcode}`));
  });

  it('of other bytes than UTF-8, or of more than 16 MiB, is refused', () => {
    expect(() => parseEnvelope(Buffer.from([0x22, 0xff, 0x22]), 'it')).toThrow(code('SIGNING.BAD_JSON'));
    expect(() => parseEnvelope(Buffer.alloc(16 * 1024 * 1024 + 1, 0x20), 'it')).toThrow(code('SIGNING.BAD_ENVELOPE'));
  });
});

describe('JSON of strangers', () => {
  it('is read as JSON.parse reads it, where no key comes twice', () => {
    fc.assert(fc.property(fc.json({ maxDepth: 6 }), (text) => {
      const value = JSON.parse(text) as unknown;
      expect(parseJson(Buffer.from(JSON.stringify(value, undefined, 2)), 'it')).toEqual(value);
    }));
  });

  it('is refused for any key that comes twice in one object, at any depth', () => {
    fc.assert(fc.property(fc.string().filter((key) => key.isWellFormed()), fc.nat({ max: 20 }), (key, depth) => {
      const name = JSON.stringify(key);
      const around = (inner: string): Buffer => Buffer.from(`${'{"x":['.repeat(depth)}${inner}${']}'.repeat(depth)}`);
      expect(() => parseJson(around(`{${name}:1,"other key":{${name}:2},${name} :3}`), 'it')).toThrow(code('SIGNING.BAD_JSON'));
      expect(() => parseJson(around(`[{${name}:1},{${name}:{${name}:2}},${name},${name}]`), 'it')).not.toThrow();
    }));
  });
});

describe('RFC 8785', () => {
  it('gives the published bytes: literals, numbers and the order of keys', () => {
    const input = '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}';
    const expected = '7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c226e756d62657273223a5b3333333333333333332e333333333333332c31652b33302c342e352c302e3030322c31652d32375d2c22737472696e67223a22e282ac245c75303030665c6e4127425c225c5c5c5c5c222f227d';
    expect(Buffer.from(canonicalJson(JSON.parse(input))).toString('hex')).toBe(expected);
    const keys = { '\u20ac': 'Euro Sign', '\r': 'Carriage Return', '\ufb33': 'Hebrew Letter Dalet With Dagesh', '1': 'One', '\ud83d\ude00': 'Emoji: Grinning Face', '\u0080': 'Control', '\u00f6': 'Latin Small Letter O With Diaeresis' };
    expect([...canonicalJson(keys).matchAll(/:"([^"]*)"/g)].map(([, value]) => value)).toEqual(['Carriage Return', 'One', 'Control', 'Latin Small Letter O With Diaeresis', 'Euro Sign', 'Emoji: Grinning Face', 'Hebrew Letter Dalet With Dagesh']);
  });

  it.each([
    ['0000000000000000', '0'], ['8000000000000000', '0'], ['0000000000000001', '5e-324'], ['8000000000000001', '-5e-324'], ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'], ['c340000000000000', '-9007199254740992'], ['4430000000000000', '295147905179352830000'], ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'], ['44b52d02c7e14af7', '1.0000000000000001e+23'], ['444b1ae4d6e2ef4e', '999999999999999700000'], ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'], ['3eb0c6f7a0b5ed8d', '0.000001'], ['41b3de4355555553', '333333333.3333332'], ['41b3de4355555556', '333333333.3333334'], ['41b3de4355555557', '333333333.33333343'], ['becbf647612f3696', '-0.0000033333333333333333'],
  ])('writes the number with the bits %s as %s', (bits, text) => {
    expect(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE())).toBe(text);
  });
});

describe('files of envelopes', () => {
  it('hold one a line, whoever wrote them, and merge to one a payload', () => {
    const each = oneEach(signed([ALICE, BOB]));
    const lines = parseEnvelopeLines(Buffer.concat([encodeEnvelopeLines(each), Buffer.from('\n \r\n'), encodeEnvelopeLines([signed([EVE], Buffer.from('{}')), each[0]!])]), 'file');
    expect(lines).toHaveLength(4);
    expect(mergeEnvelopes(lines)).toEqual([signed([ALICE, BOB]), signed([EVE], Buffer.from('{}'))]);
  });

  it('keep payloads of another type apart', () => {
    expect(mergeEnvelopes([signed([ALICE]), signed([ALICE], PAYLOAD, 'text/plain')])).toHaveLength(2);
  });

  it('name the line that is wrong', () => {
    expect(() => parseEnvelopeLines(Buffer.from(`${encodeEnvelope(signed([ALICE]))}\n{}\n`), 'file')).toThrow(expect.objectContaining({ place: 'file, line 2' }));
  });
});

describe('a Sigstore bundle', () => {
  const material = toTrustMaterial({ mediaType: '', tlogs: [], ctlogs: [], certificateAuthorities: [], timestampAuthorities: [] }, (hint) => ({
    publicKey: [ALICE, BOB].find(({ keyId }) => keyId === hint)!.key, validFor: () => true,
  }));
  const verifier = new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
  const check = (bundle: unknown): unknown => verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(JSON.stringify(bundle)))));
  const bundle = sigstoreBundle(signed([ALICE]));

  it('is accepted by @sigstore/verify with our key and no log', () => {
    expect(check(bundle)).toMatchObject({ key: ALICE.key });
  });

  const [signature] = bundle.dsseEnvelope.signatures;
  it.each([
    ['another payload', { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payload: encodeBase64(Buffer.from('{}')) } }],
    ['another payload type', { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, payloadType: 'text/plain' } }],
    ['another signature', { ...bundle, dsseEnvelope: signed([EVE]) }],
    ['another key\'s hint', { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, publicKey: { hint: BOB.keyId } } }],
    ['a cut signature', { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, signatures: [{ ...signature!, sig: signature!.sig.slice(0, 80) }] } }],
    ['two signatures', { ...bundle, dsseEnvelope: signed([ALICE, BOB]) }],
    ['no signature', { ...bundle, dsseEnvelope: { ...bundle.dsseEnvelope, signatures: [] } }],
    ['no hint', { ...bundle, verificationMaterial: { tlogEntries: [] } }],
  ])('with %s is rejected by it', (_, changed) => {
    expect(() => check(changed)).toThrow();
  });

  it('is rejected by it for any bit that is another, in payload, type or signature', () => {
    fc.assert(fc.property(fc.constantFrom('payload', 'payloadType', 'sig'), fc.nat(), fc.integer({ min: 0, max: 6 }), (part, at, bit) => {
      const changed = structuredClone(bundle) as unknown as { dsseEnvelope: Record<string, string> & { signatures: Record<string, string>[] } };
      const holder = part === 'sig' ? changed.dsseEnvelope.signatures[0]! : changed.dsseEnvelope;
      const bytes = part === 'payloadType' ? Buffer.from(holder[part]!) : Buffer.from(holder[part]!, 'base64');
      bytes[at % bytes.byteLength]! ^= 1 << bit;
      holder[part] = part === 'payloadType' ? bytes.toString() : bytes.toString('base64');
      expect(() => check(changed)).toThrow();
    }));
  });

  it('is made of one signature only', () => {
    expect(() => sigstoreBundle(signed([ALICE, BOB]))).toThrow(code('SIGNING.BAD_ENVELOPE'));
  });
});
