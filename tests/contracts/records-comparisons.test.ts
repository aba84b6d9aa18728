import { systemClock } from '../../src/foundation/clock.ts';
import type { ComparisonEnd } from '../../src/records/comparison-records.ts';
import { createRecords, type Records } from '../../src/records/records.ts';
import { createReads, type Reads } from '../../src/records/reads/reads.ts';
import { digestOf, recordSampleSandbox, runningBuild } from '../support/sample-records.ts';
import { openTestDatabase, type TestDatabase } from '../support/temporary-home.ts';

const HOUR_MS = 3_600_000;
const later = (ms = HOUR_MS): Date => new Date(systemClock.now().getTime() + ms);

let database: TestDatabase;
let records: Records;
let reads: Reads;
let buildId: string;
beforeAll(async () => {
  database = await openTestDatabase();
  records = createRecords(database.pool, systemClock);
  reads = createReads(database.pool);
  await recordSampleSandbox(records);
  const build = await runningBuild(records, 'compared', '1');
  await records.builds.finish(build, { state: 'SUCCEEDED', rootTree: digestOf('root compared') });
  buildId = build.id;
});
afterAll(async () => {
  await records.close();
  await database.close();
});

async function opened(sizeBytes = 10, expiresAt = later()): Promise<string> {
  return (await records.uploads.open({ name: 'image', sizeBytes, expiresAt }, 1000))!.id;
}

async function whole(word: string, expiresAt = later()): Promise<string> {
  const id = await opened();
  await records.uploads.advance(id, 0, 10, later());
  await records.uploads.finish(id, { state: 'READY', sha256: digestOf(word), expiresAt });
  return id;
}

describe('an upload', () => {
  it('grows by whoever knows how far it is, one of many at once', async () => {
    const id = await opened();
    const outcomes = await Promise.allSettled([4, 5, 6].map((to) => records.uploads.advance(id, 0, to, later())));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toMatchObject([{ reason: { code: 'RECORDS.STALE' } }, { reason: { code: 'RECORDS.STALE' } }]);
    const { offsetBytes } = (await records.uploads.find(id))!;
    await records.uploads.advance(id, offsetBytes, 10, later());
    expect(await records.uploads.find(id)).toMatchObject({ state: 'OPEN', offsetBytes: 10, sha256: null });
  });

  it('is ready only whole, and then stays so but for being removed', async () => {
    const half = await opened();
    await records.uploads.advance(half, 0, 9, later());
    await expect(records.uploads.finish(half, { state: 'READY', sha256: digestOf('half'), expiresAt: later() })).rejects.toThrow(/uploads_ready_is_whole/);
    const id = await whole('ready');
    await expect(records.uploads.finish(id, { state: 'REFUSED', message: 'too late' })).rejects.toMatchObject({ code: 'RECORDS.STALE' });
    for (const change of ["state = 'OPEN', finished_at = NULL", "state = 'REFUSED'", 'offset_bytes = 0']) await expect(database.pool.query(`UPDATE uploads SET ${change} WHERE id = $1`, [id])).rejects.toThrow(/stays so/);
    expect([await records.uploads.remove(id), await records.uploads.remove(id), (await records.uploads.find(id))!.state]).toEqual([true, false, 'REMOVED']);
    await expect(database.pool.query('DELETE FROM uploads WHERE id = $1', [id])).rejects.toThrow(/stays so/);
  });

  it('is over once its time is, without anybody looking', async () => {
    const id = await opened(10, later(-1));
    expect(await records.uploads.find(id)).toMatchObject({ state: 'EXPIRED' });
    expect((await records.uploads.receiving()).ids).not.toContain(id);
    await expect(records.uploads.advance(id, 0, 1, later())).rejects.toMatchObject({ code: 'RECORDS.STALE' });
    expect((await reads.comparisons.uploads({ state: 'EXPIRED' }, { first: 200 })).map((row) => row.id)).toContain(id);
    expect((await reads.comparisons.uploads({ state: 'OPEN' }, { first: 200 })).map((row) => row.id)).not.toContain(id);
  });

  it('is one of so many at most, also where many are opened at once', async () => {
    const { ids } = await records.uploads.receiving();
    const made = await Promise.all(Array.from({ length: 8 }, () => records.uploads.open({ name: 'image', sizeBytes: 7, expiresAt: later() }, ids.length + 3)));
    expect(made.filter((one) => one !== undefined)).toHaveLength(3);
  });

  it('is kept by the store while it is whole and young, or compared', async () => {
    const [young, old, removed] = [await whole('young'), await whole('old', later(-1)), await whole('removed')];
    await records.uploads.remove(removed);
    const kept = async (): Promise<boolean[]> => { const { blobs } = await records.roots(); return ['young', 'old', 'removed'].map((word) => blobs.has(digestOf(word))); };
    expect(await kept()).toEqual([true, false, false]);
    const { id } = await records.comparisons.start({ uploadId: young }, { uploadId: old });
    expect(await kept()).toEqual([true, true, false]);
    const job = (await records.comparisons.claim(id))!;
    await records.comparisons.finish(job, { state: 'DONE', exit: 1, resultSha256: digestOf('found'), expiresAt: later() });
    expect(await kept()).toEqual([true, false, false]);
    expect((await records.roots()).blobs.has(digestOf('found'))).toBe(true);
  });
});

