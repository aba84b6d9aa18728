import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import fc from 'fast-check';

import { documentText, IMAGE_WRITERS, KERNEL, shippedBuild, type ShippedBuild } from '../../tests/support/shipped-build.ts';
import { everything, sampleTree, type SampleTree } from '../../tests/support/sample-trees.ts';
import { testRing, type TestRing } from '../../tests/support/signing-fixture.ts';
import type { Detail, DocumentFormat } from '../documents/document.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256 } from '../foundation/digest.ts';
import { encodeEnvelope, makeEnvelope } from '../signing/envelope-files.ts';
import { IN_TOTO_PAYLOAD_TYPE } from '../signing/envelope.ts';
import { trustedRoot, walkRoots, type TrustRoot } from '../signing/trust-root.ts';
import { treeDigest } from '../tree/node.ts';
import { makeTree } from '../tree/tree.ts';
import { billCheckText } from './bill-check-text.ts';
import { BILL_STEPS, billExitCode, checkBill, type BillReport } from './check-bill.ts';

let directory: string;
let keys: TestRing;
let root: TrustRoot;
let build: ShippedBuild;

/** One of everything, but for attributes: a cpio can't say them. */
const sample = ((): SampleTree => {
  const { tree, blobs } = everything();
  return { blobs, tree: makeTree([...tree.entries].map(([path, entry]) => [path, entry.kind === 'hard-link' ? entry : { ...entry, xattrs: {} }])) };
})();

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'provenroot-bill-'));
  keys = await testRing('acme');
  root = await rootOf(keys);
  build = await shippedBuild(sample);
});
afterAll(async () => {
  await keys.remove();
  await rm(directory, { recursive: true, force: true });
});

async function rootOf({ ring }: TestRing): Promise<TrustRoot> {
  const [first, ...later] = await ring.roots();
  return walkRoots(trustedRoot(first!, 'root'), later, 'roots');
}

async function signedInside(text: string, by = keys): Promise<string> {
  return JSON.stringify({ ...JSON.parse(text) as object, signature: await by.ring.signDocument('builder', Buffer.from(text)) });
}

async function envelopeFor(document: string, { by = keys, predicateType = 'https://in-toto.io/attestation/reference/v0.1' } = {}): Promise<Buffer> {
  const statement = Buffer.from(canonicalJson({ _type: 'https://in-toto.io/Statement/v1', predicateType, predicate: {}, subject: [{ name: 'bom', digest: { sha256: sha256(document) } }] }));
  return Buffer.from(encodeEnvelope(makeEnvelope(IN_TOTO_PAYLOAD_TYPE, statement, [await by.ring.signPayload('builder', IN_TOTO_PAYLOAD_TYPE, statement)])));
}

const text = (format: DocumentFormat, detail: Detail = 'files'): string => documentText(build.inventory, format, detail);

interface Asked { document: string | Uint8Array; image?: string | Uint8Array; envelope?: Uint8Array; trusted?: TrustRoot; now?: string }

async function check({ document, image = 'rootfs.tar', envelope, trusted = root, now = keys.clock.now().toISOString() }: Asked): Promise<BillReport> {
  const paths = { document: join(directory, 'bom.json'), image: join(directory, 'image') };
  await writeFile(paths.document, document);
  await writeFile(paths.image, typeof image === 'string' ? build.images.get(image)! : image);
  return checkBill({ ...paths, root: trusted, now, ...(envelope === undefined ? {} : { envelope }) });
}

const outcomes = ({ steps }: BillReport): string => steps.map(({ step, outcome, code }) => `${step} ${code ?? outcome}`).join(', ');
const failures = ({ steps }: BillReport): string[] => steps.filter(({ outcome }) => outcome === 'FAILED').map(({ step, code }) => `${step} ${code}`);
const PASSED = BILL_STEPS.map((step) => `${step} PASSED`).join(', ');

