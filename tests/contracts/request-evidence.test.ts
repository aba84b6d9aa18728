import { cancelJob } from '../../src/actions/cancel-job.ts';
import { checkRelease, requestRelease } from '../../src/actions/request-release.ts';
import { cancelVariation, cancelVerification, requestVariation, requestVerification } from '../../src/actions/request-verification.ts';
import type { Workshop } from '../../src/actions/workshop.ts';
import { systemClock } from '../../src/foundation/clock.ts';
import type { Sha256 } from '../../src/foundation/digest.ts';
import { openQueue } from '../../src/queue/open-queue.ts';
import type { Queue } from '../../src/queue/task.ts';
import { jobLock } from '../../src/records/job-records.ts';
import { createReads, type Reads } from '../../src/records/reads/reads.ts';
import { createRecords, type Records } from '../../src/records/records.ts';
import { recordSampleSandbox, runningBuild } from '../support/sample-records.ts';
import { openTemporaryStore, type TemporaryStore } from '../support/temporary-store.ts';
import { openTestDatabase, type TestDatabase } from '../support/temporary-home.ts';

const PROVENANCE = 'https://slsa.dev/provenance/v1';

let database: TestDatabase;
let records: Records;
let reads: Reads;
let queue: Queue;
let temporary: TemporaryStore;
let store: TemporaryStore['store'];
let buildId: string;
beforeAll(async () => {
  database = await openTestDatabase();
  records = createRecords(database.pool, systemClock);
  reads = createReads(database.pool);
  queue = openQueue({ database: database.pool, clock: systemClock });
  temporary = await openTemporaryStore();
  ({ store } = temporary);
  await recordSampleSandbox(records);
  const build = await runningBuild(records, 'asked', '1');
  await records.builds.finish(build, { state: 'SUCCEEDED' });
  buildId = build.id;
});
afterAll(async () => {
  await queue.close();
  await temporary.close();
  await records.close();
  await database.close();
});

async function attest(word: string, more: { predicateType?: string; origin?: 'own' | 'imported'; buildId?: string } = {}): Promise<Sha256> {
  return (await records.evidence.recordStatement({ payloadType: 't', payload: Buffer.from(word), predicateType: PROVENANCE, origin: 'own', buildId, signatures: [], subjects: [], ...more })).payloadSha256;
}

const tasks = async (key: string): Promise<{ kind: string; state: string; payload: unknown }[]> =>
  (await database.pool.query<{ kind: string; state: string; payload: unknown }>('SELECT kind, state::text AS state, payload FROM tasks WHERE key = $1 ORDER BY id', [key])).rows;

describe('asking for a verification', () => {
  it('is refused before the build has a provenance of its own', async () => {
    await attest('of another', { origin: 'imported' });
    await expect(requestVerification({ buildId }, 'local', { records }, queue)).rejects.toMatchObject({ code: 'ACTIONS.NOT_ATTESTED' });
    await expect(requestVerification({ statementSha256: await attest('a rebuild', { predicateType: 'https://provenroot.dev/rebuild/v1' }) }, 'local', { records }, queue)).rejects.toMatchObject({ code: 'EVIDENCE.WRONG_TYPE' });
    await expect(requestVerification({ statementSha256: 'f'.repeat(64) as Sha256 }, 'local', { records }, queue)).rejects.toMatchObject({ code: 'RECORDS.UNKNOWN' });
  });

  it('puts one on record and in the queue, once where it is asked for twice', async () => {
    const statementSha256 = await attest('own');
    const { verificationId, joined } = await requestVerification({ buildId }, 'local', { records }, queue);
    expect(joined).toBe(false);
    expect(await requestVerification({ statementSha256 }, 'local', { records }, queue)).toEqual({ verificationId, joined: true });
    expect(await records.verifications.find(verificationId)).toMatchObject({ state: 'QUEUED', buildId, statementSha256, operator: 'local', attempt: 1 });
    expect(await tasks(verificationId)).toEqual([{ kind: 'verify', state: 'QUEUED', payload: { verificationId } }]);
  });

  it('and to stop it ends one that waits, one that nobody runs, and tells whoever runs one', async () => {
    const { verificationId: waiting } = await requestVerification({ buildId }, 'local', { records }, queue);
    await cancelVerification(waiting, { records }, queue);
    expect([(await records.verifications.find(waiting))?.state, (await tasks(waiting))[0]?.state]).toEqual(['CANCELLED', 'CANCELLED']);
    const { verificationId: left } = await requestVerification({ buildId }, 'local', { records }, queue);
    await records.verifications.claim(left);
    await cancelVerification(left, { records }, queue);
    expect((await records.verifications.find(left))?.state).toBe('CANCELLED');
    const { verificationId: running } = await requestVerification({ buildId }, 'local', { records }, queue);
    await records.locks.exclusively(jobLock(running), async () => {
      await records.verifications.claim(running);
      await cancelVerification(running, { records }, queue);
      expect(await records.verifications.find(running)).toMatchObject({ state: 'RUNNING', cancelRequested: true });
    });
    await expect(cancelVerification('nobody', { records }, queue)).rejects.toMatchObject({ code: 'RECORDS.UNKNOWN' });
  });
});

