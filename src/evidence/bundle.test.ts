import fc from 'fast-check';

import { bytesOf, EvidenceHome, retarred, signWith, streamOf, type StatementPart } from '../../tests/support/evidence-archive.ts';
import { testKey } from '../../tests/support/signing-fixture.ts';
import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256 } from '../foundation/digest.ts';
import { makeEnvelope } from '../signing/envelope-files.ts';
import type { Envelope } from '../signing/envelope.ts';
import { encodeNote, parseNote } from '../signing/note.ts';
import { ROOT_PAYLOAD_TYPE } from '../signing/root-content.ts';
import { parseTrustedRoot } from '../signing/trust-root.ts';
import { payloadBytes } from '../signing/verify-envelope.ts';
import { checkpointText } from '../transparency/checkpoint.ts';
import { encodeTlogProof, parseTlogProof } from '../transparency/tlog-proof.ts';
import { readBundle } from './bundle-read.ts';
import { unreadableBundle, verifyBundle, type BundleReport, type VerifyBundleOptions } from './bundle-verify.ts';
import { writeBundle } from './bundle-write.ts';
import { PROVENANCE_TYPE, RELEASE_TYPE } from './predicates.ts';
import { DEFAULT_POLICY } from './quorum-policy.ts';

const NOW = '2026-02-01T00:00:00.000Z';
const LENIENT = { ...DEFAULT_POLICY, minimumCompleteness: 0 };

const homes: EvidenceHome[] = [];
afterAll(() => Promise.all(homes.map(({ keys }) => keys.remove())));
const home = async (operator?: string): Promise<EvidenceHome> => { const one = await EvidenceHome.open(operator); homes.push(one); return one; };

type Question = Partial<Omit<VerifyBundleOptions, 'trusted'>>;
/** As a stranger does it: the archive's bytes and a root.json that came on another way. */
async function judged(archive: Uint8Array, root: Uint8Array, question: Question = {}): Promise<BundleReport> {
  try {
    return verifyBundle(await readBundle(streamOf(archive)), { trusted: parseTrustedRoot(root, 'root.json'), now: NOW, policy: LENIENT, ...question });
  } catch (error) {
    return unreadableBundle(error);
  }
}
const failure = ({ steps }: BundleReport): string | undefined => { const failed = steps.find(({ outcome }) => outcome === 'failed'); return failed && `${failed.step} ${failed.code}`; };

const replaced = (text: string, from: string | RegExp, to: string): string => { const changed = text.replace(from, to); expect(changed).not.toBe(text); return changed; };
const edit = (files: Map<string, Buffer>, path: string | RegExp, change: (text: string) => string): void => {
  const found = [...files.keys()].find((one) => typeof path === 'string' ? one === path : path.test(one))!;
  files.set(found, Buffer.from(change(files.get(found)!.toString())));
};
const flipped = (base64: string, at = 3): string => { const bytes = Buffer.from(base64, 'base64'); bytes[at]! ^= 1; return bytes.toString('base64'); };

