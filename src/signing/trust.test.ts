import { sign } from 'node:crypto';
import { chmod, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import fc from 'fast-check';

import { BUILDER, SteppingClock, testKey, testRing, type TestRing } from '../../tests/support/signing-fixture.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import { encodeEnvelope, makeEnvelope } from './envelope-files.ts';
import { IN_TOTO_PAYLOAD_TYPE, preAuthenticationEncoding, type Envelope } from './envelope.ts';
import { openKeyRing } from './key-ring.ts';
import { openKeyDirectory } from './key-store.ts';
import { encodeNote, formatVerifierKey, parseNote, parseVerifierKey, verifyNote } from './note.ts';
import { parseRootContent, ROOT_PAYLOAD_TYPE, type RootContent } from './root-content.ts';
import { SIGNING_ROLES, type PayloadRole } from './signer.ts';
import { isValidAt, keysFor, keysForAnyTime, logKeys, nextRoot, parseTrustedRoot, rootKey, trustedRoot, walkRoots } from './trust-root.ts';
import { payloadBytes, verifyEnvelope } from './verify-envelope.ts';

const code = (wanted: string): Error => expect.objectContaining({ code: wanted }) as Error;
const contentOf = (envelope: Envelope): RootContent => parseRootContent(payloadBytes(envelope), 'root');
const statement = (predicateType: string): Buffer => Buffer.from(canonicalJson({ _type: 'https://in-toto.io/Statement/v1', predicateType, subject: [], predicate: {} }));
const PROVENANCE = statement('https://slsa.dev/provenance/v1');

let made: TestRing[] = [];
const ring = async (operator = 'local'): Promise<TestRing> => { const one = await testRing(operator); made.push(one); return one; };
afterEach(async () => { await Promise.all(made.map(({ remove }) => remove())); made = []; });

describe('C2SP signed notes', () => {
  const KEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
  const NOTE = 'This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n';

  it('verify as the published example does', () => {
    const key = parseVerifierKey(KEY, 'key');
    expect(formatVerifierKey(key)).toBe(KEY);
    const note = parseNote(Buffer.from(NOTE), 'note');
    expect(note.text).toBe('This is an example message.\n');
    expect(verifyNote(note, [key], 'note')).toEqual([key]);
    expect(encodeNote(note)).toBe(NOTE);
  });

  it('are refused when a known key\'s signature is wrong, and when no known key signed', () => {
    const key = parseVerifierKey(KEY, 'key');
    const changed = parseNote(Buffer.from(NOTE.replace('example message', 'Example message')), 'note');
    expect(() => verifyNote(changed, [key], 'note')).toThrow(code('SIGNING.NOT_SIGNED'));
    expect(() => verifyNote(parseNote(Buffer.from(NOTE), 'note'), [{ ...key, name: 'example.com/bar' }], 'note')).toThrow(code('SIGNING.NOT_SIGNED'));
  });

  it('may carry signatures of strangers, which say nothing', () => {
    const note = parseNote(Buffer.from(`${NOTE}— witness.example ${Buffer.alloc(80, 5).toString('base64')}\n`), 'note');
    expect(verifyNote(note, [parseVerifierKey(KEY, 'key')], 'note')).toHaveLength(1);
  });

  it.each([
    ['no empty line', NOTE.replace('\n\n', '\n')], ['no last newline', NOTE.slice(0, -1)], ['a tab', NOTE.replace(' an ', '\tan ')], ['a carriage return', NOTE.replace('\n\n', '\r\n\n')],
    ['a hyphen for a dash', NOTE.replace('—', '-')], ['a plus in a name', NOTE.replace('com/foo', 'com+foo')], ['a signature without base64', NOTE.replace('Uw2Q', 'Uw!Q')],
    ['only a key hash', NOTE.replace(/Uw2Q.*\n/, 'Uw2QOg==\n')], ['a space in a name', NOTE.replace('com/foo', 'com\u00a0foo')], ['101 signatures', `${NOTE}${`${NOTE.split('\n')[2]}\n`.repeat(100)}`],
  ])('with %s are refused', (_, text) => {
    expect(() => parseNote(Buffer.from(text), 'note')).toThrow(code('SIGNING.BAD_NOTE'));
  });

  it('with another hash than the key\'s are no verifier key', () => {
    expect(() => parseVerifierKey(KEY.replace('530d903a', '530d903b'), 'key')).toThrow(code('SIGNING.BAD_KEY'));
  });
});

describe('a home\'s keys', () => {
  it('are made on first use, one a role, named by a root that they sign', async () => {
    const { ring: signer } = await ring();
    const keys = await signer.keys();
    expect(keys.map(({ role }) => role)).toEqual([...SIGNING_ROLES]);
    const [root, second] = await signer.roots();
    expect(second).toBeUndefined();
    const trusted = parseTrustedRoot(Buffer.from(encodeEnvelope(root!)), 'root.json');
    expect(trusted.content).toMatchObject({ version: 1, threshold: 1, roots: [keys.find(({ role }) => role === 'root')!.keyId] });
    expect(keysFor(trusted, { role: 'builder', at: trusted.content.issuedAt, builderId: BUILDER }).map(({ keyId }) => keyId)).toEqual([keys[0]!.keyId]);
  });

  it('lie where nobody else can read them', async () => {
    const { ring: signer, directory } = await ring();
    await signer.keys();
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    for (const name of (await readdir(directory)).toSorted()) expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
  });

  it('are not used once others may read them', async () => {
    const { ring: signer, directory, clock } = await ring();
    const { keyId } = (await signer.keys()).find(({ role }) => role === 'builder')!;
    await chmod(join(directory, `${keyId}.pem`), 0o644);
    const again = openKeyRing(await openKeyDirectory(directory), { clock, operator: 'local', builderIds: [BUILDER] });
    await expect(again.signPayload('builder', IN_TOTO_PAYLOAD_TYPE, PROVENANCE)).rejects.toThrow(code('SIGNING.KEYS_EXPOSED'));
  });

  it('are made once, by however many at once', async () => {
    const { directory, clock } = await ring();
    const rings = await Promise.all(Array.from({ length: 5 }, async () => openKeyRing(await openKeyDirectory(directory), { clock, operator: 'local', builderIds: [BUILDER] })));
    const seen = await Promise.all(rings.map((one) => one.keys()));
    for (const keys of seen) expect(keys).toEqual(seen[0]);
    expect((await readdir(directory)).filter((name) => name.endsWith('.pem'))).toHaveLength(SIGNING_ROLES.length);
  });

  const SAYS: Record<PayloadRole, string | undefined> = {
    builder: 'https://slsa.dev/provenance/v1', rebuilder: 'https://provenroot.dev/rebuild/v1', releaser: 'https://provenroot.dev/release/v1', root: undefined, verifier: 'https://slsa.dev/verification_summary/v1',
  };
  it('sign what is their role\'s to say, and nothing else', async () => {
    const { ring: signer } = await ring();
    const roles = Object.keys(SAYS) as PayloadRole[];
    for (const role of roles) {
      for (const type of Object.values(SAYS).filter((one) => one !== undefined)) {
        const signing = signer.signPayload(role, IN_TOTO_PAYLOAD_TYPE, statement(type));
        if (SAYS[role] === type) await expect(signing).resolves.toMatchObject({ keyId: expect.any(String) as string });
        else await expect(signing).rejects.toThrow(code('SIGNING.NOT_ITS_ROLE'));
      }
      await expect(signer.signPayload(role, ROOT_PAYLOAD_TYPE, payloadBytes((await signer.roots())[0]!))).rejects.toThrow(code('SIGNING.NOT_ITS_ROLE'));
      await expect(signer.signPayload(role, IN_TOTO_PAYLOAD_TYPE, Buffer.from('DSSEv1'))).rejects.toThrow(code('SIGNING.BAD_JSON'));
    }
  });

  it('sign notes only as checkpoints of their own log', async () => {
    const { ring: signer } = await ring();
    const { origin } = contentOf((await signer.roots())[0]!).log;
    const root = Buffer.alloc(32).toString('base64');
    await expect(signer.signNote(`${origin}\n7\n${root}\n`)).resolves.toMatchObject({ name: origin });
    for (const text of [`other.example\n7\n${root}\n`, `${origin}\n07\n${root}\n`, `${origin}\n7\n${root}\nmore\n`, `${origin}\n7\nAA==\n`, `${origin}\n7\n${root}`, 'DSSEv1 1 a 1 b', '']) {
      await expect(signer.signNote(text)).rejects.toThrow(code('SIGNING.NOT_ITS_ROLE'));
    }
  });
});

describe('rotation', () => {
  it('gives a role a new key, ends the old one soon, and keeps what it said good', async () => {
    const { ring: signer, clock } = await ring();
    const before = await signer.signPayload('builder', IN_TOTO_PAYLOAD_TYPE, PROVENANCE);
    const loggedAt = clock.now().toISOString();
    clock.forward(86_400_000);
    const trusted = nextRoot(trustedRoot((await signer.roots())[0]!, 'v1'), await signer.rotate('builder'), 'v2');
    clock.forward(86_400_000);
    const after = await signer.signPayload('builder', IN_TOTO_PAYLOAD_TYPE, PROVENANCE);
    expect(after.keyId).not.toBe(before.keyId);
    const good = (signature: typeof before, at: string): boolean => {
      try {
        verifyEnvelope(makeEnvelope(IN_TOTO_PAYLOAD_TYPE, PROVENANCE, [signature]), keysFor(trusted, { role: 'builder', at, builderId: BUILDER }), 1, 'it');
        return true;
      } catch { return false; }
    };
    expect([good(before, loggedAt), good(before, clock.now().toISOString()), good(after, clock.now().toISOString()), good(after, loggedAt)]).toEqual([true, false, true, false]);
    expect(keysForAnyTime(trusted, { role: 'builder' })).toHaveLength(2);
  });

  it.each(SIGNING_ROLES)('of the %s key makes a root that follows the one before', async (role) => {
    const { ring: signer, clock } = await ring();
    const [first] = await signer.roots();
    clock.forward(1000);
    await signer.rotate(role);
    clock.forward(1000);
    await signer.rotate(role);
    const roots = await signer.roots();
    expect(roots).toHaveLength(3);
    const last = walkRoots(trustedRoot(first!, 'v1'), roots.toReversed(), 'roots');
    expect(last.content.version).toBe(3);
    expect((await signer.keys()).filter((key) => key.role === role).map(({ validUntil }) => validUntil === undefined)).toEqual([false, false, true]);
  });

  it('of the log key keeps its origin, and both keys under the checkpoints of their time', async () => {
    const { ring: signer, clock } = await ring();
    const first = contentOf((await signer.roots())[0]!);
    clock.forward(1000);
    const root = trustedRoot(await signer.rotate('log'), 'v2');
    expect(root.content.log.origin).toBe(first.log.origin);
    expect(logKeys(root, first.log.origin, first.issuedAt)).toHaveLength(2);
    expect(logKeys(root, first.log.origin, '2030-01-01T00:00:00.000Z')).toHaveLength(1);
    expect(logKeys(root, 'another.example/log', first.issuedAt)).toHaveLength(0);
  });

  it('by several at once loses none', async () => {
    const { directory, clock } = await ring();
    const rings = await Promise.all(Array.from({ length: 4 }, async () => openKeyRing(await openKeyDirectory(directory), { clock, operator: 'local', builderIds: [BUILDER] })));
    await rings[0]!.keys();
    await Promise.all(rings.map((one) => one.rotate('builder')));
    const roots = await rings[0]!.roots();
    expect(roots.map((root) => contentOf(root).version)).toEqual([1, 2, 3, 4, 5]);
    expect(walkRoots(trustedRoot(roots[0]!, 'v1'), roots, 'roots').content.keys.filter(({ roles }) => roles.includes('builder'))).toHaveLength(5);
  });
});

describe('trust in another operator', () => {
  it('binds a key to a name, roles and builders, and ends with a version more', async () => {
    const { ring: signer, clock } = await ring();
    const foreign = testKey();
    const told = { publicKey: foreign.pem, operator: 'acme', roles: ['rebuilder' as const], builderIds: [BUILDER] };
    const root = trustedRoot(await signer.trustKey(told), 'v2');
    const at = clock.now().toISOString();
    expect(rootKey(root, foreign.keyId)).toMatchObject({ operator: 'acme', roles: ['rebuilder'] });
    expect(keysFor(root, { role: 'rebuilder', at, operator: 'acme' })).toHaveLength(1);
    expect(keysFor(root, { role: 'builder', at, operator: 'acme' })).toHaveLength(0);
    expect(keysFor(root, { role: 'rebuilder', at, builderId: 'https://other.example' })).toHaveLength(0);
    expect(keysFor(root, { role: 'rebuilder', at: '2025-01-01T00:00:00.000Z', operator: 'acme' })).toHaveLength(0);
    await expect(signer.trustKey(told)).rejects.toThrow(code('SIGNING.KNOWN_KEY'));
    const without = trustedRoot(await signer.distrustKey(foreign.keyId), 'v3');
    expect([without.content.version, rootKey(without, foreign.keyId)]).toEqual([3, undefined]);
  });

  it('is not given to a second key under this home\'s own name, nor taken from a key of its own', async () => {
    const { ring: signer } = await ring();
    await expect(signer.trustKey({ publicKey: testKey().pem, operator: 'local', roles: ['builder'], builderIds: [BUILDER] })).rejects.toThrow(code('SIGNING.BAD_ROOT'));
    await expect(signer.distrustKey((await signer.keys())[0]!.keyId)).rejects.toThrow(code('SIGNING.UNKNOWN_KEY'));
    await expect(signer.distrustKey('0'.repeat(64))).rejects.toThrow(code('SIGNING.UNKNOWN_KEY'));
    await expect(signer.trustKey({ publicKey: 'no key', operator: 'acme', roles: ['builder'], builderIds: [BUILDER] })).rejects.toThrow(code('SIGNING.BAD_KEY'));
    expect(await signer.roots()).toHaveLength(1);
  });
});

describe('the chain of roots', () => {
  const chain = async (): Promise<Envelope[]> => {
    const { ring: signer, clock } = await ring();
    await signer.roots();
    for (const role of ['builder', 'root', 'log'] as const) { clock.forward(1000); await signer.rotate(role); }
    return [...await signer.roots()];
  };

  it('is walked forward from any version, and never back', async () => {
    const roots = await chain();
    for (const root of roots) expect(walkRoots(trustedRoot(root, 'it'), roots, 'roots').content.version).toBe(4);
    expect(walkRoots(trustedRoot(roots[3]!, 'it'), roots.slice(0, 2), 'roots').content.version).toBe(4);
  });

  it('is refused at a gap, at a stranger\'s version, and at one of two that differ', async () => {
    const [first, second, third] = await chain();
    expect(() => walkRoots(trustedRoot(first!, 'it'), [third!], 'roots')).toThrow(code('SIGNING.ROOT_CHAIN'));
    const { ring: other, clock } = await ring();
    await other.roots();
    clock.forward(1000);
    const foreign = await other.rotate('builder');
    expect(() => walkRoots(trustedRoot(first!, 'it'), [foreign], 'roots')).toThrow(code('SIGNING.NOT_SIGNED'));
    expect(() => walkRoots(trustedRoot(first!, 'it'), [second!, foreign], 'roots')).toThrow(code('SIGNING.ROOT_CHAIN'));
  });

  const root = testKey();
  const second = testKey();
  const key = (one: typeof root, more: object = {}): RootContent['keys'][number] => ({ keyId: one.keyId, publicKey: one.pem, roles: ['root'], operator: 'acme', validFrom: '2026-01-01T00:00:00.000Z', ...more });
  const content: RootContent = { format: 1, version: 1, issuedAt: '2026-01-01T00:00:00.000Z', threshold: 1, roots: [root.keyId], keys: [key(root), key(second)], log: { origin: 'example.com/log', keyIds: [] } };
  const issue = (value: object, ...keys: (typeof root)[]): Envelope => {
    const payload = Buffer.from(canonicalJson(value));
    return makeEnvelope(ROOT_PAYLOAD_TYPE, payload, keys.map((one) => ({ keyId: one.keyId, signature: sign(null, preAuthenticationEncoding(ROOT_PAYLOAD_TYPE, payload), one.private) })));
  };

  it('counts a threshold of the old root keys and of the new ones', () => {
    const two = { ...content, threshold: 2, roots: [root.keyId, second.keyId] };
    expect(() => trustedRoot(issue(two, root), 'it')).toThrow(code('SIGNING.NOT_SIGNED'));
    const trusted = trustedRoot(issue(two, root, second), 'it');
    const lower = { ...content, version: 2 };
    expect(() => nextRoot(trusted, issue(lower, root), 'it')).toThrow(code('SIGNING.NOT_SIGNED'));
    expect(nextRoot(trusted, issue(lower, root, second), 'it').content.threshold).toBe(1);
    const replaced = { ...content, version: 2, roots: [second.keyId] };
    expect(() => nextRoot(trustedRoot(issue(content, root), 'it'), issue(replaced, root), 'it')).toThrow(code('SIGNING.NOT_SIGNED'));
    expect(() => nextRoot(trustedRoot(issue(content, root), 'it'), issue(replaced, second), 'it')).toThrow(code('SIGNING.NOT_SIGNED'));
    expect(nextRoot(trustedRoot(issue(content, root), 'it'), issue(replaced, root, second), 'it').content.roots).toEqual([second.keyId]);
    expect(() => nextRoot(trustedRoot(issue(content, root), 'it'), issue({ ...content, version: 2, issuedAt: '2025-01-01T00:00:00.000Z' }, root), 'it')).toThrow(code('SIGNING.ROOT_CHAIN'));
  });

  it.each([
    ['an unknown field', { ...content, expires: 'never' }], ['another format', { ...content, format: 2 }], ['version 0', { ...content, version: 0 }], ['a threshold of none', { ...content, threshold: 0 }],
    ['more needed than there are', { ...content, threshold: 2 }], ['a root key that it does not have', { ...content, roots: ['0'.repeat(64)] }], ['a root key twice', { ...content, roots: [root.keyId, root.keyId] }],
    ['a key twice', { ...content, keys: [key(root), key(root)] }], ['a key under another\'s id', { ...content, keys: [key(root), key(second, { publicKey: root.pem })] }],
    ['a role that there is not', { ...content, keys: [key(root, { roles: ['root', 'king'] })] }], ['a builder without builders', { ...content, keys: [key(root, { roles: ['root', 'builder'] })] }],
    ['a day that there is not', { ...content, issuedAt: '2026-02-30T00:00:00.000Z' }], ['a time in another zone', { ...content, issuedAt: '2026-01-01T00:00:00+00:00' }],
    ['an end before the beginning', { ...content, keys: [key(root, { validUntil: '2025-01-01T00:00:00.000Z' })] }], ['an operator without a name', { ...content, keys: [key(root, { operator: '' })] }],
    ['a log key that is none', { ...content, log: { origin: 'example.com/log', keyIds: [root.keyId] } }], ['an origin with a newline', { ...content, log: { origin: 'a\nb', keyIds: [] } }], ['no log', { ...content, log: undefined }],
  ])('is not begun by a root with %s', (_, value) => {
    expect(() => trustedRoot(issue(JSON.parse(JSON.stringify(value)) as object, root, second), 'it')).toThrow(expect.objectContaining({ code: expect.stringMatching(/^SIGNING\.BAD_ROOT$/) as string }));
  });

  it('is not begun by another payload type', () => {
    const payload = Buffer.from(canonicalJson(content));
    const other = makeEnvelope(IN_TOTO_PAYLOAD_TYPE, payload, [{ keyId: root.keyId, signature: sign(null, preAuthenticationEncoding(IN_TOTO_PAYLOAD_TYPE, payload), root.private) }]);
    expect(() => trustedRoot(other, 'it')).toThrow(code('SIGNING.BAD_ROOT'));
  });
});

it('a key is valid from its beginning up to its end, and not at it', () => {
  fc.assert(fc.property(fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }), fc.integer({ min: 1, max: 1e9 }), (from, ms) => {
    const validFrom = from.toISOString();
    const validUntil = new Date(from.getTime() + ms).toISOString();
    const window = { keyId: '', publicKey: '', roles: [], operator: '', validFrom, validUntil };
    const at = (offset: number): boolean => isValidAt(window, new Date(from.getTime() + offset).toISOString());
    expect([at(-1), at(0), at(ms - 1), at(ms)]).toEqual([false, true, true, false]);
  }));
  expect(new SteppingClock().now().getTime()).toBe(Date.parse('2026-01-01'));
});
