import { checkStatement } from '../../src/actions/check-statement.ts';
import { judgeBytes } from '../../src/actions/judge-artifacts.ts';
import { requestImport } from '../../src/actions/request-import.ts';
import { canonicalJson } from '../../src/foundation/canonical-json.ts';
import { systemClock } from '../../src/foundation/clock.ts';
import { sha256, type Sha256 } from '../../src/foundation/digest.ts';
import { openQueue } from '../../src/queue/open-queue.ts';
import { createReads } from '../../src/records/reads/reads.ts';
import { createRecords, type Records } from '../../src/records/records.ts';
import { encodeEnvelope, makeEnvelope, parseEnvelopeLines, payloadDigest } from '../../src/signing/envelope-files.ts';
import { parseEnvelope } from '../../src/signing/envelope.ts';
import { trustedRoot } from '../../src/signing/trust-root.ts';
import { parseCheckpoint } from '../../src/transparency/checkpoint.ts';
import { leafHash, nodeHash } from '../../src/transparency/hashing.ts';
import { openLog } from '../../src/transparency/log.ts';
import { parseEntryBundle } from '../../src/transparency/read-log.ts';
import { TestApi } from '../support/api-server.ts';
import { digestOf } from '../support/sample-records.ts';
import { testRing } from '../support/signing-fixture.ts';
import { buildIdOf, syntheticId } from '../support/synthetic-record.ts';

const PROVENANCE = 'https://slsa.dev/provenance/v1';
const REBUILD = 'https://provenroot.dev/rebuild/v1';
const BUILDER = digestOf('builder key');
const OTHER = digestOf('key of another');

let api: TestApi;
let records: Records;
beforeAll(async () => {
  api = await TestApi.open();
  records = createRecords(api.database.pool, systemClock);
  for (let number = 1; number <= 3; number++) await api.record.build({ number });
});
afterAll(async () => {
  await records.close();
  await api.close();
});
beforeEach(() => { api.actions.answers = {}; api.actions.asked.length = 0; });

const image = (number: number): Sha256 => sha256(`image of build ${number}`);

interface Stated { number: number; predicateType?: string; verdict?: string; origin?: 'own' | 'imported'; keys?: readonly string[]; word?: string }

async function state({ number, predicateType = PROVENANCE, verdict, origin = 'own', keys = [BUILDER], word = '' }: Stated): Promise<Sha256> {
  const subject = { name: 'rootfs.ext4', digest: { sha256: image(number) } };
  const payload = Buffer.from(canonicalJson({ _type: 'https://in-toto.io/Statement/v1', predicateType, subject: [subject], predicate: { word, verdict: verdict ?? null } }));
  const { payloadSha256 } = await records.evidence.recordStatement({
    payloadType: 'application/vnd.in-toto+json', payload, predicateType, origin, definitionDigest: digestOf(`definition ${number}`),
    ...(origin === 'own' && predicateType === PROVENANCE ? { buildId: buildIdOf(number) } : {}),
    signatures: keys.map((keyId) => ({ keyId, signature: Buffer.alloc(64, keyId) })),
    subjects: [{ sha256: image(number), name: subject.name, ...(verdict === undefined ? {} : { verdict }) }],
  });
  return payloadSha256;
}

async function log(payloadSha256: Sha256, at: string): Promise<void> {
  await records.log.transaction(async (writer) => {
    const entry = Buffer.from(canonicalJson({ t: 'statement', sha256: payloadSha256, type: PROVENANCE, at, keys: [BUILDER] }));
    await writer.addEntries([{ index: await writer.size(), entry, leafHash: Buffer.from(sha256(Buffer.concat([Buffer.of(0), entry])), 'hex'), loggedAt: at }]);
  });
}

async function verify(number: number, verdict: 'REPRODUCED' | 'NOT_REPRODUCED', rebuildStatementSha256?: Sha256): Promise<string> {
  const statementSha256 = await state({ number });
  const { id } = await records.verifications.start({ statementSha256, buildId: buildIdOf(number), operator: 'local' });
  const job = (await records.verifications.claim(id))!;
  await records.verifications.progress(job, { stage: 'compare', done: 3, total: 4 });
  await records.verifications.finish(job, {
    state: 'DONE', outcome: verdict, report: { steps: 4 }, ...(rebuildStatementSha256 === undefined ? {} : { rebuildStatementSha256 }), ...(verdict === 'REPRODUCED' ? {} : { firstDifferingStep: 'p000' }),
    verdicts: [{ artifact: 'rootfs.ext4', verdict, expectedSha256: image(number), actualSha256: verdict === 'REPRODUCED' ? image(number) : digestOf('other'), detail: { files: [] } }],
  });
  return id;
}

