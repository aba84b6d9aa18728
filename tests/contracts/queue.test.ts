import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { systemClock } from '../../src/foundation/clock.ts';
import { Failure, Fault } from '../../src/foundation/failure.ts';
import { BullQueue } from '../../src/queue/bull-queue.ts';
import { PostgresQueue } from '../../src/queue/postgres-queue.ts';
import type { ClaimedTask, Queue, QueueTiming, TaskHandler } from '../../src/queue/task.ts';
import { startRedis, type RedisServer } from '../support/redis.ts';
import { openTestDatabase, type TestDatabase } from '../support/temporary-home.ts';

const TIMING: QueueTiming = { leaseMs: 1_500, heartbeatMs: 200, reconcileMs: 200, retryMs: 50 };
const LANES = { quick: ['look', 'count'] };
const WORKER = join(import.meta.dirname, '../support/queue-worker.ts');

let database: TestDatabase;
let redis: RedisServer;
beforeAll(async () => { [database, redis] = await Promise.all([openTestDatabase(), startRedis()]); });
afterAll(async () => { await Promise.all([database.close(), redis.stop()]); });

const until = async (holds: () => boolean | Promise<boolean>, deadlineMs = 20_000): Promise<void> => {
  for (const start = performance.now(); !(await holds());) {
    if (performance.now() - start > deadlineMs) throw new RangeError('it did not come to that');
    await sleep(20);
  }
};

const KINDS: [string, { make(): Queue; arguments(): string[] }][] = [
  ['Postgres alone', { make: () => new PostgresQueue(database.pool, systemClock, TIMING, LANES), arguments: () => [database.home] }],
  ['Bull over Postgres', { make: () => new BullQueue(database.pool, systemClock, { path: redis.path }, TIMING, LANES), arguments: () => [database.home, redis.path] }],
];