describe('a document of files', () => {
  test.each(['rootfs.tar', 'rootfs.cpio.gz', 'rootfs.ext4'])('accepts the %s of its build, every byte of it', async (image) => {
    const report = await check({ document: await signedInside(text('cyclonedx-1.7')), image });
    expect(outcomes(report)).toBe(PASSED);
    expect(report).toMatchObject({ accepted: true, signers: [{ form: 'JSF', operator: 'acme' }], image: { name: image }, files: { compared: sample.tree.entries.size - 1, rootAgrees: true, notHeld: [] } });
    expect(billExitCode(report)).toBe(0);
  });

  test.each(['cyclonedx-1.6', 'spdx-3.0.1', 'spdx-2.3'] as const)('in %s is accepted with the envelope beside it', async (format) => {
    const document = text(format);
    const report = await check({ document, envelope: await envelopeFor(document) });
    expect(outcomes(report)).toBe(PASSED);
    expect(report).toMatchObject({ signers: [{ form: 'DSSE', operator: 'acme' }], document: { format, detail: 'files', sha256: sha256(document) } });
  });

  test('accepts an initramfs that was unpacked, under the digest that its document has of that', async () => {
    const document = await signedInside(text('cyclonedx-1.7'));
    const report = await check({ document, image: gunzipSync(build.images.get('rootfs.cpio.gz')!) });
    expect(outcomes(report)).toBe(PASSED);
    expect(report.steps[4]!.message).toContain('"rootfs.cpio.gz", unpacked');
  });

  test('holds a kernel against its digest alone', async () => {
    expect(outcomes(await check({ document: await signedInside(text('cyclonedx-1.7')), image: KERNEL }))).toBe(PASSED.replace('FILES PASSED', 'FILES SKIPPED'));
    expect(failures(await check({ document: await signedInside(text('cyclonedx-1.7')), image: Buffer.from('another kernel') }))).toEqual(['IMAGE DOCUMENTS.OTHER_BUILD']);
  });

  test('tells which paths of another image are not as it says', async () => {
    const other = await shippedBuild({ blobs: sample.blobs, tree: makeTree([...sample.tree.entries].filter(([path]) => path !== 'run/fifo').map(([path, entry]) => [path, path === 'tmp' ? { ...entry, mode: 0o777 } as typeof entry : entry])) });
    const report = await check({ document: await signedInside(text('cyclonedx-1.7')), image: other.images.get('rootfs.ext4')! });
    expect(failures(report)).toEqual(['IMAGE DOCUMENTS.OTHER_BUILD', 'FILES DOCUMENTS.IMAGE_DIFFERS']);
    expect(report.files).toMatchObject({ missing: 1, extra: 0, changed: 1, listed: [{ path: '/run/fifo', kind: 'missing' }, { path: '/tmp', kind: 'changed', fields: ['mode', 'ref'] }] });
    expect(billExitCode(report)).toBe(1);
    expect(billCheckText(report)).toMatch(/missing in the image: \/run\/fifo\n {2}changed: \/tmp \(mode, digest of all that is known of it\)/);
  });

  test('finds one changed byte, in a file and in what packs it', async () => {
    for (const image of ['rootfs.tar', 'rootfs.ext4']) {
      const bytes = Buffer.from(build.images.get(image)!);
      const at = bytes.indexOf('provenroot\n');
      bytes.write('P', at);
      const report = await check({ document: await signedInside(text('cyclonedx-1.7')), image: bytes });
      expect(failures(report)).toEqual(['IMAGE DOCUMENTS.OTHER_BUILD', 'FILES DOCUMENTS.IMAGE_DIFFERS']);
      expect(report.files!.listed.map(({ fields }) => fields)).toContainEqual(['ref', 'sha256']);
    }
    const padded = Buffer.concat([build.images.get('rootfs.tar')!, Buffer.of(0)]);
    expect(failures(await check({ document: await signedInside(text('cyclonedx-1.7')), image: padded }))).toContain('IMAGE DOCUMENTS.OTHER_BUILD');
  });

  test('finds any other byte, mode, owner or name of a file in a small image, in whatever that is packed', async () => {
    const owned = { mode: 0o644, uid: 0, gid: 0 };
    const small = sampleTree([['etc/a', { kind: 'file', ...owned, content: Buffer.from('aaaa') }], ['etc/b', { kind: 'file', ...owned, content: Buffer.from('bbbb') }]]);
    const { inventory } = await shippedBuild(small);
    const document = await signedInside(documentText(inventory, 'cyclonedx-1.7'));
    const change = fc.oneof(
      fc.record({ content: fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)) }), fc.record({ mode: fc.integer({ min: 0, max: 0o7777 }) }),
      fc.record({ uid: fc.nat(70_000) }), fc.record({ gid: fc.nat(70_000) }), fc.record({ path: fc.stringMatching(/^etc\/[a-z]{1,3}$/) }),
    );
    await fc.assert(fc.asyncProperty(change, fc.constantFrom(...Object.values(IMAGE_WRITERS)), async (changes, write) => {
      const { path = 'etc/a', ...fields }: Partial<{ path: string; content: Buffer; mode: number; uid: number; gid: number }> = changes;
      fc.pre(path !== 'etc/b');
      const other = sampleTree([[path, { kind: 'file', ...owned, content: Buffer.from('aaaa'), ...fields }], ['etc/b', { kind: 'file', ...owned, content: Buffer.from('bbbb') }]]);
      const isSame = treeDigest(other.tree) === treeDigest(small.tree);
      expect(failures(await check({ document, image: await write(other) }))).toEqual(isSame ? [] : ['IMAGE DOCUMENTS.OTHER_BUILD', 'FILES DOCUMENTS.IMAGE_DIFFERS']);
    }), { numRuns: 30 });
  });

  test('refuses an image that it says holds the root and that cannot be read', async () => {
    const squashfs = Buffer.concat([Buffer.from('hsqs'), Buffer.alloc(4096)]);
    const broken = await shippedBuild(sample, { 'rootfs.squashfs': async () => squashfs, 'rootfs.text': async () => Buffer.from('text') });
    const document = await signedInside(documentText(broken.inventory, 'cyclonedx-1.7'));
    expect(failures(await check({ document, image: squashfs }))).toEqual(['FILES DOCUMENTS.NO_TREE']);
    expect(failures(await check({ document, image: Buffer.from('text') }))).toEqual(['FILES DOCUMENTS.NO_TREE']);
  });
});