describe('what was signed', () => {
  it('about some bytes is found by their digest, with its signatures, its place in the log and its content', async () => {
    const digest = await state({ number: 1, keys: [BUILDER, OTHER] });
    await log(digest, '2026-02-03T04:05:06.789Z');
    const { artifact } = await api.data(`{ artifact(sha256: "${image(1)}") { statements { id sha256 sizeBytes payloadType predicateType origin build { id } definitionDigest
      subjects { name sha256 verdict } signatures { keyId signature } logIndex loggedAt recordedAt content url } } }`);
    expect(artifact.statements).toEqual([{
      id: `stm_${digest}`, sha256: digest, sizeBytes: expect.any(Number), payloadType: 'application/vnd.in-toto+json', predicateType: PROVENANCE, origin: 'OWN', build: { id: `bld_${buildIdOf(1)}` },
      definitionDigest: digestOf('definition 1'), subjects: [{ name: 'rootfs.ext4', sha256: image(1), verdict: null }],
      signatures: [BUILDER, OTHER].toSorted().map((keyId) => ({ keyId, signature: Buffer.alloc(64, keyId).toString('base64') })),
      logIndex: 0, loggedAt: '2026-02-03T04:05:06.789Z', recordedAt: expect.stringMatching(/^\d{4}-/), content: expect.objectContaining({ predicateType: PROVENANCE }), url: `${api.address}/attestations/${digest}`,
    }]);
    expect((await api.data(`{ statement(sha256: "${digest}") { id } build(id: "${buildIdOf(1)}") { provenance { sha256 } statements { nodes { sha256 } } } }`)))
      .toEqual({ statement: { id: `stm_${digest}` }, build: { provenance: { sha256: digest }, statements: { nodes: [{ sha256: digest }] } } });
    expect((await api.data(`{ statement(sha256: "${sha256('none')}") { id } build(id: "${buildIdOf(3)}") { provenance { id } } }`))).toEqual({ statement: null, build: { provenance: null } });
  });

  it('by others does not stand for the own provenance of a build, and hostile text in it is escaped', async () => {
    const payload = Buffer.from(JSON.stringify({ hostile: '\u001b]52;c;x\u0007\u202e' }));
    const { payloadSha256 } = await records.evidence.recordStatement({
      payloadType: 'application/vnd.in-toto+json', payload, predicateType: PROVENANCE, buildId: buildIdOf(3), origin: 'imported', signatures: [], subjects: [{ sha256: image(3), name: 'a\u001b[31m\nb' }],
    });
    const data = await api.data(`{ statement(sha256: "${payloadSha256}") { content subjects { name } } build(id: "${buildIdOf(3)}") { provenance { id } statements { nodes { origin } } } }`);
    expect(data).toEqual({
      statement: { content: { hostile: String.raw`\x1b]52;c;x\x07\u202e` }, subjects: [{ name: String.raw`a\x1b[31m\x0ab` }] }, build: { provenance: null, statements: { nodes: [{ origin: 'IMPORTED' }] } },
    });
    const { payloadSha256: noJson } = await records.evidence.recordStatement({ payloadType: 'x', payload: Buffer.from('no json'), predicateType: 'x', origin: 'imported', signatures: [], subjects: [] });
    expect((await api.data(`{ statement(sha256: "${noJson}") { content } }`)).statement).toEqual({ content: null });
  });
});

