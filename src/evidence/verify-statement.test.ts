import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256 } from '../foundation/digest.ts';
import { makeEnvelope } from '../signing/envelope-files.ts';
import type { Envelope } from '../signing/envelope.ts';
import { IN_TOTO_PAYLOAD_TYPE } from '../signing/envelope.ts';
import type { PayloadRole } from '../signing/signer.ts';
import { trustedRoot, walkRoots, type TrustRoot } from '../signing/trust-root.ts';
import { openLog } from '../transparency/log.ts';
import { proveEntry } from '../transparency/read-log.ts';
import { tinyFacts } from '../../tests/support/build-facts.ts';
import { MemoryLog } from '../../tests/support/memory-log.ts';
import { testRing, type TestRing } from '../../tests/support/signing-fixture.ts';
import { signWithTestRoot } from '../../tests/support/test-root.ts';
import { parseStatement, type ParsedStatement } from './parse-statement.ts';
import { PROVENANCE_TYPE, REBUILD_TYPE } from './predicates.ts';
import { rebuildStatement } from './rebuild-statement.ts';
import { releaseStatement } from './release-statement.ts';
import { statementOf } from './statement.ts';
import type { BuildStatement } from './statement-schema.ts';
import { expectedArtifacts, judgeArtifacts } from './verdict.ts';
import { STATEMENT_STEPS, verifyStatement, type CheckedStatement, type StatementEvidence } from './verify-statement.ts';

let keys: TestRing;
let root: TrustRoot;
let payload: Buffer;
let provenance: ParsedStatement;

beforeAll(async () => {
  keys = await testRing('acme');
  root = await rootOf(keys);
  ({ payload } = statementOf(await tinyFacts()));
  provenance = parseStatement(payload, 'it');
});
afterAll(() => keys.remove());

async function rootOf({ ring }: TestRing): Promise<TrustRoot> {
  const [first, ...later] = await ring.roots();
  return walkRoots(trustedRoot(first!, 'root'), later, 'roots');
}

async function signed(bytes: Uint8Array, role: PayloadRole = 'builder', by = keys): Promise<Envelope> {
  return makeEnvelope(IN_TOTO_PAYLOAD_TYPE, bytes, [await by.ring.signPayload(role, IN_TOTO_PAYLOAD_TYPE, bytes)]);
}

async function proofOf(bytes: Uint8Array, envelope: Envelope, type = PROVENANCE_TYPE, by = keys): Promise<Buffer> {
  const storage = new MemoryLog();
  const log = openLog({ storage, signer: by.ring, origin: (await rootOf(by)).content.log.origin, clock: by.clock });
  await log.record([{ t: 'statement', sha256: sha256(bytes), type, keys: envelope.signatures.map(({ keyid }) => keyid) }]);
  return Buffer.from(await proveEntry(storage, 0));
}

const check = (evidence: Partial<StatementEvidence> & Pick<StatementEvidence, 'envelope'>): CheckedStatement => verifyStatement({ root, now: keys.clock.now().toISOString(), ...evidence });
const failures = ({ steps }: CheckedStatement): (readonly [string, string | undefined])[] => steps.filter(({ outcome }) => outcome === 'FAILED').map(({ step, code }) => [step, code] as const);
const changed = (change: (statement: BuildStatement) => void): Buffer => {
  const statement = structuredClone(provenance.statement);
  change(statement);
  return Buffer.from(canonicalJson(statement));
};

