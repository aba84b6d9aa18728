import { systemClock } from '../../src/foundation/clock.ts';
import type { Sha256 } from '../../src/foundation/digest.ts';
import type { JobHandle } from '../../src/records/job-records.ts';
import { createRecords, type Records } from '../../src/records/records.ts';
import type { RecordedVerdict, VerificationEnd } from '../../src/records/verification-records.ts';
import { digestOf, recordSampleSandbox, runningBuild } from '../support/sample-records.ts';
import { openTestDatabase, type TestDatabase } from '../support/temporary-home.ts';

let database: TestDatabase;
let records: Records;
let buildId: string;
beforeAll(async () => {
  database = await openTestDatabase();
  records = createRecords(database.pool, systemClock);
  await recordSampleSandbox(records);
  const build = await runningBuild(records, 'verified', '1');
  await records.builds.finish(build, { state: 'SUCCEEDED', rootTree: digestOf('root verified') });
  buildId = build.id;
});
afterAll(async () => {
  await records.close();
  await database.close();
});

async function statementOf(word: string): Promise<Sha256> {
  const { payloadSha256 } = await records.evidence.recordStatement({
    payloadType: 'application/vnd.in-toto+json', payload: Buffer.from(word), predicateType: 'https://slsa.dev/provenance/v1', buildId, origin: 'own', signatures: [], subjects: [],
  });
  return payloadSha256;
}

async function running(word: string): Promise<JobHandle> {
  const { id } = await records.verifications.start({ statementSha256: await statementOf(word), buildId, operator: 'self' });
  return (await records.verifications.claim(id))!;
}

const verdict = (more: Partial<RecordedVerdict> = {}): RecordedVerdict =>
  ({ artifact: 'rootfs.squashfs', verdict: 'REPRODUCED', expectedSha256: digestOf('image'), actualSha256: digestOf('image'), ...more });
const end = (more: Partial<VerificationEnd> = {}): VerificationEnd => ({ state: 'DONE', outcome: 'REPRODUCED', verdicts: [verdict()], ...more });