describe('what rebuilders found', () => {
  it('is told good or bad, whoever signed it, with the own run behind it', async () => {
    const own = await state({ number: 2, predicateType: REBUILD, verdict: 'NOT_REPRODUCED' });
    const id = await verify(2, 'NOT_REPRODUCED', own);
    const foreign = await state({ number: 2, predicateType: REBUILD, verdict: 'REPRODUCED', origin: 'imported', keys: [OTHER] });
    const { artifact, verification, build } = await api.data(`{ artifact(sha256: "${image(2)}") { verdicts { verdict name statement { sha256 origin } verification { id } } }
      verification(id: "${id}") { id state outcome subcode attempt operator firstDifferingStep report progress { stage done total } statement { predicateType } rebuild { id } rebuildStatement { sha256 } build { id }
        verdicts { artifact verdict expectedSha256 actualSha256 normaliser detail } }
      build(id: "${buildIdOf(2)}") { verifications { nodes { id } } variations { nodes { id } } } }`);
    expect(artifact.verdicts).toEqual([
      { verdict: 'REPRODUCED', name: 'rootfs.ext4', statement: { sha256: foreign, origin: 'IMPORTED' }, verification: null },
      { verdict: 'NOT_REPRODUCED', name: 'rootfs.ext4', statement: { sha256: own, origin: 'OWN' }, verification: { id: `ver_${id}` } },
    ]);
    expect(verification).toEqual({
      id: `ver_${id}`, state: 'DONE', outcome: 'NOT_REPRODUCED', subcode: null, attempt: 1, operator: 'local', firstDifferingStep: 'p000', report: { steps: 4 }, progress: { stage: 'compare', done: 3, total: 4 },
      statement: { predicateType: PROVENANCE }, rebuild: null, rebuildStatement: { sha256: own }, build: { id: `bld_${buildIdOf(2)}` },
      verdicts: [{ artifact: 'rootfs.ext4', verdict: 'NOT_REPRODUCED', expectedSha256: image(2), actualSha256: digestOf('other'), normaliser: null, detail: { files: [] } }],
    });
    expect(build).toEqual({ verifications: { nodes: [{ id: `ver_${id}` }] }, variations: { nodes: [] } });
  });

  it('is one timeline with all else that happened, pages without gap, and told as it was known at a time', async () => {
    const { id: runId } = await records.variations.start({ buildId: buildIdOf(2), profile: 'quick', conditions: ['time', 'umask'] });
    const run = (await records.variations.claim(runId))!;
    await records.variations.finish(run, { state: 'DONE', outcome: 'STABLE' });
    const { id: quarantine } = await records.evidence.openQuarantine({ kind: 'digest', scope: image(2), reason: 'known', url: 'https://bugs.example/1', openedBy: 'ann', expiresAt: new Date(systemClock.now().getTime() + 1e9) });
    await records.evidence.reviewQuarantine(quarantine, 'bob');
    const whole = await api.data(`{ artifact(sha256: "${image(2)}") { timeline(first: 100) { nodes { at kind reference detail build { id } } } } }`);
    const { nodes } = whole.artifact.timeline;
    expect(nodes.map(({ kind }: { kind: string }) => kind).toSorted()).toEqual(['BUILT', 'QUARANTINE_OPENED', 'QUARANTINE_REVIEWED', 'STATED', 'STATED', 'STATED', 'VARIATION_ENDED', 'VERIFICATION_ENDED', 'VERIFICATION_STARTED']);
    expect(nodes.map(({ at }: { at: string }) => at)).toEqual(nodes.map(({ at }: { at: string }) => at).toSorted());
    const paged: unknown[] = [];
    for (let after: string | null = null; ;) {
      const { artifact } = await api.data(`query($after: String) { artifact(sha256: "${image(2)}") { timeline(first: 2, after: $after) { nodes { at kind reference detail build { id } } pageInfo { hasNextPage endCursor } } } }`, { after });
      paged.push(...artifact.timeline.nodes);
      after = artifact.timeline.pageInfo.endCursor as string;
      if (!artifact.timeline.pageInfo.hasNextPage) break;
    }
    expect(paged).toEqual(nodes);
    const second = nodes[1].at as string;
    const then = await api.data(`{ artifact(sha256: "${image(2)}") { timeline(asOf: "${second}") { nodes { at } } } }`);
    expect(then.artifact.timeline.nodes).toEqual(nodes.filter(({ at }: { at: string }) => at <= second).map(({ at }: { at: string }) => ({ at })));
  });
});

describe('looking up many digests', () => {
  it('takes 1,000 at once, and as many SQL statements for them as for one', async () => {
    for (let number = 10; number < 40; number++) { await api.record.build({ number }); await verify(number, 'REPRODUCED', await state({ number, predicateType: REBUILD, verdict: 'REPRODUCED' })); }
    const LOOK_UP = `query($d: [Sha256!]!) { artifacts(sha256: $d) { sha256 statements(first: 3) { predicateType build { id } subjects { name } signatures { keyId } }
      verdicts(first: 3) { verdict verification { outcome verdicts { artifact } } } timeline(first: 2) { nodes { kind } } } }`;
    const ask = async (digests: readonly string[]): Promise<string[]> => {
      api.statements = [];
      const answer = await api.post({ query: LOOK_UP, variables: { d: digests } }, '/graphql/bulk');
      expect(answer.json.errors).toBeUndefined();
      expect(answer.json.data.artifacts).toHaveLength(digests.length);
      return api.statements.toSorted();
    };
    const one = await ask([image(10)]);
    const many = Array.from({ length: 300 }, (_, i) => i < 30 ? image(10 + i) : sha256(`nothing ${i}`));
    expect(await ask(many)).toEqual(one);
    const plain = await api.post({ query: 'query($d: [Sha256!]!) { artifacts(sha256: $d) { statements(first: 1) { sha256 } } }', variables: { d: Array.from({ length: 1000 }, (_, i) => sha256(`n ${i}`)) } }, '/graphql/bulk');
    expect(plain.json.data.artifacts).toHaveLength(1000);
    expect((await api.query(`{ artifact(sha256: "${image(10)}") { statements(first: 101) { id } } }`)).errors![0]!.extensions.code).toBe('API.BAD_PAGE');
  });
});