describe('a document of packages', () => {
  test('is held against the root as a whole, where its format has the digest', async () => {
    expect(outcomes(await check({ document: await signedInside(text('cyclonedx-1.7', 'packages')) }))).toBe(PASSED);
    const spdx = text('spdx-2.3', 'packages');
    expect(outcomes(await check({ document: spdx, envelope: await envelopeFor(spdx) }))).toBe(PASSED.replace('FILES PASSED', 'FILES SKIPPED'));
  });

  test('of another build is refused', async () => {
    const other = await shippedBuild(sampleTree([['x', { kind: 'fifo', mode: 0o600, uid: 0, gid: 0 }]]));
    const report = await check({ document: await signedInside(documentText(other.inventory, 'cyclonedx-1.7', 'packages')) });
    expect(failures(report)).toEqual(['IMAGE DOCUMENTS.OTHER_BUILD', 'FILES DOCUMENTS.IMAGE_DIFFERS']);
  });
});

describe('a signature', () => {
  const signedAs = async (change: (text: string) => string): Promise<string> => change(await signedInside(text('cyclonedx-1.7', 'packages')));

  test.each([
    ['stripped', (signed: string) => JSON.stringify({ ...JSON.parse(signed) as object, signature: undefined }), 'DOCUMENTS.NOT_SIGNED'],
    ['over another byte', (signed: string) => signed.replace('"version":1,', '"version":2,'), 'EVIDENCE.BAD_SIGNATURE'],
    ['itself changed', (signed: string) => signed.replace(/"value":"(.)([^"]*)"\}\}$/, (_all, first: string, rest: string) => `"value":"${first === 'A' ? 'B' : 'A'}${rest}"}}`), 'EVIDENCE.BAD_SIGNATURE'],
    ['that leaves out a part of the document', (signed: string) => signed.replace('"algorithm":"Ed25519"', '"excludes":["components"],"algorithm":"Ed25519"'), 'SIGNING.BAD_DOCUMENT'],
  ])('that is %s is refused', async (_what, change, code) => {
    const unsigned = await signedAs((signed) => signed);
    const changed = await signedAs(change);
    expect(changed).not.toBe(unsigned);
    expect(failures(await check({ document: changed }))).toContain(`SIGNED ${code}`);
  });

  test('of a key that the root does not know, or not for this, is refused', async () => {
    const stranger = await testRing('stranger');
    const document = text('spdx-3.0.1', 'packages');
    expect(failures(await check({ document: await signedInside(text('cyclonedx-1.7', 'packages'), stranger) }))).toEqual(['SIGNED EVIDENCE.UNKNOWN_SIGNER']);
    expect(failures(await check({ document, envelope: await envelopeFor(document, { by: stranger }) }))).toEqual(['SIGNED EVIDENCE.UNKNOWN_SIGNER']);
    const { publicKey } = root.content.keys.find(({ roles }) => roles.includes('builder'))!;
    await stranger.ring.trustKey({ publicKey, roles: ['verifier'], operator: 'acme' });
    const trusted = await rootOf(stranger);
    await stranger.remove();
    expect(failures(await check({ document, envelope: await envelopeFor(document), trusted }))).toEqual(['SIGNED EVIDENCE.WRONG_ROLE']);
    expect(failures(await check({ document: await signedInside(text('cyclonedx-1.7', 'packages')), trusted }))).toEqual(['SIGNED EVIDENCE.WRONG_ROLE']);
  });

  test('of a key that was not valid yet, or is no more, is refused', async () => {
    const document = await signedInside(text('cyclonedx-1.7', 'packages'));
    expect(failures(await check({ document, now: '2020-01-01T00:00:00.000Z' }))).toEqual(['SIGNED EVIDENCE.KEY_NOT_VALID_THEN']);
    const retired = await testRing('retired');
    const old = await signedInside(text('cyclonedx-1.7', 'packages'), retired);
    await retired.ring.rotate('builder');
    const trusted = await rootOf(retired);
    retired.clock.forward(3_600_000);
    expect(failures(await check({ document: old, trusted, now: retired.clock.now().toISOString() }))).toEqual(['SIGNED EVIDENCE.KEY_NOT_VALID_THEN']);
    await retired.remove();
  });

  test('beside the document must be of this document, by an in-toto statement about documents', async () => {
    const document = text('spdx-2.3', 'packages');
    expect(failures(await check({ document, envelope: await envelopeFor(text('spdx-2.3')) }))).toEqual(['SIGNED DOCUMENTS.OTHER_DOCUMENT']);
    expect(failures(await check({ document, envelope: await envelopeFor(document, { predicateType: 'https://slsa.dev/provenance/v1' }) }))).toEqual(['SIGNED EVIDENCE.WRONG_TYPE']);
    expect(failures(await check({ document, envelope: Buffer.from('{}') }))).toEqual(['SIGNED SIGNING.BAD_ENVELOPE']);
  });

  test('inside does not make good for a bad one beside it, nor the other way round', async () => {
    const document = await signedInside(text('cyclonedx-1.7', 'packages'));
    expect(failures(await check({ document, envelope: await envelopeFor('another') }))).toEqual(['SIGNED DOCUMENTS.OTHER_DOCUMENT']);
    const changed = document.replace('"version":1,', '"version":2,');
    expect(failures(await check({ document: changed, envelope: await envelopeFor(changed) }))).toEqual(['SIGNED EVIDENCE.BAD_SIGNATURE']);
    expect((await check({ document, envelope: await envelopeFor(document) })).signers.map(({ form }) => form)).toEqual(['JSF', 'DSSE']);
  });
});

