import { setTimeout as sleep } from 'node:timers/promises';

import { systemClock } from '../../src/foundation/clock.ts';
import { buildLock, type BuildHandle } from '../../src/records/build-records.ts';
import { EventFeed } from '../../src/records/event-feed.ts';
import { createReads } from '../../src/records/reads/reads.ts';
import { createRecords, type Records } from '../../src/records/records.ts';
import { digestOf, recordSampleSandbox, runningBuild, sampleBuild, sampleExecution } from '../support/sample-records.ts';
import { openTestDatabase, type TestDatabase } from '../support/temporary-home.ts';

let database: TestDatabase;
let records: Records;
beforeAll(async () => {
  database = await openTestDatabase();
  records = createRecords(database.pool, systemClock);
  await recordSampleSandbox(records);
});
afterAll(async () => {
  await records.close();
  await database.close();
});

const stateOf = async (id: string): Promise<string> =>
  (await database.pool.query<{ state: string }>('SELECT state::text FROM builds WHERE id = $1', [id])).rows[0]!.state;
const stepsOf = async (id: string): Promise<Record<string, string>> => Object.fromEntries(
  (await database.pool.query<{ name: string; state: string }>('SELECT name, state::text FROM build_steps WHERE build_id = $1', [id])).rows.map((row) => [row.name, row.state]));

describe('starting a build', () => {
  it('gives the build that is under way for the same target and definition', async () => {
    const first = await records.builds.start(sampleBuild('start', '1'));
    expect(await records.builds.start(sampleBuild('start', '1'))).toEqual({ id: first.id, state: 'QUEUED', reused: true });
  });

  it('makes one build where many ask at the same moment', async () => {
    const started = await Promise.all(Array.from({ length: 12 }, () => records.builds.start(sampleBuild('start', 'many'))));
    expect(new Set(started.map(({ id }) => id)).size).toBe(1);
    expect(started.filter(({ reused }) => !reused)).toHaveLength(1);
  });

  it('gives the succeeded build of the same definition', async () => {
    const build = await runningBuild(records, 'start', 'done');
    await records.builds.finish(build, { state: 'SUCCEEDED' });
    expect(await records.builds.start(sampleBuild('start', 'done'))).toEqual({ id: build.id, state: 'SUCCEEDED', reused: true });
  });

  it.each(['FAILED', 'CANCELLED'] as const)('starts anew after a build that ended as %s', async (state) => {
    const build = await runningBuild(records, 'start', state);
    await records.builds.finish(build, { state });
    expect(await records.builds.start(sampleBuild('start', state))).toMatchObject({ reused: false, state: 'QUEUED' });
  });

  it('lets a build with another purpose repeat a definition', async () => {
    const build = await runningBuild(records, 'start', 'again');
    await records.builds.finish(build, { state: 'SUCCEEDED' });
    const repeat = await records.builds.start(sampleBuild('start', 'again', { purpose: 'reproduce' }));
    expect(repeat).toMatchObject({ reused: false });
    expect(repeat.id).not.toBe(build.id);
  });

  it('refuses a definition that does not have the digest it came with', async () => {
    await expect(records.builds.start(sampleBuild('start', 'x', { definitionDigest: digestOf('other') }))).rejects.toMatchObject({ name: 'Bug' });
  });
});