describe('releases and quarantines', () => {
  it('are listed newest first, and found by name', async () => {
    const statementSha256 = await state({ number: 1, keys: [BUILDER, OTHER] });
    for (const version of ['1.0', '1.1']) await records.evidence.recordRelease({ product: 'kiosk', version, buildId: buildIdOf(1), statementSha256 });
    const data = await api.data(`{ releases(first: 1, product: "kiosk") { nodes { version build { id } statement { sha256 } } pageInfo { hasNextPage } }
      release(product: "kiosk", version: "1.0") { id product } none: release(product: "kiosk", version: "2") { id } build(id: "${buildIdOf(1)}") { releases { version } } }`);
    expect(data).toEqual({
      releases: { nodes: [{ version: '1.1', build: { id: `bld_${buildIdOf(1)}` }, statement: { sha256: statementSha256 } }], pageInfo: { hasNextPage: true } },
      release: { id: expect.stringMatching(/^rel_/), product: 'kiosk' }, none: null, build: { releases: [{ version: '1.1' }, { version: '1.0' }] },
    });
  });

  it('are quarantines that count only while they do', async () => {
    const { id } = await records.evidence.openQuarantine({ kind: 'image', scope: 'rootfs.ext4', reason: 'r', url: 'https://bugs.example/2', openedBy: 'ann', expiresAt: new Date(systemClock.now().getTime() + 1e9) });
    const LIST = 'query($at: DateTime) { quarantines(activeAt: $at) { nodes { id kind scope active reviewedBy } } }';
    const listed = async (): Promise<unknown[]> => (await api.data(LIST, { at: systemClock.now().toISOString() })).quarantines.nodes.filter((each: { id: string }) => each.id === `qua_${id}`);
    expect(await listed()).toEqual([]);
    expect((await api.data(LIST)).quarantines.nodes[0]).toEqual({ id: `qua_${id}`, kind: 'IMAGE', scope: 'rootfs.ext4', active: false, reviewedBy: null });
    await records.evidence.reviewQuarantine(id, 'bob');
    expect(await listed()).toEqual([{ id: `qua_${id}`, kind: 'IMAGE', scope: 'rootfs.ext4', active: true, reviewedBy: 'bob' }]);
  });
});