describe('an evidence archive', () => {
  it('passes with a root.json that came on another way, and tells what it is about', async () => {
    const one = await home();
    const archive = await one.archive(await one.content([await one.provenance()]));
    const [subject] = one.made.statement.subject;
    const report = await judged(archive, await one.rootJson(), { file: subject!.digest.sha256 });
    expect(failure(report)).toBeUndefined();
    expect(report).toMatchObject({ passed: true, rootVersion: 1, provenance: { definitionDigest: one.parsed().definitionDigest, operator: 'local', sha256: one.made.payloadSha256 } });
    expect(report.steps.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual([
      'archive passed', 'root passed', 'log passed', 'signatures passed', 'types passed', 'parameters passed', 'builder passed', 'subject passed', 'release skipped', 'inputs skipped', 'expectations skipped',
      'completeness passed', 'rebuilds skipped',
    ]);
  });

  it('has the same bytes for the same content, whatever its order', async () => {
    const one = await home();
    const statements = [await one.provenance(), await one.release(one.made.statement.subject.map(({ name, digest }) => ({ name, sha256: digest.sha256 })))];
    const content = await one.content(statements);
    const other = { ...content, statements: statements.toReversed(), byproducts: content.byproducts.toReversed(), files: content.files!.toReversed(), roots: content.roots };
    expect(await one.archive(other)).toEqual(await one.archive(content));
  });

  it('gives back what was put into it, inputs as a stream', async () => {
    const one = await home();
    const source = Buffer.alloc(200_000, 7);
    one.blobs.set(sha256(source), source);
    const content = await one.content([await one.provenance()], { inputs: [{ name: 'source.tar', sha256: sha256(source), sizeBytes: source.byteLength }] });
    const taken: Buffer[] = [];
    const bundle = await readBundle(streamOf(await one.archive(content)), { onInput: async (input) => { taken.push(await bytesOf(input)); } });
    expect(taken).toEqual([source]);
    expect(bundle.index.inputs).toEqual(content.inputs);
    expect([...bundle.files].map(([path, { executable }]) => [path, executable])).toEqual([['catalog/recipes/hello/recipe.yaml', false], ['catalog/recipes/hello/run.sh', true], ['configuration.json', false]]);
    expect([...bundle.byproducts].every(([digest, bytes]) => sha256(bytes) === digest)).toBe(true);
  });

  it('still passes after every key was rotated, with the root of before and with the root of after', async () => {
    const one = await home();
    const statement = await one.provenance();
    const before = await one.rootJson();
    one.keys.clock.forward(86_400_000);
    for (const role of ['builder', 'log', 'root'] as const) { await one.keys.ring.rotate(role); one.keys.clock.forward(1000); }
    const archive = await one.archive(await one.content([statement]));
    expect(failure(await judged(archive, before))).toBeUndefined();
    expect(await judged(archive, await one.rootJson())).toMatchObject({ passed: true, rootVersion: 4 });
  });

  it('counts rebuilds of operators that the root binds, one each, and meets a quorum of two', async () => {
    const one = await home();
    const [acme, uni] = [await one.friend('acme'), await one.friend('uni')];
    const statements = [await one.provenance(), await one.rebuild('acme', acme), await one.rebuild('uni', uni), await one.rebuild('stranger', testKey())];
    const report = await judged(await one.archive(await one.content(statements)), await one.rootJson(1), { needQuorum: true });
    expect(failure(report)).toBeUndefined();
    expect(report.rebuilds!.map(({ aggregate: { state, independent } }) => `${state} ${independent}`)).toEqual(report.rebuilds!.map(() => 'VERIFIED 2'));
    expect(report.steps.find(({ step }) => step === 'signatures')!.message).toContain('1 rebuilds of unknown rebuilders count for nothing');
  });

  it('never makes the reader fail but by a code, whatever bytes are changed', async () => {
    const one = await home();
    const archive = await one.archive(await one.content([await one.provenance()]));
    const root = await one.rootJson();
    await fc.assert(fc.asyncProperty(fc.nat({ max: archive.byteLength - 1 }), fc.integer({ min: 1, max: 255 }), async (at, by) => {
      const changed = Buffer.from(archive);
      changed[at] = changed[at]! ^ by;
      const report = await judged(changed, root);
      if (!report.passed) expect(failure(report)).toMatch(/^[a-z]+ [A-Z]+\.[A-Z_]+$/);
    }), { numRuns: 200 });
  });
});

interface World { one: EvidenceHome; honest: StatementPart; archive: Buffer; root: Buffer }
interface Tampered { archive: Buffer; root?: Buffer; question?: Question }
type Tamper = (world: World) => Promise<Tampered>;

/** With other files on the way. */
const onTheWay = (change: (files: Map<string, Buffer>, world: World) => void): Tamper => async (world) => ({ archive: await retarred(world.archive, (files) => change(files, world)) });
/** Made so by whoever wrote the archive, with that home's own keys where they are needed. */
const madeSo = (make: (one: EvidenceHome, world: World) => Promise<readonly StatementPart[]>): Tamper => async (world) => ({
  archive: await world.one.archive(await world.one.content(await make(world.one, world))), root: await world.one.rootJson(),
});
const payloadOf = (part: StatementPart): Buffer => payloadBytes(part.envelopes[0]!);
const withPayload = (make: (statement: Record<string, unknown>) => string, told: object = {}) => madeSo(async (one) => {
  const payload = Buffer.from(make(structuredClone(one.made.statement)));
  return [await one.statement(payload, PROVENANCE_TYPE, [await one.signAs('builder', payload)], told)];
});
const changedProof = (part: StatementPart, change: (proof: ReturnType<typeof parseTlogProof>) => { proof?: object; note?: string }): StatementPart => {
  const proof = parseTlogProof(Buffer.from(part.proof), 'proof');
  const { proof: other = {}, note = encodeNote(proof.note) } = change(proof);
  return { ...part, proof: encodeTlogProof({ ...proof, ...other }, note) };
};

const TAMPERINGS: readonly [string, string, Tamper][] = [
  ['the whole archive signed anew under a root of its own', 'root EVIDENCE.FOREIGN_ROOT', async ({ root }) => {
    const thief = await home();
    return { archive: await thief.archive(await thief.content([await thief.provenance()])), root };
  }],
  ['the same, with the trusted root put in the place of its own', 'log EVIDENCE.UNKNOWN_LOG', async ({ root, one }) => {
    const thief = await home();
    return { archive: await thief.archive(await thief.content([await thief.provenance()], { roots: await one.keys.ring.roots() })), root };
  }],
  ['a version of the root that the trusted keys have not signed', 'root SIGNING.NOT_SIGNED', async ({ one, honest, root }) => {
    const thief = await home();
    await thief.keys.ring.roots();
    return { archive: await one.archive(await one.content([honest], { roots: [...await one.keys.ring.roots(), await thief.keys.ring.rotate('builder')] })), root };
  }],
  ['a version of the root left out of the chain', 'root SIGNING.ROOT_CHAIN', async () => {
    const one = await home();
    const statement = await one.provenance();
    const root = await one.rootJson();
    for (const role of ['builder', 'log'] as const) { one.keys.clock.forward(1000); await one.keys.ring.rotate(role); }
    const [first, , third] = await one.keys.ring.roots();
    return { archive: await one.archive(await one.content([statement], { roots: [first!, third!] })), root };
  }],
  ['another payload under the old name', 'archive EVIDENCE.BUNDLE_DIGEST', onTheWay((files) => edit(files, /^statements\//, (text) => {
    const envelope = JSON.parse(text) as Envelope;
    return `${JSON.stringify({ ...envelope, payload: flipped(envelope.payload, 40) })}\n`;
  }))],
  ['two statements swapped', 'archive EVIDENCE.BUNDLE_DIGEST', async ({ one, honest, root }) => {
    const archive = await one.archive(await one.content([honest, await one.release(one.made.statement.subject.map(({ name, digest }) => ({ name, sha256: digest.sha256 })))]));
    return { root, archive: await retarred(archive, (files) => {
      const [a, b] = [...files.keys()].filter((path) => path.startsWith('statements/'));
      const [first, second] = [files.get(a!)!, files.get(b!)!];
      files.set(a!, second).set(b!, first);
    }) };
  }],
  ['another payload with the same signature, under its own name, with the old proof', 'log EVIDENCE.NOT_THE_ENTRY', async ({ one, honest, root }) => {
    const [envelope] = honest.envelopes;
    const payload = Buffer.from(replaced(payloadOf(honest).toString(), /"finishedOn":"2026/, '"finishedOn":"2025'));
    return { root, archive: await one.archive(await one.content([{ ...honest, envelopes: [{ ...envelope!, payload: payload.toString('base64') }] }])) };
  }],
  ['two proofs swapped', 'log EVIDENCE.NOT_THE_ENTRY', async ({ one, honest, root }) => {
    const release = await one.release(one.made.statement.subject.map(({ name, digest }) => ({ name, sha256: digest.sha256 })));
    return { root, archive: await one.archive(await one.content([{ ...honest, proof: release.proof }, { ...release, proof: honest.proof }])) };
  }],
  ['a signature of which a bit is another', 'signatures EVIDENCE.BAD_SIGNATURE', onTheWay((files) => edit(files, /^statements\//, (text) => {
    const envelope = JSON.parse(text) as Envelope;
    return `${JSON.stringify({ ...envelope, signatures: [{ ...envelope.signatures[0]!, sig: flipped(envelope.signatures[0]!.sig) }] })}\n`;
  }))],
  ['no signature', 'archive SIGNING.BAD_ENVELOPE', onTheWay((files) => edit(files, /^statements\//, (text) => `${JSON.stringify({ ...JSON.parse(text) as Envelope, signatures: [] })}\n`))],
  ['a key that nobody knows', 'signatures EVIDENCE.UNKNOWN_SIGNER', madeSo(async (one) => {
    const thief = testKey();
    return [await one.statement(one.made.payload, PROVENANCE_TYPE, [signWith(thief.keyId, thief.private, one.made.payload)])];
  })],
  ['a key that nobody knows under the name of one that is known', 'signatures EVIDENCE.BAD_SIGNATURE', madeSo(async (one) => {
    const { keyId } = await one.signAs('builder', one.made.payload);
    return [await one.statement(one.made.payload, PROVENANCE_TYPE, [signWith(keyId, testKey().private, one.made.payload)])];
  })],
  ['a key of another role', 'signatures EVIDENCE.WRONG_ROLE', madeSo(async (one) => [await one.provenance(undefined, 'releaser')])],
  ['a key that had ended when the log took the statement', 'signatures EVIDENCE.KEY_NOT_VALID_THEN', madeSo(async (one) => {
    const old = await one.signAs('builder', one.made.payload);
    await one.keys.ring.rotate('builder');
    one.keys.clock.forward(3_600_000);
    return [await one.statement(one.made.payload, PROVENANCE_TYPE, [old])];
  })],
  ['a key that had not begun when the log took the statement', 'signatures EVIDENCE.KEY_NOT_VALID_THEN', madeSo(async (one) => {
    const { keyId } = await one.signAs('builder', one.made.payload);
    const early = await one.statement(one.made.payload, PROVENANCE_TYPE, [], { keys: [keyId] });
    one.keys.clock.forward(1000);
    await one.keys.ring.rotate('builder');
    return [{ ...early, envelopes: [makeEnvelope(early.envelopes[0]!.payloadType, one.made.payload, [await one.signAs('builder', one.made.payload)])] }];
  })],
  ['a signature that the log never saw', 'signatures EVIDENCE.KEY_NOT_LOGGED', madeSo(async (one) => [await one.statement(one.made.payload, PROVENANCE_TYPE, [await one.signAs('builder', one.made.payload)], { keys: [] })])],
  ['a statement that was never logged, with a made-up proof', 'log TRANSPARENCY.NOT_INCLUDED', madeSo(async (one, { honest }) => {
    const other = await one.provenance(({ predicate }) => { predicate.runDetails.metadata.invocationId = 'urn:uuid:other'; });
    const entry = Buffer.from(canonicalJson({ t: 'statement', sha256: sha256(payloadOf(honest)), type: PROVENANCE_TYPE, keys: [], at: '2026-01-01T00:00:00.000Z' }));
    return [changedProof({ ...honest, proof: other.proof }, () => ({ proof: { extra: entry } }))];
  })],
  ['an earlier time put into the entry', 'log TRANSPARENCY.NOT_INCLUDED', madeSo((_, { honest }) => Promise.resolve([changedProof(honest, ({ extra }) => ({ proof: { extra: Buffer.from(replaced(extra!.toString(), '"at":"2026', '"at":"2025')) } }))]))],
  ['a hash of the path changed', 'log TRANSPARENCY.NOT_INCLUDED', madeSo(async (one, { honest }) => {
    const second = await one.release(one.made.statement.subject.map(({ name, digest }) => ({ name, sha256: digest.sha256 })));
    return [honest, changedProof(second, () => ({ proof: { path: [Buffer.alloc(32)] } }))];
  })],
  ['the proof left out', 'archive EVIDENCE.BAD_BUNDLE', onTheWay((files) => { files.delete([...files.keys()].find((path) => path.startsWith('proofs/'))!); })],
  ['a proof without its entry', 'log TRANSPARENCY.BAD_PROOF', madeSo((_, { honest }) => Promise.resolve([{ ...honest, proof: replaced(honest.proof, /extra .*\n/, '') }]))],
  ['a checkpoint of another root hash', 'log SIGNING.NOT_SIGNED', madeSo((_, { honest }) => Promise.resolve([changedProof(honest, ({ note, extra }) => {
    const [origin, size] = note.text.split('\n');
    const leaf = parseTlogProof(Buffer.from(honest.proof), 'proof').checkpoint.rootHash;
    expect(extra).toBeDefined();
    return { note: encodeNote({ text: `${checkpointText({ origin: origin!, treeSize: Number(size), rootHash: leaf })}an extension\n`, signatures: note.signatures }) };
  })]))],
  ['a checkpoint that another log\'s key signed in this log\'s name', 'log SIGNING.NOT_SIGNED', madeSo(async (_, { honest }) => {
    const thief = testKey();
    return [changedProof(honest, ({ note }) => ({ note: encodeNote({ text: note.text, signatures: [{ ...note.signatures[0]!, signature: Buffer.from(signWith('', thief.private, Buffer.from(note.text)).signature) }] }) }))];
  })],
  ['the archive\'s own checkpoint changed', 'log SIGNING.NOT_SIGNED', onTheWay((files) => edit(files, 'checkpoint', (text) => { const [origin, size, ...rest] = text.split('\n'); return [origin, Number(size) + 1, ...rest].join('\n'); }))],
  ['the archive\'s own checkpoint of another log', 'log EVIDENCE.UNKNOWN_LOG', async ({ one, honest, root }) => {
    const other = await home();
    await other.provenance();
    return { root, archive: await one.archive(await one.content([honest], { checkpoint: other.storage.notes.at(-1)!.note })) };
  }],
  ['two trees of one size, both signed by the log', 'log EVIDENCE.SPLIT_VIEW', async ({ one, honest, root }) => {
    const { treeSize } = parseTlogProof(Buffer.from(honest.proof), 'proof').checkpoint;
    const [origin] = parseNote(Buffer.from(one.storage.notes.at(-1)!.note), 'note').text.split('\n');
    const text = checkpointText({ origin: origin!, treeSize, rootHash: Buffer.alloc(32, 9) });
    return { root, archive: await one.archive(await one.content([honest], { checkpoint: encodeNote({ text, signatures: [await one.keys.ring.signNote(text)] }) })) };
  }],
  ['a file that is none of the subjects', 'subject EVIDENCE.NOT_A_SUBJECT', ({ archive, root }) => Promise.resolve({ archive, root, question: { file: sha256('another file') } })],
  ['a provenance of other subjects than the file', 'subject EVIDENCE.NOT_A_SUBJECT', async () => {
    const one = await home();
    const file = one.made.statement.subject[0]!.digest.sha256;
    const statement = await one.provenance(({ subject }) => { subject[0]!.digest.sha256 = sha256('replaced'); });
    return { archive: await one.archive(await one.content([statement])), root: await one.rootJson(), question: { file } };
  }],
  ['a builder that the key does not speak for', 'builder EVIDENCE.WRONG_BUILDER', madeSo(async (one) => [await one.provenance(({ predicate }) => { predicate.runDetails.builder.id = 'https://provenroot.dev/builders/laptop@v1'; })])],
  ['an external parameter that is not known', 'parameters EVIDENCE.UNKNOWN_PARAMETER', madeSo(async (one) => [await one.provenance(({ predicate }) => { Object.assign(predicate.buildDefinition.externalParameters, { backdoor: true }); })])],
  ['a definition that is not the one it states', 'parameters EVIDENCE.DEFINITION_MISMATCH', madeSo(async (one) => [await one.provenance(({ predicate }) => { predicate.buildDefinition.internalParameters.epochSeconds += 1; })])],
  ['a dependency without a digest', 'parameters EVIDENCE.MUTABLE_REFERENCE', madeSo(async (one) => [await one.provenance(({ predicate }) => { predicate.buildDefinition.resolvedDependencies.push({ name: 'latest', digest: {}, uri: 'git+https://example.com/x@main' }); })])],
  ['another build type', 'parameters EVIDENCE.WRONG_TYPE', madeSo(async (one) => [await one.provenance(({ predicate }) => { Object.assign(predicate.buildDefinition, { buildType: 'https://example.com/build' }); })])],
  ['another predicate type than the log was told', 'types EVIDENCE.WRONG_TYPE', withPayload((statement) => canonicalJson({ ...statement, predicateType: RELEASE_TYPE }))],
  ['another payload type', 'types EVIDENCE.WRONG_TYPE', madeSo(async (one) => [await one.statement(one.made.payload, PROVENANCE_TYPE, [await one.signAs('builder', one.made.payload, ROOT_PAYLOAD_TYPE)], { payloadType: ROOT_PAYLOAD_TYPE })])],
  ['a payload that is not canonical', 'types EVIDENCE.NOT_CANONICAL', withPayload((statement) => JSON.stringify(statement, undefined, 1))],
  ['a payload with a key twice', 'types SIGNING.BAD_JSON', async ({ one, honest, archive, root }) => {
    const payload = Buffer.from(replaced(payloadOf(honest).toString(), '{', `{"predicateType":${JSON.stringify(PROVENANCE_TYPE)},`));
    const { envelopes, proof } = await one.statement(payload, PROVENANCE_TYPE, [await one.signAs('builder', payload)]);
    const [before, after] = [sha256(payloadOf(honest)), sha256(payload)];
    return { root, archive: await retarred(archive, (files) => {
      files.delete(`statements/${before}.intoto.jsonl`);
      files.delete(`proofs/${before}.tlog-proof`);
      files.set(`statements/${after}.intoto.jsonl`, Buffer.from(JSON.stringify(envelopes[0]))).set(`proofs/${after}.tlog-proof`, Buffer.from(proof));
      files.set('checkpoint', Buffer.from(one.storage.notes.at(-1)!.note));
      edit(files, 'index.json', (text) => text.replaceAll(before, after));
    }) };
  }],
  ['a byproduct changed', 'archive EVIDENCE.BUNDLE_DIGEST', onTheWay((files) => edit(files, /^byproducts\//, (text) => `${text} `))],
  ['a byproduct left out by whoever wrote the archive', 'completeness EVIDENCE.INCOMPLETE', async ({ one, honest, root }) => ({
    root, archive: await one.archive(await one.content([honest], { byproducts: [] })), question: { policy: { ...LENIENT, minimumCompleteness: 16 } },
  })],
  ['inputs of which a source lacks', 'inputs EVIDENCE.INPUT_MISSING', async ({ one, honest, root }) => {
    const bytes = Buffer.from('no source');
    one.blobs.set(sha256(bytes), bytes);
    return { root, archive: await one.archive(await one.content([honest], { inputs: [{ name: 'x', sha256: sha256(bytes), sizeBytes: bytes.byteLength }] })) };
  }],
  ['a release of bytes that were not built', 'release EVIDENCE.RELEASE_MISMATCH', madeSo(async (one, { honest }) => [honest, await one.release([{ name: 'rootfs.ext4', sha256: sha256('other bytes') }])])],
  ['a build of something else than asked for', 'expectations EVIDENCE.UNEXPECTED', ({ archive, root }) => Promise.resolve({ archive, root, question: { expected: { target: 'another' } } })],
  ['a rebuild that names another operator than its key\'s', 'rebuilds EVIDENCE.WRONG_OPERATOR', madeSo(async (one, { honest }) => [honest, await one.rebuild('acme', await one.friend('acme'), { claims: 'uni' })])],
  ['a rebuild of another provenance', 'rebuilds EVIDENCE.OTHER_PROVENANCE', madeSo(async (one, { honest }) => [honest, await one.rebuild('acme', await one.friend('acme'), { original: { ...one.parsed(), payloadSha256: sha256('another') } })])],
  ['a rebuild of another definition that claims a result', 'rebuilds EVIDENCE.OTHER_DEFINITION', madeSo(async (one, { honest }) => [honest, await one.rebuild('acme', await one.friend('acme'), { definitionDigest: sha256('another') })])],
  ['one operator\'s rebuilds passed off as two', 'rebuilds EVIDENCE.NO_QUORUM', async (world) => {
    const acme = await world.one.friend('acme');
    const parts = [world.honest, await world.one.rebuild('acme', acme), await world.one.rebuild('acme', acme, { differs: false, definitionDigest: world.one.parsed().definitionDigest })];
    const distinct = parts.filter((part, at) => parts.findIndex((one) => payloadOf(one).equals(payloadOf(part))) === at);
    return { archive: await world.one.archive(await world.one.content(distinct)), root: await world.one.rootJson(), question: { needQuorum: true } };
  }],
  ['a rebuild that differed beside two that did not', 'rebuilds EVIDENCE.NO_QUORUM', async (world) => {
    const { one, honest } = world;
    const parts = [honest];
    for (const [operator, differs] of [['acme', false], ['uni', false], ['lab', true]] as const) parts.push(await one.rebuild(operator, await one.friend(operator), { differs }));
    return { archive: await one.archive(await one.content(parts)), root: await one.rootJson(), question: { needQuorum: true } };
  }],
  ['a file that the index does not name', 'archive EVIDENCE.BAD_BUNDLE', onTheWay((files) => { files.set('README', Buffer.from('trust me')); })],
  ['more signatures than are read of a statement, one a line', 'archive EVIDENCE.BAD_BUNDLE', onTheWay((files) => edit(files, /^statements\//, (text) => {
    const envelope = JSON.parse(text) as Envelope;
    return Array.from({ length: 65 }, (_, n) => `${JSON.stringify({ ...envelope, signatures: [{ keyid: String(n), sig: Buffer.alloc(64, n).toString('base64') }] })}\n`).join('');
  }))],
  ['an index of another format', 'archive EVIDENCE.BUNDLE_FORMAT', onTheWay((files) => edit(files, 'index.json', (text) => replaced(text, '"format":1', '"format":2')))],
  ['an index about another statement', 'archive EVIDENCE.BAD_BUNDLE', onTheWay((files) => edit(files, 'index.json', (text) => replaced(text, /"provenance":"[0-9a-f]{64}"/, `"provenance":"${sha256('another')}"`)))],
  ['a link in the place of the root', 'archive IMAGE.BAD_LINK', async ({ archive }) => ({ archive: await retarred(archive, (files) => { files.delete('root.json'); }, new Map([['root.json', '/etc/passwd']])) })],
  ['its end cut off', 'archive IMAGE.TRUNCATED', ({ archive }) => Promise.resolve({ archive: archive.subarray(0, archive.byteLength - 4096) })],
  ['no archive at all', 'archive IMAGE.BAD_HEADER', () => Promise.resolve({ archive: Buffer.alloc(1024, 'x') })],
];

describe('an archive with', () => {
  it.each(TAMPERINGS)('%s fails at %s', async (_, expected, tamper) => {
    const one = await home();
    const honest = await one.provenance();
    const world: World = { one, honest, archive: await one.archive(await one.content([honest])), root: await one.rootJson() };
    expect(failure(await judged(world.archive, world.root))).toBeUndefined();
    const { archive, root = world.root, question } = await tamper(world);
    expect(failure(await judged(archive, root, question))).toBe(expected);
  });

  it('what anybody did to it on the way fails, and at least 25 codes tell why', () => {
    const codes = new Set(TAMPERINGS.map(([, expected]) => expected.split(' ')[1]));
    expect(TAMPERINGS.length).toBeGreaterThanOrEqual(50);
    expect(codes.size).toBeGreaterThanOrEqual(25);
  });
});

it('is not written about a statement that is not in it, nor with files that have no place in it', async () => {
  const one = await home();
  const content = await one.content([await one.provenance()]);
  expect(() => writeBundle({ ...content, provenance: sha256('x') }, one)).toThrow(expect.objectContaining({ code: 'EVIDENCE.BAD_BUNDLE' }));
  for (const path of ['/etc/passwd', 'catalog/../x', 'keys/a.pem', 'catalog/a/./b']) {
    expect(() => writeBundle({ ...content, files: [{ path, bytes: Buffer.from('') }] }, one)).toThrow(expect.objectContaining({ code: 'EVIDENCE.BAD_BUNDLE' }));
  }
});