describe.each(KINDS)('a queue of %s', (_name, kind) => {
  let queues: Queue[];
  const make = (): Queue => { const queue = kind.make(); queues.push(queue); return queue; };
  beforeEach(async () => {
    queues = [];
    await database.pool.query('DELETE FROM tasks');
    await redis.command('FLUSHALL');
  });
  afterEach(async () => { await Promise.all(queues.map((queue) => queue.close())); });

  const stateOf = async (queue: Queue, id: string): Promise<string | undefined> => (await queue.status(id))?.state;
  const working = (queue: Queue, handler: TaskHandler, concurrency = 2) => queue.work(handler, { concurrency, worker: 'test' });

  it('hands a task with its payload to a worker, and remembers that it is done', async () => {
    const queue = make();
    const seen: ClaimedTask[] = [];
    await working(queue, (task) => { seen.push(task); return Promise.resolve(); });
    const { id, joined } = await queue.enqueue({ kind: 'build', payload: { buildId: 'b', deep: [1, { x: null }] } });
    expect(joined).toBe(false);
    await until(async () => await stateOf(queue, id) === 'DONE');
    expect(seen).toEqual([{ id, kind: 'build', payload: { buildId: 'b', deep: [1, { x: null }] }, epoch: 1, attempt: 1 }]);
  });

  it('does each of many tasks exactly once, over several workers', async () => {
    const done: string[] = [];
    const workers = [make(), make(), make()];
    for (const queue of workers) await working(queue, async ({ id }) => { await sleep(2); done.push(id); }, 4);
    const made = await Promise.all(Array.from({ length: 120 }, (_, n) => workers[n % 3]!.enqueue({ kind: 'n', payload: { n } })));
    await until(() => done.length >= 120);
    await sleep(300);
    expect(done.toSorted()).toEqual(made.map(({ id }) => id).toSorted());
  });

  it('takes up what waited before any worker came', async () => {
    const { id } = await make().enqueue({ kind: 'early', payload: {} });
    const queue = make();
    await working(queue, () => Promise.resolve());
    await until(async () => await stateOf(queue, id) === 'DONE');
  });

  it('takes what is more urgent first', async () => {
    const queue = make();
    for (const [name, priority] of [['low', -5], ['middle', 0], ['high', 9]] as const) await queue.enqueue({ kind: name, payload: {}, priority });
    await sleep(200);
    const order: string[] = [];
    await working(queue, (task) => { order.push(task.kind); return Promise.resolve(); }, 1);
    await until(() => order.length === 3);
    expect(order).toEqual(['high', 'middle', 'low']);
  });

  it('does what has a lane of its own while the main one is busy, and of each lane only what is in it', async () => {
    const queue = make();
    const [inMain, inQuick]: [string[], string[]] = [[], []];
    let free = (): void => undefined;
    const busy = new Promise<void>((resolve) => { free = resolve; });
    await queue.work(async (task) => { inMain.push(task.kind); if (task.kind === 'build') await busy; }, { concurrency: 1, worker: 'main' });
    await queue.work(async (task) => { inQuick.push(task.kind); if (task.kind === 'look') await sleep(50); }, { concurrency: 1, worker: 'quick', lane: 'quick' });
    const build = await queue.enqueue({ kind: 'build', payload: {} });
    await until(() => inMain.length === 1);
    const behind = await queue.enqueue({ kind: 'sign', payload: {}, priority: 9 });
    const quick = [await queue.enqueue({ kind: 'look', payload: {} }), await queue.enqueue({ kind: 'count', payload: {} })];
    for (const { id } of quick) await until(async () => await stateOf(queue, id) === 'DONE');
    expect([await stateOf(queue, build.id), await stateOf(queue, behind.id)]).toEqual(['RUNNING', 'QUEUED']);
    free();
    await until(async () => await stateOf(queue, behind.id) === 'DONE');
    expect([inMain, inQuick]).toEqual([['build', 'sign'], ['look', 'count']]);
  });

  it('leaves what is in a lane to whoever works there, also where that one comes later', async () => {
    const queue = make();
    const { id } = await queue.enqueue({ kind: 'look', payload: {} });
    await working(queue, () => Promise.resolve());
    const other = await queue.enqueue({ kind: 'build', payload: {} });
    await until(async () => await stateOf(queue, other.id) === 'DONE');
    await sleep(500);
    expect(await stateOf(queue, id)).toBe('QUEUED');
    const later = make();
    await later.work(() => Promise.resolve(), { concurrency: 1, worker: 'quick', lane: 'quick' });
    await until(async () => await stateOf(queue, id) === 'DONE');
  });

  it('drains a lane by itself: what runs there goes back, the main one works on', async () => {
    const queue = make();
    const begun: string[] = [];
    const handler: TaskHandler = async ({ kind: name }, signal) => { begun.push(name); if (name === 'look') await sleep(60_000, undefined, { signal }); };
    await working(queue, handler);
    const lane = await queue.work(handler, { concurrency: 1, worker: 'quick', lane: 'quick' });
    const { id } = await queue.enqueue({ kind: 'look', payload: {} });
    await until(() => begun.includes('look'));
    await lane.drain(0);
    expect(await queue.status(id)).toMatchObject({ state: 'QUEUED', attempts: 0 });
    const after = await queue.enqueue({ kind: 'build', payload: {} });
    await until(async () => await stateOf(queue, after.id) === 'DONE');
    expect(await stateOf(queue, id)).toBe('QUEUED');
  });

  it('takes up no lane that it was not opened with', async () => {
    await expect(make().work(() => Promise.resolve(), { concurrency: 1, worker: 'test', lane: 'fast' })).rejects.toMatchObject({ code: 'FOUNDATION.BUG' });
  });

  it('never does more at once than it is told to', async () => {
    const queue = make();
    let now = 0;
    let most = 0;
    let done = 0;
    await working(queue, async () => { now += 1; most = Math.max(most, now); await sleep(30); now -= 1; done += 1; }, 3);
    for (let n = 0; n < 12; n++) await queue.enqueue({ kind: 'n', payload: {} });
    await until(() => done === 12);
    expect(most).toBe(3);
  });

  it('joins a task with the same key while that waits or runs, and makes a new one afterwards', async () => {
    const queue = make();
    const made = await Promise.all(Array.from({ length: 6 }, () => queue.enqueue({ kind: 'build', key: 'build 1', payload: {} })));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    expect(made.filter(({ joined }) => !joined)).toHaveLength(1);
    await working(queue, () => Promise.resolve());
    await until(async () => await stateOf(queue, made[0]!.id) === 'DONE');
    expect(await queue.enqueue({ kind: 'build', key: 'build 1', payload: {} })).toMatchObject({ joined: false });
  });

  it('tries again what the world failed, and says no at once to what cannot be mended so', async () => {
    const queue = make();
    const attempts: string[] = [];
    await working(queue, (task) => {
      attempts.push(`${task.kind} ${task.attempt}`);
      if (task.kind === 'failure') throw new Failure('RECORDS.UNKNOWN', 'not there');
      if (task.kind === 'bug') throw new RangeError('oops');
      if (task.attempt < 3) throw new Fault('RECORDS.DATABASE_UNREACHABLE', 'away', { retryable: true });
      return Promise.resolve();
    });
    const [fault, failure, bug] = await Promise.all(['fault', 'failure', 'bug'].map((name) => queue.enqueue({ kind: name, payload: {} })));
    await until(async () => await stateOf(queue, fault!.id) === 'DONE' && await stateOf(queue, failure!.id) === 'FAILED' && await stateOf(queue, bug!.id) === 'FAILED');
    expect(attempts.toSorted()).toEqual(['bug 1', 'failure 1', 'fault 1', 'fault 2', 'fault 3']);
    expect(await queue.status(failure!.id)).toMatchObject({ errorCode: 'RECORDS.UNKNOWN', errorMessage: 'not there' });
    expect(await queue.status(bug!.id)).toMatchObject({ errorCode: 'FOUNDATION.BUG' });
  });

  it('gives up after the last attempt', async () => {
    const queue = make();
    await working(queue, () => { throw new Fault('RECORDS.DATABASE_UNREACHABLE', 'away', { retryable: true }); });
    const { id } = await queue.enqueue({ kind: 'n', payload: {}, maxAttempts: 2 });
    await until(async () => await stateOf(queue, id) === 'FAILED');
    expect(await queue.status(id)).toMatchObject({ attempts: 2, errorCode: 'RECORDS.DATABASE_UNREACHABLE' });
  });

  it('cancels a waiting task at once and tells a running one', async () => {
    const queue = make();
    const waiting = await queue.enqueue({ kind: 'waits', payload: {} });
    expect(await queue.cancel(waiting.id)).toBe(true);
    expect(await queue.cancel(waiting.id)).toBe(false);
    const reasons: unknown[] = [];
    let begun = false;
    await working(queue, async (_task, signal) => {
      begun = true;
      await new Promise((_, reject) => { signal.addEventListener('abort', () => { reasons.push(signal.reason); reject(new RangeError('stopped')); }); });
    });
    const running = await queue.enqueue({ kind: 'runs', payload: {} });
    await until(() => begun);
    expect(await queue.cancel(running.id)).toBe(true);
    await until(async () => await stateOf(queue, running.id) === 'CANCELLED');
    expect(reasons).toEqual(['cancelled']);
    expect(await stateOf(queue, waiting.id)).toBe('CANCELLED');
  });

  it('gives a task of a killed worker to another, once', async () => {
    const child = spawn(process.execPath, ['--no-warnings', WORKER, ...kind.arguments()], { stdio: ['ignore', 'pipe', 'inherit'] });
    const queue = make();
    const { id } = await queue.enqueue({ kind: 'n', payload: {} });
    const [said] = await once(child.stdout, 'data') as [Buffer];
    expect(said.toString()).toBe(`took ${id}\n`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const epochs: number[] = [];
    await working(queue, ({ epoch }) => { epochs.push(epoch); return Promise.resolve(); });
    await until(async () => await stateOf(queue, id) === 'DONE');
    expect(epochs).toEqual([2]);
  });

  it('cancels by key what waits or runs under it, and nothing that has ended', async () => {
    const queue = make();
    const { id } = await queue.enqueue({ kind: 'k', key: 'one', payload: {} });
    expect(await queue.cancelKey('another')).toBe(false);
    expect([await queue.cancelKey('one'), await stateOf(queue, id), await queue.cancelKey('one')]).toEqual([true, 'CANCELLED', false]);
  });

  it('takes a running task back for who knows that its worker is gone; that one commits nothing', async () => {
    const queue = make();
    const epochs: number[] = [];
    let free = (): void => undefined;
    const first = new Promise<void>((resolve) => { free = resolve; });
    await working(queue, ({ epoch }) => { epochs.push(epoch); return epoch === 1 ? first : Promise.resolve(); });
    const { id } = await queue.enqueue({ kind: 'k', key: 'taken', payload: {} });
    await until(() => epochs.length === 1);
    expect(await queue.takeBack('taken')).toBe(true);
    await until(async () => await stateOf(queue, id) === 'DONE');
    free();
    expect([epochs, await queue.takeBack('taken')]).toEqual([[1, 2], false]);
  });

  it('lets a worker that was taken for dead commit nothing, and tells it', async () => {
    const queue = make();
    const reasons: unknown[] = [];
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => { release = resolve; });
    let begun = 0;
    await working(queue, async (_task, signal) => {
      begun += 1;
      if (begun > 1) return held;
      await new Promise<void>((resolve) => { signal.addEventListener('abort', () => { reasons.push(signal.reason); resolve(); }); });
    });
    const { id } = await queue.enqueue({ kind: 'n', payload: {} });
    await until(() => begun === 1);
    await database.pool.query("UPDATE tasks SET lease_until = now() - interval '1 second', epoch = epoch WHERE id = $1", [id]);
    await database.pool.query("UPDATE tasks SET state = 'QUEUED' WHERE id = $1", [id]);
    await until(() => reasons.length === 1 && begun === 2);
    expect(reasons).toEqual(['lost']);
    expect(await stateOf(queue, id)).toBe('RUNNING');
    release();
    await until(async () => await stateOf(queue, id) === 'DONE');
  });

  it('lets running tasks end when it is drained, and gives back those that take too long', async () => {
    const queue = make();
    let begun = 0;
    const worker = await working(queue, async ({ kind: name }, signal) => {
      begun += 1;
      await sleep(name === 'short' ? 200 : 60_000, undefined, { signal });
    });
    const short = await queue.enqueue({ kind: 'short', payload: {} });
    const long = await queue.enqueue({ kind: 'long', payload: {} });
    await until(() => begun === 2);
    await worker.drain(600);
    expect(await stateOf(queue, short.id)).toBe('DONE');
    expect(await queue.status(long.id)).toMatchObject({ state: 'QUEUED', attempts: 0 });
    const late = await queue.enqueue({ kind: 'late', payload: {} });
    await sleep(500);
    expect(await stateOf(queue, late.id)).toBe('QUEUED');
  });
});

