import { importStatements } from '../../src/actions/import-statements.ts';
import { openDesk, type Desk } from '../../src/actions/desk.ts';
import { judgeBytes } from '../../src/actions/judge-artifacts.ts';
import { signStatement } from '../../src/actions/sign-statement.ts';
import { summarizeStatement, type SignedSummary } from '../../src/actions/summarize-statement.ts';
import { checkStatement } from '../../src/actions/check-statement.ts';
import { parseStatement, type ParsedStatement } from '../../src/evidence/parse-statement.ts';
import { rebuildStatement } from '../../src/evidence/rebuild-statement.ts';
import { statementOf } from '../../src/evidence/statement.ts';
import { expectedArtifacts, judgeArtifacts } from '../../src/evidence/verdict.ts';
import { jsonDigest } from '../../src/foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../../src/foundation/digest.ts';
import { createReads } from '../../src/records/reads/reads.ts';
import { createRecords, type Records } from '../../src/records/records.ts';
import { IN_TOTO_PAYLOAD_TYPE } from '../../src/signing/envelope.ts';
import { tinyFacts } from '../support/build-facts.ts';
import { openTestDatabase, type TestDatabase } from '../support/temporary-home.ts';
import { openTemporaryStore, type TemporaryStore } from '../support/temporary-store.ts';
import { testKey, testRing, type TestKey, type TestRing } from '../support/signing-fixture.ts';
import { envelopeBy } from '../support/test-root.ts';

/** Record, store, signer and log are the real ones; what was built is made up. */
describe('a verification summary of what is on record', () => {
  let database: TestDatabase;
  let temporary: TemporaryStore;
  let keys: TestRing;
  let records: Records;
  let desk: Desk;
  let provenance: ParsedStatement;
  const rebuilders = new Map<string, TestKey>([['uni', testKey()], ['lab', testKey()]]);

  beforeAll(async () => {
    [database, temporary, keys] = await Promise.all([openTestDatabase(), openTemporaryStore(), testRing('acme')]);
    records = createRecords(database.pool, keys.clock);
    for (const [operator, key] of rebuilders) await keys.ring.trustKey({ publicKey: key.pem, roles: ['rebuilder'], operator });
    desk = await openDesk(keys.ring, { records, clock: keys.clock });
    const facts = await tinyFacts();
    const definition = { ...facts.definition, epochSeconds: 1 };
    await imported('uni', statementOf({ ...facts, definition, definitionDigest: jsonDigest(definition) }).payload);
    const { payload, blobs } = statementOf(facts);
    provenance = parseStatement(payload, 'it');
    await signStatement({ payload, role: 'builder', blobs: [...blobs].map(([name, bytes]) => ({ name, bytes })) }, workshop(), desk.signer, desk.log);
  });
  afterAll(async () => {
    await records.close();
    await Promise.all([database.close(), temporary.close(), keys.remove()]);
  });

  const workshop = () => ({ records, store: temporary.store, clock: keys.clock });
  const summarize = (statement: Sha256 = provenance.payloadSha256): Promise<SignedSummary> => summarizeStatement(statement, { id: 'https://acme.example/verifier', version: { provenroot: '0.1.0' } }, workshop(), desk);

  async function rebuildBy(operator: string, good: boolean): Promise<Buffer> {
    const images = expectedArtifacts(provenance.statement);
    const actual = good ? images : images.map((one) => ({ ...one, sha256: sha256(`${one.name} otherwise`) }));
    return rebuildStatement({
      original: provenance, definitionDigest: provenance.definitionDigest, attempt: 1, outcome: { artifacts: await judgeArtifacts(images, actual, { comparable: true }) },
      rebuilder: { id: 'x', version: {}, operator, independence: { operator, site: '', cpuVendor: '', kernel: '', worker: '' } },
      timings: { startedAt: new Date(0), finishedAt: new Date(1), cpuMs: 1, peakMemoryBytes: 1 },
    }).payload;
  }

  const imported = async (operator: string, payload: Buffer): Promise<void> => {
    await importStatements([envelopeBy(rebuilders.get(operator)!, payload, IN_TOTO_PAYLOAD_TYPE)], workshop(), desk);
  };

  test('is FAILED with reasons while nobody else has reproduced it, the builder\'s own operator included', async () => {
    await signStatement({ payload: await rebuildBy('acme', true), role: 'rebuilder' }, workshop(), desk.signer, desk.log);
    const { summary } = await summarize();
    expect([summary.verificationResult, summary.verifiedLevels, summary.provenroot_operators]).toEqual(['FAILED', ['FAILED'], []]);
    expect(summary.provenroot_reasons).toContain('rootfs.ext4: reproduced by 0 of 2 operators');
  });

  test('counts nobody who calls himself another operator than the root does', async () => {
    await imported('uni', await rebuildBy('lab', true));
    expect((await summarize()).summary.provenroot_reasons).toContain('rootfs.ext4: reproduced by 0 of 2 operators');
  });

  test('says SLSA_BUILD_REPRODUCED once two other operators have, signed by the verifier and in the log', async () => {
    await imported('uni', await rebuildBy('uni', true));
    expect((await summarize()).summary.provenroot_reasons).toContain('rootfs.ext4: reproduced by 1 of 2 operators (uni)');
    await imported('lab', await rebuildBy('lab', true));
    const { payloadSha256, summary } = await summarize();
    expect([summary.verificationResult, summary.verifiedLevels, summary.provenroot_operators]).toEqual(['PASSED', ['SLSA_BUILD_REPRODUCED'], ['lab', 'uni']]);
    expect(await checkStatement({ envelope: payloadSha256 }, workshop())).toMatchObject({ accepted: true, statement: { kind: 'summary' }, signers: [{ operator: 'acme' }] });
  });

  test('and the aggregate stand on the builder\'s provenance, whoever told of another definition before', async () => {
    const [image] = expectedArtifacts(provenance.statement);
    const judged = (await judgeBytes([image!.sha256], { records, reads: createReads(database.pool), clock: keys.clock })).get(image!.sha256);
    expect(judged).toMatchObject({ state: 'VERIFIED', independent: 2, definitionDigest: provenance.definitionDigest, builderOperator: 'acme' });
  });

  test('is FAILED again when one of them says no: every word is kept, the newest counts', async () => {
    keys.clock.forward(1000);
    await imported('lab', await rebuildBy('lab', false));
    const { summary } = await summarize();
    expect(summary.verificationResult).toBe('FAILED');
    expect(summary.provenroot_reasons).toContain('rootfs.ext4: not reproduced by lab');
  });

  test('is not made of what is no provenance, or is not on record', async () => {
    const rebuild = sha256(await rebuildBy('acme', true));
    await expect(summarize(rebuild)).rejects.toMatchObject({ code: 'EVIDENCE.WRONG_TYPE' });
    await expect(summarize(sha256('nothing'))).rejects.toMatchObject({ code: 'RECORDS.UNKNOWN' });
  });
});