describe('a comparison', () => {
  it('is one for all who ask while it waits or runs, and another afterwards or the other way round', async () => {
    const [left, right] = [{ buildId }, { uploadId: await whole('one') }] as const;
    const started = await Promise.all(Array.from({ length: 5 }, () => records.comparisons.start(left, right)));
    expect(new Set(started.map(({ id }) => id)).size).toBe(1);
    expect(started.filter(({ joined }) => !joined)).toHaveLength(1);
    expect((await records.comparisons.start(right, left)).joined).toBe(false);
    await records.comparisons.requestCancel(started[0]!.id);
    expect((await records.comparisons.start(left, right)).joined).toBe(false);
    expect(await records.comparisons.find(started[0]!.id)).toMatchObject({ leftBuildId: buildId, leftUploadId: null, rightUploadId: right.uploadId, state: 'CANCELLED' });
  });

  it('is written by its newest claim alone, ends once, and is done only with a result', async () => {
    const { id } = await records.comparisons.start({ buildId }, { buildId });
    const late = (await records.comparisons.claim(id))!;
    const job = (await records.comparisons.claim(id))!;
    const done: ComparisonEnd = { state: 'DONE', exit: 0, resultSha256: digestOf('result'), expiresAt: later() };
    await expect(records.comparisons.finish(late, done)).rejects.toMatchObject({ code: 'RECORDS.STALE' });
    await expect(records.comparisons.progress(late, { stage: 'COMPARING', done: 0, total: 1 })).rejects.toMatchObject({ code: 'RECORDS.STALE' });
    await records.comparisons.finish(job, done);
    for (const again of [done, { state: 'CANCELLED' } as const, { state: 'FAILED', subcode: 'FOUNDATION.BUG', message: 'x' } as const]) await expect(records.comparisons.finish(job, again)).rejects.toMatchObject({ code: 'RECORDS.STALE' });
    await expect(database.pool.query('UPDATE comparisons SET exit = 1 WHERE id = $1', [id])).rejects.toThrow(/stays so/);
    await expect(database.pool.query("INSERT INTO comparisons (id, left_build_id, right_build_id, state, finished_at) VALUES ('x', $1, $1, 'DONE', now())", [buildId])).rejects.toThrow(/done_has_result/);
    await expect(database.pool.query("INSERT INTO comparisons (id, left_build_id, state) VALUES ('x', $1, 'QUEUED')", [buildId])).rejects.toThrow(/of_two/);
    expect((await reads.comparisons.list({ state: 'DONE' }, { first: 200 })).find((row) => row.id === id)).toMatchObject({ exit: 0, resultSha256: digestOf('result'), subcode: null });
  });

  it('keeps what it is about while it is unfinished', async () => {
    const other = await runningBuild(records, 'pinned', '1');
    await records.builds.finish(other, { state: 'SUCCEEDED', rootTree: digestOf('root pinned') });
    const newer = await runningBuild(records, 'pinned', '2');
    await records.builds.finish(newer, { state: 'SUCCEEDED', rootTree: digestOf('root newer') });
    const keeps = async (): Promise<boolean> => (await records.roots({ buildsPerTarget: 1 })).trees.has(digestOf('root pinned'));
    expect(await keeps()).toBe(false);
    const { id } = await records.comparisons.start({ buildId: other.id }, { buildId });
    expect(await keeps()).toBe(true);
    await records.comparisons.requestCancel(id);
    expect(await keeps()).toBe(false);
  });
});