describe('Bull over Postgres', () => {
  it('loses nothing and does nothing twice where Redis is flushed in the middle', async () => {
    await database.pool.query('DELETE FROM tasks');
    const queue = new BullQueue(database.pool, systemClock, { path: redis.path }, TIMING);
    const done: string[] = [];
    await queue.work(async ({ id }) => { await sleep(25); done.push(id); }, { concurrency: 2, worker: 'test' });
    const made: string[] = [];
    for (let n = 0; n < 60; n++) {
      made.push((await queue.enqueue({ kind: 'n', payload: { n } })).id);
      if (n % 20 === 10) await redis.command('FLUSHALL');
    }
    await until(() => done.length >= 60, 40_000);
    await sleep(500);
    expect(done.toSorted()).toEqual(made.toSorted());
    await queue.close();
  });

  it('takes tasks while Redis is away and does them when it is back', async () => {
    await database.pool.query('DELETE FROM tasks');
    const own = await startRedis();
    const queue = new BullQueue(database.pool, systemClock, { path: own.path }, TIMING);
    await own.command('DEBUG', 'SLEEP', '0');
    const stalled = own.command('CLIENT', 'PAUSE', '1500', 'ALL');
    const { id } = await queue.enqueue({ kind: 'n', payload: {} });
    expect(await queue.status(id)).toMatchObject({ state: 'QUEUED' });
    await stalled;
    await queue.work(() => Promise.resolve(), { concurrency: 1, worker: 'test' });
    await until(async () => (await queue.status(id))?.state === 'DONE');
    await queue.close();
    await own.stop();
  });
});