describe('a statement that is verified', () => {
  test('passes all eight steps with its proof and a file that it speaks of', async () => {
    const envelope = await signed(payload);
    const file = provenance.statement.subject[0]!.digest.sha256;
    const checked = check({ envelope: Buffer.from(JSON.stringify(envelope)), proof: await proofOf(payload, envelope), file });
    expect(checked.steps.map(({ step, outcome }) => `${step} ${outcome}`)).toEqual(STATEMENT_STEPS.map((step) => `${step} PASSED`));
    expect(checked).toMatchObject({ accepted: true, loggedAt: '2026-01-01T00:00:00.000Z', signers: [{ operator: 'acme' }], statement: { kind: 'provenance' } });
  });

  test('without proof and file is accepted, the two steps skipped, unless a proof is asked for', async () => {
    const envelope = await signed(payload);
    const { steps, accepted } = check({ envelope });
    expect([accepted, steps.filter(({ outcome }) => outcome === 'SKIPPED').map(({ step }) => step)]).toEqual([true, ['LOGGED', 'SUBJECT']]);
    expect(failures(check({ envelope, proofRequired: true }))).toEqual([['LOGGED', 'EVIDENCE.NOT_LOGGED']]);
  });

  test('of a rebuild or a release passes under the role that may say it', async () => {
    for (const [bytes, role, kind] of [
      [await rebuildPayload('acme'), 'rebuilder', 'rebuild'],
      [releaseStatement({ product: 'kiosk', version: '1.4.0', provenance, releasedAt: keys.clock.now() }).payload, 'releaser', 'release'],
    ] as const) expect(check({ envelope: await signed(bytes, role) })).toMatchObject({ accepted: true, statement: { kind } });
  });
});

async function rebuildPayload(operator: string): Promise<Buffer> {
  const images = expectedArtifacts(provenance.statement);
  return rebuildStatement({
    original: provenance, definitionDigest: provenance.definitionDigest, attempt: 1, outcome: { artifacts: await judgeArtifacts(images, images, { comparable: true }) },
    rebuilder: { id: 'https://provenroot.dev/builders/container@v1', version: {}, operator, independence: { operator, site: '', cpuVendor: '', kernel: '', worker: '' } },
    timings: { startedAt: new Date(0), finishedAt: new Date(1), cpuMs: 1, peakMemoryBytes: 1 },
  }).payload;
}