describe('a verification', () => {
  it('is another attempt each time, numbered also where many start at once; all are kept', async () => {
    const statementSha256 = await statementOf('attempts');
    const started = await Promise.all(Array.from({ length: 6 }, () => records.verifications.start({ statementSha256, operator: 'self' })));
    expect(started.map(({ attempt }) => attempt).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('joins one that waits or runs where that is wanted', async () => {
    const given = { statementSha256: await statementOf('joined'), operator: 'self', join: true };
    const [first, second] = await Promise.all([records.verifications.start(given), records.verifications.start(given)]);
    expect(first.id).toBe(second.id);
    expect([first.joined, second.joined].filter(Boolean)).toHaveLength(1);
    await records.verifications.requestCancel(first.id);
    expect(await records.verifications.start(given)).toMatchObject({ attempt: 2, joined: false });
  });

  it('is of a statement on record', async () => {
    await expect(records.verifications.start({ statementSha256: digestOf('nowhere'), operator: 'self' })).rejects.toMatchObject({ code: 'RECORDS.UNKNOWN' });
  });

  it('is written by its newest claim alone', async () => {
    const old = await running('claims');
    const fresh = (await records.verifications.claim(old.id))!;
    for (const late of [() => records.verifications.progress(old, { stage: 'rebuild', done: 1, total: 2 }), () => records.verifications.rebuilding(old, buildId), () => records.verifications.finish(old, end())]) {
      await expect(late()).rejects.toMatchObject({ code: 'RECORDS.STALE' });
    }
    await records.verifications.progress(fresh, { stage: 'rebuild', done: 1, total: 2 });
    await records.verifications.rebuilding(fresh, buildId);
    expect(await records.verifications.find(fresh.id)).toMatchObject({ state: 'RUNNING', rebuildBuildId: buildId });
    await records.verifications.finish(fresh, end());
    expect(await records.verifications.find(fresh.id)).toMatchObject({ state: 'DONE', outcome: 'REPRODUCED' });
    expect(await records.verifications.claim(fresh.id)).toBeUndefined();
  });

  it('that has ended stays so, with its verdicts', async () => {
    const job = await running('ended');
    await records.verifications.finish(job, end({ outcome: 'NOT_REPRODUCED', firstDifferingStep: 'libc', report: { files: 1 }, verdicts: [verdict({ verdict: 'NOT_REPRODUCED', actualSha256: digestOf('other'), detail: { bytes: 3 } })] }));
    await expect(database.pool.query("UPDATE verifications SET outcome = 'REPRODUCED' WHERE id = $1", [job.id])).rejects.toMatchObject({ code: '23001' });
    await expect(database.pool.query('DELETE FROM verifications WHERE id = $1', [job.id])).rejects.toMatchObject({ code: '23001' });
    await expect(database.pool.query("UPDATE verdicts SET verdict = 'REPRODUCED'")).rejects.toMatchObject({ code: '23001' });
  });

  it.each<[string, Partial<RecordedVerdict>]>([
    ['REPRODUCED with other bytes', { actualSha256: digestOf('other') }],
    ['NOT_REPRODUCED with the same bytes', { verdict: 'NOT_REPRODUCED' }],
    ['EQUIVALENT by no normaliser', { verdict: 'EQUIVALENT', actualSha256: digestOf('other') }],
    ['MISSING_OUTPUT with bytes', { verdict: 'MISSING_OUTPUT' }],
    ['EXTRA_OUTPUT of what was expected', { verdict: 'EXTRA_OUTPUT' }],
  ])('has no verdict %s, and then nothing of its end is kept', async (_, wrong) => {
    const job = await running(`wrong ${_}`);
    await expect(records.verifications.finish(job, end({ verdicts: [verdict({ artifact: 'kernel' }), verdict(wrong)] }))).rejects.toMatchObject({ code: '23514' });
    expect(await records.verifications.find(job.id)).toMatchObject({ state: 'RUNNING', outcome: null });
    expect((await database.pool.query('SELECT FROM verdicts WHERE verification_id = $1', [job.id])).rowCount).toBe(0);
  });

  it('is never done without an outcome', async () => {
    const job = await running('no outcome');
    await expect(records.verifications.finish(job, { state: 'DONE', verdicts: [] })).rejects.toMatchObject({ code: '23514' });
    await records.verifications.finish(job, { state: 'FAILED', subcode: 'signer_unavailable', message: 'no signer', verdicts: [] });
  });

  it('ends at once where it waits and is cancelled, and is told where it runs', async () => {
    const waiting = await records.verifications.start({ statementSha256: await statementOf('waiting'), operator: 'self' });
    expect(await records.verifications.requestCancel(waiting.id)).toBe(true);
    expect(await records.verifications.find(waiting.id)).toMatchObject({ state: 'CANCELLED' });
    expect(await records.verifications.requestCancel(waiting.id)).toBe(false);
    const job = await running('cancelled');
    expect(await records.verifications.cancelRequested(job.id)).toBe(false);
    expect(await records.verifications.requestCancel(job.id)).toBe(true);
    expect(await records.verifications.cancelRequested(job.id)).toBe(true);
    await records.verifications.finish(job, { state: 'CANCELLED', verdicts: [] });
    await expect(records.verifications.requestCancel('nobody')).rejects.toMatchObject({ code: 'RECORDS.UNKNOWN' });
  });

  it('keeps in the store what it needs until it ends', async () => {
    const held = await runningBuild(records, 'held', '1');
    await records.builds.finish(held, { state: 'SUCCEEDED', rootTree: digestOf('root held') });
    const newer = await runningBuild(records, 'held', '2');
    await records.builds.finish(newer, { state: 'SUCCEEDED', rootTree: digestOf('root newer') });
    const keeps = async (): Promise<boolean> => (await records.roots({ buildsPerTarget: 1 })).trees.has(digestOf('root held'));
    expect(await keeps()).toBe(false);
    const { id } = await records.verifications.start({ statementSha256: await statementOf('held'), buildId: held.id, operator: 'self' });
    expect(await keeps()).toBe(true);
    await records.verifications.requestCancel(id);
    expect(await keeps()).toBe(false);
  });
});

describe('a variation run', () => {
  it('holds its whole list of conditions, which is never empty', async () => {
    const conditions = [{ name: 'time', offset: 86_400 }, { name: 'umask', value: '0002' }];
    const { id } = await records.variations.start({ buildId, profile: 'quick', conditions });
    expect(await records.variations.find(id)).toMatchObject({ profile: 'quick', conditions, state: 'QUEUED' });
    await expect(records.variations.start({ buildId, profile: 'none', conditions: [] })).rejects.toMatchObject({ code: 'RECORDS.EMPTY_VARIATION' });
    await expect(database.pool.query("INSERT INTO variation_runs (id, build_id, profile, conditions) VALUES ('x', $1, 'none', '[]')", [buildId])).rejects.toMatchObject({ code: '23514' });
  });

  it('ends once, with its report', async () => {
    const { id } = await records.variations.start({ buildId, profile: 'quick', conditions: ['time'] });
    const job = (await records.variations.claim(id))!;
    await records.variations.progress(job, { stage: 'bisect', done: 2, total: 5 });
    await records.variations.finish(job, { state: 'DONE', outcome: 'DIFFERS', report: { blamed: ['time'] } });
    await expect(records.variations.finish(job, { state: 'DONE', outcome: 'STABLE' })).rejects.toMatchObject({ code: 'RECORDS.STALE' });
    expect(await records.variations.find(id)).toMatchObject({ state: 'DONE', outcome: 'DIFFERS' });
    expect((await records.variations.unfinished()).map((each) => each.id)).not.toContain(id);
  });
});