describe('jobs', () => {
  it('are asked for by id and told with state and progress, each object again by its id', async () => {
    const statementSha256 = await state({ number: 3 });
    const { id } = await records.verifications.start({ statementSha256, buildId: buildIdOf(3), operator: 'local' });
    api.actions.answers = { startVerification: async () => ({ verificationId: id, joined: true }) };
    const START = 'mutation($input: StartVerificationInput!) { startVerification(input: $input) { verification { id state progress { stage done total } outcome } joined userErrors { code path } } }';
    expect((await api.data(START, { input: { build: buildIdOf(3) } })).startVerification)
      .toEqual({ verification: { id: `ver_${id}`, state: 'QUEUED', progress: { stage: null, done: 0, total: 0 }, outcome: null }, joined: true, userErrors: [] });
    await api.data(START, { input: { statement: statementSha256 } });
    expect(api.actions.asked.map(({ input }) => input)).toEqual([{ buildId: buildIdOf(3) }, { statementSha256 }]);
    for (const input of [{}, { build: buildIdOf(3), statement: statementSha256 }]) expect((await api.data(START, { input })).startVerification.userErrors[0].code).toBe('API.BAD_REQUEST');
    expect((await api.data(`{ node(id: "ver_${id}") { __typename id } }`)).node).toEqual({ __typename: 'Verification', id: `ver_${id}` });
    api.actions.answers = { cancelVerification: async ({ verificationId }) => { await records.verifications.requestCancel(verificationId); } };
    expect((await api.data(`mutation { cancelVerification(input: { id: "${id}" }) { verification { state } userErrors { code } } }`)).cancelVerification).toEqual({ verification: { state: 'CANCELLED' }, userErrors: [] });
    expect((await api.data('{ verifications(state: CANCELLED) { nodes { id } } }')).verifications.nodes).toEqual([{ id: `ver_${id}` }]);
  });

  it('of a release are those of the queue', async () => {
    const task = syntheticId(0x7a, 1);
    await api.record.insert('tasks', [{ id: task, kind: 'release', state: 'FAILED', error_code: 'SIGNING.SIGNER_UNREACHABLE', error_message: 'no \u001b signer' }]);
    api.actions.answers = { createRelease: async () => ({ jobId: task }) };
    const CREATE = `mutation { createRelease(input: { product: "kiosk", version: "9", build: "${buildIdOf(1)}" }) { release { id } job { id kind state attempts error { code message } } userErrors { code } } }`;
    expect((await api.data(CREATE)).createRelease)
      .toEqual({ release: null, job: { id: `job_${task}`, kind: 'release', state: 'FAILED', attempts: 0, error: { code: 'SIGNING.SIGNER_UNREACHABLE', message: String.raw`no \x1b signer` } }, userErrors: [] });
    expect((await api.data(`{ job(id: "job_${task}") { kind } }`)).job).toEqual({ kind: 'release' });
    api.actions.answers = { cancelJob: async () => undefined };
    expect((await api.data(`mutation { cancelJob(input: { id: "job_${task}" }) { job { id } userErrors { code } } }`)).cancelJob).toEqual({ job: { id: `job_${task}` }, userErrors: [] });
    expect(api.actions.asked.at(-1)!.input).toEqual({ jobId: task });
  });

  it('of a variation run name every condition', async () => {
    const { id } = await records.variations.start({ buildId: buildIdOf(1), profile: 'mine', conditions: ['time', 'locale'] });
    api.actions.answers = { startVariation: async () => ({ variationId: id }), cancelVariation: async () => undefined };
    const data = await api.data(`mutation { startVariation(input: { build: "${buildIdOf(1)}", conditions: ["time", "locale"] }) { variation { id profile conditions state build { id } report } }
      cancelVariation(input: { id: "var_${id}" }) { variation { id } userErrors { code } } }`);
    expect(data).toEqual({ startVariation: { variation: { id: `var_${id}`, profile: 'mine', conditions: ['time', 'locale'], state: 'QUEUED', build: { id: `bld_${buildIdOf(1)}` }, report: null } }, cancelVariation: { variation: { id: `var_${id}` }, userErrors: [] } });
    expect(api.actions.asked[0]!.input).toEqual({ buildId: buildIdOf(1), conditions: ['time', 'locale'] });
    expect((await api.data(`{ variation(id: "${id}") { profile } }`)).variation).toEqual({ profile: 'mine' });
  });

  it('of a quarantine are done at once, refusals as data', async () => {
    const { evidence } = records;
    api.actions.answers = {
      openQuarantine: async (input) => ({ quarantineId: (await evidence.openQuarantine(input)).id }),
      reviewQuarantine: async ({ quarantineId, reviewedBy }) => evidence.reviewQuarantine(quarantineId, reviewedBy), closeQuarantine: async ({ quarantineId, closedBy }) => evidence.closeQuarantine(quarantineId, closedBy),
    };
    const OPEN = 'mutation($input: OpenQuarantineInput!) { openQuarantine(input: $input) { quarantine { id kind active } userErrors { code path } } }';
    const input = { kind: 'PACKAGE', scope: 'p000', reason: 'r', url: 'https://bugs.example/3', openedBy: 'ann', expiresAt: new Date(systemClock.now().getTime() + 1e9).toISOString() };
    const opened = (await api.data(OPEN, { input })).openQuarantine;
    expect(opened).toEqual({ quarantine: { id: expect.stringMatching(/^qua_/), kind: 'PACKAGE', active: false }, userErrors: [] });
    expect((await api.data(OPEN, { input: { ...input, expiresAt: '2999-01-01T00:00:00Z' } })).openQuarantine.userErrors).toEqual([{ code: 'RECORDS.BAD_QUARANTINE', path: ['input', 'expiresAt'] }]);
    const review = async (by: string): Promise<unknown> => (await api.data('mutation($id: ID!, $by: String!) { reviewQuarantine(input: { id: $id, reviewedBy: $by }) { quarantine { active } userErrors { code path } } }', { id: opened.quarantine.id, by })).reviewQuarantine;
    expect(await review('Ann')).toEqual({ quarantine: null, userErrors: [{ code: 'RECORDS.BAD_QUARANTINE', path: ['input', 'reviewedBy'] }] });
    expect(await review('bob')).toEqual({ quarantine: { active: true }, userErrors: [] });
    expect((await api.data(`mutation { closeQuarantine(input: { id: "${opened.quarantine.id}", closedBy: "ann" }) { quarantine { active closedBy } } }`)).closeQuarantine).toEqual({ quarantine: { active: false, closedBy: 'ann' } });
  });
});