describe('a document that is none', () => {
  test.each([
    ['truncated', (signed: string) => signed.slice(0, -1), ['READ DOCUMENTS.NOT_JSON']],
    ['ambiguous', (signed: string) => signed.replace('{', '{"version":1,'), ['READ DOCUMENTS.AMBIGUOUS']],
    ['of another format', () => '{"spdxVersion":"SPDX-2.1"}', ['READ DOCUMENTS.UNKNOWN_FORMAT']],
    ['not as its schema asks', (signed: string) => signed.replace('"version":1,', '"version":"1",'), ['VALID DOCUMENTS.NOT_VALID', 'SIGNED EVIDENCE.BAD_SIGNATURE']],
  ])('because it is %s ends there', async (_what, change, expected) => {
    const report = await check({ document: change(await signedInside(text('cyclonedx-1.7', 'packages'))) });
    expect(failures(report)).toEqual(expected);
    expect(report).toMatchObject({ accepted: false, signers: [] });
    expect(billExitCode(report)).toBe(expected[0]!.includes('FORMAT') ? 5 : 2);
  });

  test('because it lists a path twice is refused, and compared with nothing', async () => {
    const report = await check({ document: text('cyclonedx-1.7').replace('"/bin/vi"', '"/bin/sh"') });
    expect(outcomes(report)).toBe('READ PASSED, VALID PASSED, SIGNED DOCUMENTS.NOT_SIGNED, LISTED DOCUMENTS.PATH_TWICE, IMAGE SKIPPED, FILES SKIPPED');
  });

  test('tells a terminal nothing but text', async () => {
    const hostile = text('cyclonedx-1.7').replaceAll('rootfs.tar', String.raw`\u001b[31mroot\u202e`).replace('"/bin/vi"', String.raw`"/bin/\u001b[2J"`);
    const told = billCheckText(await check({ document: hostile }));
    // eslint-disable-next-line no-control-regex
    expect(told).not.toMatch(/[\u001b\u202e]/);
    expect(told).toContain(String.raw`missing in the image: /bin/\x1b[2J`);
  });

  test('is not looked for where it is not: the disk says so', () => {
    expect(() => checkBill({ document: join(directory, 'none'), image: directory, root, now: '2026-01-01T00:00:00.000Z' })).toThrow(expect.objectContaining({ code: 'BYTES.IO' }));
  });
});