describe('asking for a variation run', () => {
  it('puts the whole list of conditions on record, whether a profile or a list was given', async () => {
    const { variationId } = await requestVariation({ buildId, profile: 'quick' }, { records, reads }, queue);
    expect(await records.variations.find(variationId)).toMatchObject({ profile: 'quick', conditions: ['hostname', 'locale', 'time', 'time-zone', 'umask'] });
    expect(await tasks(variationId)).toEqual([{ kind: 'vary', state: 'QUEUED', payload: { variationId } }]);
    const chosen = await requestVariation({ buildId, conditions: ['umask', 'time'] }, { records, reads }, queue);
    expect(await records.variations.find(chosen.variationId)).toMatchObject({ profile: 'chosen', conditions: ['time', 'umask'] });
    await cancelVariation(chosen.variationId, { records }, queue);
    expect((await records.variations.find(chosen.variationId))?.state).toBe('CANCELLED');
  });

  it.each([[{ conditions: [] }, 'VARIATION.EMPTY'], [{}, 'VARIATION.EMPTY'], [{ conditions: ['weather'] }, 'VARIATION.UNKNOWN'], [{ profile: 'some' }, 'VARIATION.UNKNOWN_PROFILE']])('is refused for %j', async (request, code) => {
    await expect(requestVariation({ buildId, ...request }, { records, reads }, queue)).rejects.toMatchObject({ code });
  });

  it('is of a build that has succeeded', async () => {
    const { id } = await runningBuild(records, 'asked', 'running');
    await expect(requestVariation({ buildId: id, profile: 'quick' }, { records, reads }, queue)).rejects.toMatchObject({ code: 'ACTIONS.NOT_SUCCEEDED' });
    await expect(requestVariation({ buildId: 'nobody', profile: 'quick' }, { records, reads }, queue)).rejects.toMatchObject({ code: 'RECORDS.UNKNOWN' });
  });
});

describe('asking for a release', () => {
  it('makes one task for a version, and none where it is there already', async () => {
    const release = { product: 'kiosk', version: '1.0', buildId };
    const asked = await requestRelease(release, { records, reads, store }, queue);
    expect(await requestRelease(release, { records, reads, store }, queue)).toEqual(asked);
    expect(await tasks('["release","kiosk","1.0"]')).toEqual([{ kind: 'release', state: 'QUEUED', payload: release }]);
    const { id } = await records.evidence.recordRelease({ ...release, statementSha256: await attest('release') });
    expect(await requestRelease(release, { records, reads, store }, queue)).toEqual({ releaseId: id });
    const other = await runningBuild(records, 'asked', '2');
    await records.builds.finish(other, { state: 'SUCCEEDED' });
    await expect(requestRelease({ ...release, buildId: other.id }, { records, reads, store }, queue)).rejects.toMatchObject({ code: 'RECORDS.ALREADY_THERE' });
  });

  it.each(['', ' ', '-x', 'a b', 'a/b', 'a@1', 'x'.repeat(101), '\u202ea'])('is refused for the name %j', (name) => {
    expect(() => checkRelease({ product: name, version: '1' })).toThrow(expect.objectContaining({ code: 'RECORDS.BAD_RELEASE', place: 'product' }));
    expect(() => checkRelease({ product: 'a', version: name })).toThrow(expect.objectContaining({ code: 'RECORDS.BAD_RELEASE', place: 'version' }));
  });
});

describe('stopping a job', () => {
  const stop = (jobId: string): Promise<void> => cancelJob(jobId, { records, reads } as Workshop, queue);
  const jobOf = async (key: string): Promise<string> => (await database.pool.query<{ id: string }>('SELECT id FROM tasks WHERE key = $1', [key])).rows[0]!.id;

  it('stops what it is the job of', async () => {
    const { verificationId } = await requestVerification({ buildId }, 'local', { records }, queue);
    await stop(await jobOf(verificationId));
    expect((await records.verifications.find(verificationId))?.state).toBe('CANCELLED');
    const { variationId } = await requestVariation({ buildId, profile: 'quick' }, { records, reads }, queue);
    await stop(await jobOf(variationId));
    expect((await records.variations.find(variationId))?.state).toBe('CANCELLED');
    await requestRelease({ product: 'stopped', version: '1', buildId }, { records, reads, store }, queue);
    await stop(await jobOf('["release","stopped","1"]'));
    expect(await tasks('["release","stopped","1"]')).toMatchObject([{ state: 'CANCELLED' }]);
    await expect(stop('nobody')).rejects.toMatchObject({ code: 'RECORDS.UNKNOWN' });
  });
});