describe('envelopes over plain HTTP', () => {
  let one: Sha256;
  const get = (digest: string, query = '', headers: Record<string, string> = {}) => api.ask(`/attestations/${digest}${query}`, { headers });
  beforeAll(async () => {
    await api.record.build({ number: 60 });
    one = await state({ number: 60, keys: [BUILDER, OTHER], word: 'one' });
  });

  it('are lines with one signature each, of all statements about some bytes or of one statement', async () => {
    for (const digest of [image(60), one]) {
      const { status, headers, bytes } = await get(digest);
      expect([status, headers['content-type'], headers['content-disposition']]).toEqual([200, 'application/vnd.in-toto.bundle', `attachment; filename="${digest}.intoto.jsonl"`]);
      const envelopes = parseEnvelopeLines(bytes, 'the answer');
      expect(envelopes.map(payloadDigest)).toEqual([one, one]);
      expect(envelopes.map(({ signatures }) => signatures.map(({ keyid }) => keyid))).toEqual([BUILDER, OTHER].toSorted().map((key) => [key]));
    }
  });

  it('are merged, or a Sigstore bundle of one signer, where that is asked for by name or by header', async () => {
    const merged = parseEnvelope((await get(one, '?format=dsse')).bytes, 'the answer');
    expect([payloadDigest(merged), merged.signatures.length]).toEqual([one, 2]);
    expect((await get(one, '', { accept: 'text/html, application/vnd.in-toto+dsse;q=0.9' })).bytes).toEqual((await get(one, '?format=dsse')).bytes);
    const bundle = JSON.parse((await get(one, `?signer=${OTHER}`, { accept: 'application/vnd.dev.sigstore.bundle.v0.3+json' })).text) as { verificationMaterial: object };
    expect(bundle.verificationMaterial).toEqual({ publicKey: { hint: OTHER }, tlogEntries: [] });
    expect((await get(one, '?format=sigstore')).json.errors![0]!.extensions.code).toBe('SIGNING.BAD_ENVELOPE');
    expect((await get(one, '', { accept: 'text/html' })).status).toBe(406);
    expect((await get(one, '?format=xml')).json.errors![0]!.extensions.code).toBe('API.BAD_REQUEST');
  });

  it('are chosen by predicate type where there are several', async () => {
    await state({ number: 60, predicateType: REBUILD, verdict: 'REPRODUCED' });
    expect(parseEnvelopeLines((await get(image(60))).bytes, 'the answer')).toHaveLength(3);
    expect((await get(image(60), '?format=dsse')).json.errors![0]!.extensions.code).toBe('SIGNING.BAD_ENVELOPE');
    expect(payloadDigest(parseEnvelope((await get(image(60), `?format=dsse&predicateType=${encodeURIComponent(PROVENANCE)}`)).bytes, 'the answer'))).toBe(one);
    const { status, bytes } = await api.ask(`/attestations/${image(60)}`, { method: 'HEAD' });
    expect([status, bytes.length]).toEqual([200, 0]);
  });

  it.each([[`/attestations/${'A'.repeat(64)}`, 400], [`/attestations/${digestOf('nothing')}`, 404], [`/attestations/${digestOf('nothing')}/x`, 404]])('are nowhere else: %s', async (path, status) => {
    expect((await api.ask(path)).status).toBe(status);
  });
});