describe('taking a build over', () => {
  it('leaves the old claim without effect', async () => {
    const old = await runningBuild(records, 'claim', '1');
    await records.steps.started(old, 'libc');
    await records.steps.logged(old, 'libc', 0, Buffer.from('compiling'));
    const fresh = (await records.builds.claim(old.id, {}))!;
    expect(fresh.epoch).toBe(old.epoch + 1);
    expect(await stepsOf(old.id)).toEqual({ libc: 'PENDING', shell: 'PENDING' });
    await expect(records.steps.started(old, 'libc')).rejects.toMatchObject({ code: 'RECORDS.STALE' });
    await expect(records.steps.executed(old, sampleExecution('libc', 'claim', {}))).rejects.toMatchObject({ code: 'RECORDS.STALE' });
    await expect(records.builds.finish(old, { state: 'FAILED' })).rejects.toMatchObject({ code: 'RECORDS.STALE' });
    await expect(records.events.append(old, { type: 'late', data: {}, at: new Date(0) })).rejects.toMatchObject({ code: 'RECORDS.STALE' });
    await records.steps.logged(old, 'libc', 9, Buffer.from(' late'));
    expect((await database.pool.query('SELECT FROM log_chunks WHERE build_id = $1', [old.id])).rowCount).toBe(0);
    await records.builds.finish(fresh, { state: 'SUCCEEDED' });
  });

  it('keeps the steps that were done', async () => {
    const old = await runningBuild(records, 'claim', '2');
    await records.steps.executed(old, sampleExecution('libc', 'claim 2', { target: digestOf('libc out') }));
    const fresh = (await records.builds.claim(old.id, {}))!;
    expect(await stepsOf(old.id)).toEqual({ libc: 'SUCCEEDED', shell: 'PENDING' });
    const { planKey, actionKey, sandboxDigest, outputs } = sampleExecution('libc', 'claim 2', { target: digestOf('libc out') });
    await records.steps.reused(fresh, { step: 'libc', planKey, actionKey, sandboxDigest, outputs });
    expect(await records.builds.finish(fresh, { state: 'FAILED' })).toEqual({ run: 1, reused: 0, failed: 0, total: 2 });
  });

  it('begins again with steps that were stopped or failed just before the kill', async () => {
    const old = await runningBuild(records, 'claim', '5');
    await records.steps.failed(old, 'libc', { kind: 'compile', message: 'no', phase: 'build' });
    await records.steps.executed(old, { ...sampleExecution('shell', 'claim 5', {}), outcome: 'cancelled', standsInStore: false });
    const fresh = (await records.builds.claim(old.id, {}))!;
    expect(await stepsOf(old.id)).toEqual({ libc: 'PENDING', shell: 'PENDING' });
    await records.steps.executed(fresh, sampleExecution('libc', 'claim 5', { target: digestOf('libc out') }));
    await records.steps.executed(fresh, sampleExecution('shell', 'claim 5', { target: digestOf('shell out') }));
    expect(await records.builds.finish(fresh, { state: 'SUCCEEDED' })).toEqual({ run: 2, reused: 0, failed: 0, total: 2 });
    expect((await database.pool.query('SELECT failure_kind, phase FROM build_steps WHERE build_id = $1 AND name = $2', [old.id, 'libc'])).rows).toEqual([{ failure_kind: null, phase: null }]);
  });

  it('is refused for a build that has ended', async () => {
    const build = await runningBuild(records, 'claim', '3');
    await records.builds.finish(build, { state: 'FAILED', failure: { kind: 'compile', message: 'no', step: 'libc' } });
    expect(await records.builds.claim(build.id, {})).toBeUndefined();
  });

  it('waits for the lock of whoever runs it, and gets it when that one is gone', async () => {
    const { id } = await records.builds.start(sampleBuild('claim', '4'));
    const other = createRecords(database.pool, systemClock);
    const order: string[] = [];
    const first = records.locks.exclusively(buildLock(id), async () => { await sleep(300); order.push('first'); });
    await sleep(50);
    expect(await other.locks.unlessHeld(buildLock(id), () => Promise.resolve(1))).toBeUndefined();
    await other.locks.exclusively(buildLock(id), () => { order.push('second'); return Promise.resolve(); });
    await first;
    expect(order).toEqual(['first', 'second']);
    await other.close();
  });

  it('gives the lock back where the holder failed', async () => {
    const key = digestOf('some lock');
    await expect(records.locks.exclusively(key, () => Promise.reject(new RangeError('no')))).rejects.toThrow('no');
    expect(await records.locks.unlessHeld(key, () => Promise.resolve('free'))).toEqual({ result: 'free' });
  });
});