describe('each flaw has a step and a code of its own:', () => {
  test('an envelope that is none', () => {
    expect(failures(check({ envelope: Buffer.from('{"payload":"%%"}') }))).toEqual([['ENVELOPE', 'SIGNING.BAD_ENVELOPE']]);
    expect(failures(check({ envelope: Buffer.from('{') }))).toEqual([['ENVELOPE', 'SIGNING.BAD_JSON']]);
  });

  test('a payload that was changed under its signature', async () => {
    const envelope = await signed(payload);
    const other = { ...envelope, payload: changed((statement) => { statement.subject[0]!.name = 'other'; }).toString('base64') };
    expect(failures(check({ envelope: other }))).toEqual([['SIGNED', 'EVIDENCE.BAD_SIGNATURE']]);
    expect(check({ envelope: other }).statement).toBeUndefined();
  });

  test('a stranger\'s signature, under the stranger\'s own root or not', async () => {
    const stranger = await testRing('stranger');
    try {
      const envelope = await signed(payload, 'builder', stranger);
      expect(failures(check({ envelope }))).toEqual([['SIGNED', 'EVIDENCE.UNKNOWN_SIGNER']]);
      expect(failures(check({ envelope, proof: await proofOf(payload, envelope, PROVENANCE_TYPE, stranger) }))).toEqual([['SIGNED', 'EVIDENCE.UNKNOWN_SIGNER'], ['LOGGED', 'EVIDENCE.UNKNOWN_LOG']]);
    } finally {
      await stranger.remove();
    }
  });

  test('the proof of another statement, and one under another key', async () => {
    const envelope = await signed(payload);
    const other = changed((statement) => { statement.subject[0]!.name = 'other'; });
    expect(failures(check({ envelope, proof: await proofOf(other, envelope) }))).toEqual([['LOGGED', 'EVIDENCE.NOT_THE_ENTRY']]);
    const underOther = { ...envelope, signatures: [{ keyid: sha256('other key'), sig: '' }] };
    expect(failures(check({ envelope, proof: await proofOf(payload, underOther) }))).toEqual([['LOGGED', 'EVIDENCE.KEY_NOT_LOGGED']]);
  });

  test('a proof that was cut, or whose hashes were changed', async () => {
    const envelope = await signed(payload);
    const proof = await proofOf(payload, envelope);
    expect(failures(check({ envelope, proof: proof.subarray(0, 40) }))).toEqual([['LOGGED', 'TRANSPARENCY.BAD_PROOF']]);
    const moved = Buffer.from(proof.toString().replace('index 0', 'index 1'));
    expect(failures(check({ envelope, proof: moved }))).toEqual([['LOGGED', 'TRANSPARENCY.NOT_INCLUDED']]);
  });

  test('a key that was not valid when the log saw the statement; one that has ended since is good', async () => {
    const ring = await testRing('acme');
    try {
      const envelope = await signed(payload, 'builder', ring);
      const early = await proofOf(payload, envelope, PROVENANCE_TYPE, ring);
      ring.clock.forward(1000);
      await ring.ring.rotate('builder');
      const rotated = await rootOf(ring);
      ring.clock.forward(24 * 60 * 60 * 1000);
      const late = await proofOf(payload, envelope, PROVENANCE_TYPE, ring);
      const now = ring.clock.now().toISOString();
      expect(check({ envelope, proof: early, root: rotated, now }).accepted).toBe(true);
      expect(failures(check({ envelope, proof: late, root: rotated, now }))).toEqual([['IN_TIME', 'EVIDENCE.KEY_NOT_VALID_THEN']]);
      expect(failures(check({ envelope, root: rotated, now }))).toEqual([['IN_TIME', 'EVIDENCE.KEY_NOT_VALID_THEN']]);
    } finally {
      await ring.remove();
    }
  });

  /** By hand: the signer itself would refuse these. */
  const forged = (bytes: Uint8Array, payloadType = IN_TOTO_PAYLOAD_TYPE): { envelope: Envelope; root: TrustRoot } => signWithTestRoot(bytes, payloadType);

  test('a payload of another type', () => {
    expect(failures(check(forged(payload, 'application/json')))).toEqual([['TYPED', 'EVIDENCE.WRONG_TYPE']]);
    expect(failures(check(forged(changed((statement) => { (statement as { predicateType: string }).predicateType = 'https://example.org/x'; }))))).toEqual([['TYPED', 'EVIDENCE.WRONG_TYPE']]);
  });

  test('a parameter that is not known', async () => {
    const bytes = changed(({ predicate }) => { (predicate.buildDefinition.externalParameters as Record<string, unknown>)['more'] = 1; });
    expect(failures(check({ envelope: await signed(bytes) }))).toEqual([['READ', 'EVIDENCE.UNKNOWN_PARAMETER']]);
  });

  test('a definition that is another than stated', async () => {
    const bytes = changed(({ predicate }) => { predicate.runDetails.metadata.provenroot_definitionDigest = sha256('other'); });
    expect(failures(check({ envelope: await signed(bytes) }))).toEqual([['READ', 'EVIDENCE.DEFINITION_MISMATCH']]);
  });

  test('a key of another role, another builder, another operator', async () => {
    expect(failures(check(forged(await rebuildPayload('acme'))))).toEqual([['ENTITLED', 'EVIDENCE.WRONG_ROLE']]);
    const builder = changed(({ predicate }) => { predicate.runDetails.builder.id = 'https://example.org/builder'; });
    expect(failures(check({ envelope: await signed(builder) }))).toEqual([['ENTITLED', 'EVIDENCE.WRONG_BUILDER']]);
    const bytes = await rebuildPayload('somebody-else');
    expect(failures(check({ envelope: await signed(bytes, 'rebuilder'), proof: await proofOf(bytes, await signed(bytes, 'rebuilder'), REBUILD_TYPE) }))).toEqual([['ENTITLED', 'EVIDENCE.WRONG_OPERATOR']]);
  });

  test('a file that it does not speak of', async () => {
    expect(failures(check({ envelope: await signed(payload), file: sha256('other') }))).toEqual([['SUBJECT', 'EVIDENCE.NOT_A_SUBJECT']]);
  });
});