describe('the transparency log over plain HTTP', () => {
  it('is what a C2SP client reads: checkpoint, tiles, entries', async () => {
    const fresh = await TestApi.open();
    const ring = await testRing();
    try {
      expect((await fresh.ask('/log/checkpoint')).status).toBe(404);
      const own = createRecords(fresh.database.pool, systemClock);
      const [root] = await ring.ring.roots();
      const { origin } = trustedRoot(root!, 'root').content.log;
      await openLog({ storage: own.log, signer: ring.ring, origin, clock: ring.clock }).record(Array.from({ length: 300 }, (_, n) => ({ t: 'quarantine' as const, sha256: digestOf(`entry ${n}`) })));
      const note = await fresh.ask('/log/checkpoint');
      expect(note.headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-cache' });
      const { checkpoint } = parseCheckpoint(note.bytes, 'the answer');
      expect(checkpoint.treeSize).toBe(300);
      const full = await fresh.ask('/log/tile/0/000');
      expect([full.status, full.bytes.length, full.headers['cache-control']]).toEqual([200, 8192, 'public, max-age=31536000, immutable']);
      const partial = await fresh.ask('/log/tile/0/001.p/44');
      expect([partial.bytes.length, partial.headers['cache-control']]).toEqual([44 * 32, 'public, max-age=3600']);
      const entries = parseEntryBundle((await fresh.ask('/log/tile/entries/001.p/44')).bytes, 'the answer');
      expect(entries.map((entry) => leafHash(entry).toString('hex'))).toEqual(Array.from({ length: 44 }, (_, i) => partial.bytes.subarray(i * 32, i * 32 + 32).toString('hex')));
      const above = await fresh.ask('/log/tile/1/000.p/1');
      expect(above.bytes).toEqual(rootOf(full.bytes));
      for (const path of ['0/001', '0/001.p/45', '0/002.p/1', '0/1', 'entries/x000/000', '64/000', '0/000.p/0', 'x/000', '0', '0/000/', '0/..%2f000']) {
        expect([path, (await fresh.ask(`/log/tile/${path}`)).status]).toEqual([path, 404]);
      }
      await own.close();
    } finally {
      await ring.remove();
      await fresh.close();
    }
  });
});

function rootOf(hashes: Buffer): Buffer {
  const level = Array.from({ length: hashes.length / 32 }, (_, i) => hashes.subarray(i * 32, i * 32 + 32));
  if (level.length === 1) return level[0]!;
  return rootOf(Buffer.concat(Array.from({ length: level.length / 2 }, (_, i) => nodeHash(level[2 * i]!, level[2 * i + 1]!))));
}

describe('what statements are worth', () => {
  it('is told for each of many digests, with every vote and the exemption', async () => {
    const { id } = await records.evidence.openQuarantine({ kind: 'digest', scope: image(60), reason: 'r', url: 'https://bugs.example/4', openedBy: 'ann', expiresAt: new Date(systemClock.now().getTime() + 1e9) });
    const JUDGE = 'query($d: [Sha256!]!) { artifacts(sha256: $d) { aggregate { state underlying independent passes reasons votes { operator vote at exact runs reproduced } dissent exemption { id } definitionDigest builderOperator } } }';
    api.actions.answers = { judge: async ({ digests }) => judgeBytes(digests, { records, reads: createReads(api.database.pool), clock: systemClock }) };
    const { artifacts } = await api.data(JUDGE, { d: [image(60), image(1)] });
    expect(artifacts[0].aggregate).toEqual({ state: 'UNVERIFIED', underlying: 'UNVERIFIED', independent: 0, passes: false, reasons: [expect.any(String)], votes: [], dissent: [], exemption: null, definitionDigest: digestOf('definition 60'), builderOperator: null });
    expect(api.actions.asked.filter(({ name }) => name === 'judge').map(({ input }) => (input as { digests: string[] }).digests)).toEqual([[image(60), image(1)]]);
    const vote = { operator: 'acme', vote: 'no' as const, at: '2026-01-01T00:00:00.000Z', statement: one(60), exact: false, runs: 2, reproduced: 0, interval: [0, 1] as const };
    api.actions.answers = { judge: async ({ digests }) => new Map(digests.map((digest) => [digest, { state: 'QUARANTINED', underlying: 'REFUTED', independent: 0, gate: 'pass', reasons: ['r'], votes: [vote], dissent: ['b'], exemption: id, definitionDigest: null, builderOperator: 'local' }])) };
    expect((await api.data(JUDGE, { d: [image(60)] })).artifacts[0].aggregate).toMatchObject({
      state: 'QUARANTINED', underlying: 'REFUTED', passes: true, votes: [{ operator: 'acme', vote: 'no', at: '2026-01-01T00:00:00.000Z', exact: false, runs: 2, reproduced: 0 }], dissent: ['b'], exemption: { id: `qua_${id}` },
    });
  });

  const one = (number: number): Sha256 => digestOf(`statement ${number}`);

  it('is told of a provenance in twenty points', async () => {
    api.actions.answers = { completeness: async () => ({ score: 1, of: 2, points: [{ id: 1, rule: 'a', title: 'A', met: true, vacuous: true, finding: 'none \u001b' }, { id: 2, rule: 'b', title: 'B', met: false, finding: 'no b' }] }) };
    const { build, other } = await api.data(`{ build(id: "${buildIdOf(60)}") { completeness { score of points { id rule met vacuous finding } } evidenceUrl } other: build(reference: "${buildIdOf(2)}") { id } }`);
    expect(build).toEqual({
      completeness: { score: 1, of: 2, points: [{ id: 1, rule: 'a', met: true, vacuous: true, finding: String.raw`none \x1b` }, { id: 2, rule: 'b', met: false, vacuous: false, finding: 'no b' }] },
      evidenceUrl: `${api.address}/builds/bld_${buildIdOf(60)}/evidence.tar`,
    });
    expect(other.id).toBe(`bld_${buildIdOf(2)}`);
    expect((api.actions.asked[0]!.input as { payload: Buffer }).payload.toString()).toContain(PROVENANCE);
  });
});

describe('checking a statement', () => {
  const CHECK = 'query($input: VerifyStatementInput!) { verifyStatement(input: $input) { accepted loggedAt signers { operator } steps { step outcome code message } } }';

  it('tells the outcome of every step with its own code, against the root that the caller hands in', async () => {
    const ring = await testRing();
    try {
      const [root] = await ring.ring.roots();
      api.actions.answers = { verifyStatement: async (input) => checkStatement(input, { records, clock: systemClock }) };
      const envelope = makeEnvelope('application/vnd.in-toto+json', Buffer.from('{}'), [{ keyId: OTHER, signature: Buffer.alloc(64) }]);
      const check = async (input: object): Promise<{ accepted: boolean; steps: { step: string; outcome: string; code: string | null }[] }> => (await api.data(CHECK, { input })).verifyStatement;
      const strange = await check({ envelope: encodeEnvelope(envelope), root: encodeEnvelope(root!) });
      expect(strange.accepted).toBe(false);
      expect(strange.steps.map(({ step, outcome, code }) => [step, outcome, code])).toEqual([
        ['ENVELOPE', 'PASSED', null], ['SIGNED', 'FAILED', 'EVIDENCE.UNKNOWN_SIGNER'], ...['LOGGED', 'IN_TIME', 'TYPED', 'READ', 'ENTITLED', 'SUBJECT'].map((step) => [step, 'SKIPPED', null]),
      ]);
      const broken = await check({ envelope: '{', root: encodeEnvelope(root!) });
      expect(broken.steps[0]).toMatchObject({ step: 'ENVELOPE', outcome: 'FAILED', code: 'SIGNING.BAD_JSON' });
      const onRecord = await check({ statement: await state({ number: 60, keys: [BUILDER, OTHER], word: 'one' }), root: encodeEnvelope(root!), file: image(60) });
      expect(onRecord.steps[1]).toMatchObject({ step: 'SIGNED', code: 'EVIDENCE.UNKNOWN_SIGNER' });
      expect((await api.query(CHECK, { input: { statement: digestOf('none'), root: encodeEnvelope(root!) } })).errors![0]!.extensions.code).toBe('RECORDS.UNKNOWN');
      expect((await api.query(CHECK, { input: { envelope: '{}', root: encodeEnvelope(envelope) } })).errors![0]!.extensions.code).toBe('SIGNING.BAD_ROOT');
      for (const input of [{}, { envelope: '{}', statement: digestOf('none') }]) expect((await api.query(CHECK, { input })).errors![0]!.extensions.code).toBe('API.BAD_REQUEST');
      expect((await api.post({ query: CHECK, variables: { input: { envelope: ' '.repeat(200_000), root: encodeEnvelope(root!) } } }, '/graphql/bulk')).json.data.verifyStatement.accepted).toBe(false);
    } finally {
      await ring.remove();
    }
  });
});

describe('statements of others', () => {
  it('are read at once and taken by a worker, which finds them in the store', async () => {
    const queue = openQueue({ database: api.database.pool, clock: systemClock });
    try {
      api.actions.answers = { importStatements: async ({ lines }) => requestImport(lines, { store: api.store as never, records }, queue) };
      const IMPORT = 'mutation($l: String!) { importStatements(input: { lines: $l }) { job { kind state } statements userErrors { code } } }';
      const envelope = makeEnvelope('application/vnd.in-toto+json', Buffer.from('{"a":1}'), [{ keyId: OTHER, signature: Buffer.alloc(64) }]);
      const line = `${encodeEnvelope(envelope)}\n`;
      const answer = await api.post({ query: IMPORT, variables: { l: line + line } }, '/graphql/bulk');
      expect(answer.json.data.importStatements).toEqual({ job: { kind: 'import', state: 'QUEUED' }, statements: [sha256('{"a":1}')], userErrors: [] });
      const { rows } = await api.database.pool.query<{ payload: { sha256: Sha256 } }>("SELECT payload FROM tasks WHERE kind = 'import'");
      expect(rows.map(({ payload }) => payload.sha256)).toEqual([sha256(line + line)]);
      expect(await api.store.hasBlob(sha256(line + line))).toBe(true);
      for (const [text, code] of [['', 'SIGNING.BAD_ENVELOPE'], ['{', 'SIGNING.BAD_JSON'], ['{}', 'SIGNING.BAD_ENVELOPE']]) {
        expect((await api.data(IMPORT, { l: text })).importStatements).toEqual({ job: null, statements: [], userErrors: [{ code }] });
      }
    } finally {
      await queue.close();
    }
  });
});

describe('evidence for a stranger', () => {
  it('is one archive, sent as it is written, with inputs where they are asked for', async () => {
    api.actions.answers = { writeEvidence: async () => (async function* () { yield Buffer.from('tar '); yield Buffer.from('bytes'); })() };
    const path = `/builds/bld_${buildIdOf(1)}/evidence.tar`;
    const { status, headers, text } = await api.ask(path);
    expect([status, headers['content-type'], headers['transfer-encoding'], text]).toEqual([200, 'application/x-tar', 'chunked', 'tar bytes']);
    await api.ask(`${path}?inputs=1`);
    expect(api.actions.asked.map(({ input }) => input)).toEqual([{ buildId: buildIdOf(1), withInputs: false }, { buildId: buildIdOf(1), withInputs: true }]);
    expect((await api.ask(`${path}?inputs=yes`)).status).toBe(400);
    expect((await api.ask(`/builds/bld_${buildIdOf(99)}/evidence.tar`)).status).toBe(404);
  });

  it('that cannot be finished ends short, never as a complete wrong answer', async () => {
    api.actions.answers = { writeEvidence: async () => (async function* () { yield Buffer.alloc(100_000); yield Buffer.alloc(100_000); throw Object.assign(new TypeError('damaged'), { name: 'Fault', code: 'STORE.DAMAGED' }); })() };
    await expect(api.ask(`/builds/${buildIdOf(1)}/evidence.tar`)).rejects.toThrow(/aborted|hang up/);
  });
});