describe('an ended build', () => {
  let build: BuildHandle;
  beforeAll(async () => {
    build = await runningBuild(records, 'ended', '1');
    await records.steps.executed(build, sampleExecution('libc', 'ended', {}, { outcome: 'failed', failure: { kind: 'compile', message: 'exit 2', phase: 'build' } }));
    await records.builds.finish(build, { state: 'FAILED', failure: { kind: 'compile', message: 'exit 2', step: 'libc' } });
  });

  it('says which step failed, and skips those that never began', async () => {
    expect(await stepsOf(build.id)).toEqual({ libc: 'FAILED', shell: 'SKIPPED' });
  });

  it.each([
    ["UPDATE builds SET state = 'SUCCEEDED' WHERE id = $1"], ['UPDATE builds SET failure_kind = NULL WHERE id = $1'], ['DELETE FROM builds WHERE id = $1'],
  ])('is not changed by %s', async (sql) => {
    await expect(database.pool.query(sql, [build.id])).rejects.toMatchObject({ code: '23001' });
  });

  it('cannot be cancelled any more', async () => {
    expect(await records.builds.requestCancel(build.id)).toBe(false);
    await expect(records.builds.requestCancel('nobody')).rejects.toMatchObject({ code: 'RECORDS.UNKNOWN' });
  });
});

describe('asking a build to stop', () => {
  it('ends one that waits at once', async () => {
    const { id } = await records.builds.start(sampleBuild('cancel', '1'));
    expect(await records.builds.requestCancel(id)).toBe(true);
    expect(await stateOf(id)).toBe('CANCELLED');
  });

  it('is told to the one that runs it, which ends it', async () => {
    const build = await runningBuild(records, 'cancel', '2');
    expect(await records.builds.cancelRequested(build.id)).toBe(false);
    expect(await records.builds.requestCancel(build.id)).toBe(true);
    expect(await records.builds.cancelRequested(build.id)).toBe(true);
    expect(await stateOf(build.id)).toBe('RUNNING');
    await records.builds.finish(build, { state: 'CANCELLED' });
    expect(await stepsOf(build.id)).toEqual({ libc: 'CANCELLED', shell: 'CANCELLED' });
  });
});

describe('events of a build', () => {
  const event = (n: number) => ({ type: 'step-started', stepName: 'libc', data: { n }, at: new Date(n) });

  it('are numbered from 1 without a gap, also where many write at once', async () => {
    const build = await runningBuild(records, 'events', '1');
    const numbers = await Promise.all(Array.from({ length: 40 }, (_, n) => records.events.append(build, event(n))));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
    expect((await records.events.read(build.id, 0, 100)).map(({ sequence }) => sequence)).toEqual(Array.from({ length: 40 }, (_, n) => n + 1));
  });

  it('leave no number behind where a write is undone', async () => {
    const build = await runningBuild(records, 'events', '2');
    await records.events.append(build, event(1));
    await expect(records.events.append(build, { ...event(2), data: { bad: '\u0000' } })).rejects.toBeDefined();
    expect(await records.events.append(build, event(3))).toBe(2);
  });

  it('are followed from any number on, live, to the end of the build', async () => {
    const build = await runningBuild(records, 'events', '3');
    await records.events.append(build, event(1));
    await records.events.append(build, event(2));
    const heard: number[] = [];
    const following = (async () => {
      for await (const { sequence } of records.events.follow(build.id, 1, new AbortController().signal)) heard.push(sequence);
    })();
    await sleep(200);
    expect(heard).toEqual([2]);
    const started = performance.now();
    await records.events.append(build, event(3));
    while (heard.length < 2) await sleep(5);
    expect(performance.now() - started).toBeLessThan(1_500);
    await records.events.append(build, event(4));
    await records.builds.finish(build, { state: 'SUCCEEDED' });
    await following;
    expect(heard).toEqual([2, 3, 4]);
  });

  it('wake a follower of the log too, which is kept until the execution is on record', async () => {
    const build = await runningBuild(records, 'events', '5');
    const feed = new EventFeed(database.pool);
    const wakes = feed.subscribe(build.id);
    await sleep(200);
    const started = performance.now();
    const woken = wakes.next(new AbortController().signal);
    await records.steps.logged(build, 'libc', 0, Buffer.from('a line\n'));
    await woken;
    expect(performance.now() - started).toBeLessThan(1_500);
    wakes.close();
    const reads = createReads(database.pool);
    expect(await reads.logs.chunks(build.id, 'libc', 0, 10)).toEqual([{ offset: 0, bytes: Buffer.from('a line\n') }]);
    await records.steps.executed(build, sampleExecution('libc', 'events 5', {}));
    expect(await reads.logs.chunks(build.id, 'libc', 0, 10)).toEqual([]);
    await records.builds.finish(build, { state: 'SUCCEEDED' });
  });

  it('are followed until the follower has enough', async () => {
    const build = await runningBuild(records, 'events', '4');
    const enough = new AbortController();
    setTimeout(() => { enough.abort(); }, 100);
    for await (const _ of records.events.follow(build.id, 0, enough.signal)) throw new RangeError('there is no event');
    await records.builds.finish(build, { state: 'SUCCEEDED' });
  });
});

describe('naming a build', () => {
  let builds: BuildHandle[];
  beforeAll(async () => {
    builds = [];
    for (const revision of ['1', '2', '3']) {
      const build = await runningBuild(records, 'named', revision);
      await records.artifacts.recordImage(build, {
        name: 'rootfs.tar', format: 'tar', digests: { sha256: digestOf(`image ${revision === '3' ? '2' : revision}`), sha512: digestOf('a') + digestOf('b'), sizeBytes: 9 },
        parameters: {}, writerVersion: '1', rootTree: digestOf('root'),
      });
      await records.builds.finish(build, { state: 'SUCCEEDED' });
      builds.push(build);
    }
    builds.push(await runningBuild(records, 'named', '4'));
  });
  const idOf = async (text: string): Promise<string> => (await records.resolveBuild(text)).id;

  it('by id is good in any state', async () => { expect(await idOf(builds[3]!.id)).toBe(builds[3]!.id); });
  it('by name is its newest finished build', async () => { expect(await idOf('named')).toBe(builds[2]!.id); });
  it('by name and ~2 is the second before it', async () => { expect(await idOf('named~2')).toBe(builds[0]!.id); });
  it('by an image is the newest build that made it', async () => {
    expect(await idOf(digestOf('image 2'))).toBe(builds[2]!.id);
    expect(await idOf(`sha256:${digestOf('image 1')}`)).toBe(builds[0]!.id);
  });

  it('counts failed builds where they are asked for', async () => {
    const failed = await runningBuild(records, 'named', '5');
    await records.builds.finish(failed, { state: 'FAILED' });
    expect(await idOf('named')).toBe(builds[2]!.id);
    expect((await records.resolveBuild('named', ['SUCCEEDED', 'FAILED', 'CANCELLED'])).id).toBe(failed.id);
  });

  it('is refused with the candidates where a configuration and a board share the name', async () => {
    const board = await runningBuild(records, 'shared', '1');
    await records.builds.finish(board, { state: 'SUCCEEDED' });
    const configuration = await records.configurations.create('shared', 'named');
    const { id } = await records.builds.start(sampleBuild('shared', '2', { configurationId: configuration.id }));
    await records.builds.finish((await records.builds.claim(id, {}))!, { state: 'SUCCEEDED' });
    await expect(records.resolveBuild('shared')).rejects.toMatchObject({ code: 'RECORDS.AMBIGUOUS_BUILD', details: { candidates: [{ id }, { id: board.id }] } });
  });

  it.each(['nothing', 'named~9', digestOf('no image'), '00000000-0000-7000-8000-000000000099'])('is refused where nothing fits: %s', async (text) => {
    await expect(records.resolveBuild(text)).rejects.toMatchObject({ code: 'RECORDS.UNKNOWN' });
  });
  it.each(['', '~1', 'a b', '../x', 'name~', 'name~-1', 'sha256:abc', "x'; DROP TABLE builds"])('is refused where the text is no reference: %j', async (text) => {
    await expect(records.resolveBuild(text)).rejects.toMatchObject({ code: 'RECORDS.BAD_REFERENCE' });
  });
});
