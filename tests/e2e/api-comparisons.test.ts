import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';

import { comparisonThreads, type ThreadedComparers } from '../../src/actions/comparison-threads.ts';
import { createActions } from '../../src/actions/create-actions.ts';
import { buildTask } from '../../src/actions/queued-build.ts';
import { requeueUnfinished } from '../../src/actions/request-build.ts';
import { COMPARISON_LANE, TASK_LANES } from '../../src/actions/request-comparison.ts';
import type { Workshop } from '../../src/actions/workshop.ts';
import { systemClock } from '../../src/foundation/clock.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import { Failure } from '../../src/foundation/failure.ts';
import { writeTar } from '../../src/image/write-tar.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { PostgresQueue } from '../../src/queue/postgres-queue.ts';
import type { Queue, QueueWorker } from '../../src/queue/task.ts';
import { createReads } from '../../src/records/reads/reads.ts';
import { createRecords, type Records } from '../../src/records/records.ts';
import { workOnTasks, type WorkerMeans } from '../../src/worker/work-on-tasks.ts';
import { TestApi } from '../support/api-server.ts';
import { craftGpt } from '../support/crafted-disk.ts';
import { recordComparedBuild, type ComparedBuild } from '../support/compared-builds.ts';
import { bytesOf, sampleTree } from '../support/sample-trees.ts';
import { buildIdOf } from '../support/synthetic-record.ts';
import { part } from '../support/upload-client.ts';

type Content = Readonly<Record<string, string | Buffer>>;

async function tarOf(files: Content, epochSeconds = 1): Promise<Buffer> {
  const { tree, blobs } = sampleTree(Object.entries(files).map(([path, content]) => [path, { kind: 'file', mode: 0o755, uid: 0, gid: 0, content: Buffer.from(content) }]));
  return bytesOf(writeTar(tree, blobs, { epochSeconds }));
}

const MEMBER = zstdCompressSync(Buffer.alloc(200_000_000));
const BUILT: Content = { 'usr/bin/hello': 'says hi\n', 'etc/issue': 'welcome\n' };
const SHIPPED: Content = { 'usr/bin/hello': 'says HI\n', 'etc/issue': 'welcome\n', 'etc/backdoor': 'open\n' };
const HELLO = { bytes: Buffer.from('says hi\n'), mode: 0o755 };
const BUILD: ComparedBuild = { number: 1, options: {}, files: { 'usr/bin/hello': HELLO } };

let api: TestApi;
let records: Records;
let workshop: Workshop;
let queue: Queue;
let comparers: ThreadedComparers;
let worker: QueueWorker | undefined;
const [ONE, TWO] = [buildIdOf(1), buildIdOf(2)];

/** Its image is a tar in the store. */
const withImage = (bytes: Buffer) => (inventory: Inventory): Inventory => ({
  ...inventory, components: inventory.components.map((one) => (one.image === undefined || one.image.format === 'kernel' ? one : { ...one, image: { ...one.image, format: 'tar' }, hashes: { sha256: sha256(bytes), sha512: sha256(bytes).repeat(2) } })),
});

beforeAll(async () => {
  api = await TestApi.open();
  records = createRecords(api.database.pool, systemClock);
  workshop = { records, reads: createReads(api.database.pool), store: api.store, clock: systemClock } as unknown as Workshop;
  queue = new PostgresQueue(api.database.pool, systemClock, { leaseMs: 5_000, heartbeatMs: 200, reconcileMs: 500, retryMs: 50 }, TASK_LANES);
  comparers = comparisonThreads(new URL('../../src/main/compare-thread.ts', import.meta.url), { home: api.database.home });
  const image = await tarOf(BUILT);
  await api.record.blob(image);
  await recordComparedBuild({ ...BUILD, alter: withImage(image) }, api, records);
  await recordComparedBuild({ ...BUILD, number: 2, files: { 'usr/bin/hello': { bytes: Buffer.from('says HI\n'), mode: 0o755 } } }, api, records);
  await api.record.build({ number: 8 });
  await api.record.build({ number: 9, state: 'FAILED' });
});
afterAll(async () => {
  await queue.close();
  await comparers.close();
  await records.close();
  await api.close();
});
beforeEach(() => { api.actions.answers = createActions(workshop, queue, { operator: 'test', comparers, uploadsDirectory: join(api.database.home, 'uploads') }); });
afterEach(async () => { await worker?.drain(0); worker = undefined; });

async function work(means: Partial<WorkerMeans> = {}): Promise<void> {
  worker = await queue.work(workOnTasks(workshop, { comparers, directory: join(api.database.home, 'tmp'), note: () => undefined, ...means } as WorkerMeans), { concurrency: 1, worker: 'test', lane: COMPARISON_LANE });
}

let number = 0;
async function upload(bytes: Buffer, announced = bytes.length): Promise<string> {
  const { uploadImage } = await api.data('mutation($input: UploadImageInput!) { uploadImage(input: $input) { upload { id url } } }', { input: { name: `image ${++number}`, sizeBytes: announced } });
  expect((await part(api.port, uploadImage.upload.url, 0, bytes)).status).toBe(204);
  return uploadImage.upload.id as string;
}

interface Started { comparison: { id: string; state: string } | null; joined: boolean; userErrors: { code: string; path: string[] }[] }
const start = async (left: string, right: string): Promise<Started> => (await api.data('mutation($input: StartComparisonInput!) { startComparison(input: $input) { comparison { id state } joined userErrors { code path message } } }', { input: { left, right } })).startComparison as Started;

// What a test asked for it knows the shape of.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const comparison = async (id: string, fields: string): Promise<any> => (await api.data(`{ comparison(id: "${id}") { ${fields} } }`)).comparison;

async function done(id: string): Promise<string> {
  for (;;) {
    const { state } = await comparison(id, 'state');
    if (state !== 'QUEUED' && state !== 'RUNNING') return state as string;
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}

async function compared(left: string, right: string): Promise<string> {
  const { comparison: started, userErrors } = await start(left, right);
  expect(userErrors).toEqual([]);
  if (worker === undefined) await work();
  expect(await done(started!.id)).toBe('DONE');
  return started!.id;
}

describe('two uploads', () => {
  it('are compared by a worker, with verdict, changes, causes and the bytes that the command line prints', async () => {
    const [left, right] = [await upload(await tarOf(BUILT)), await upload(await tarOf(SHIPPED))];
    const id = await compared(left, right);
    const told = await comparison(id, `left { __typename ... on Upload { id name } } right { ... on Upload { id } } exit error { code } progress { stage } expiresAt
      result { exit verdict { bytesEqual contentEqual } images { name } packages { nodes { name } } layout { key } counts { added changed } causes { code }
        changes { nodes { id place path kind classes owner detail { leftKind } packageBefore { name } before { sha256 } after { sizeBytes } causes { code } } } jsonUrl textUrl htmlUrl } `.trim());
    expect(told).toMatchObject({ left: { __typename: 'Upload', id: left, name: expect.stringContaining('image ') }, right: { id: right }, exit: 1, error: null, result: { exit: 1, verdict: { bytesEqual: false, contentEqual: false }, images: [], packages: { nodes: [] }, counts: { added: 1, changed: 1 } } });
    expect(told.result.changes.nodes.map(({ path, kind, owner }: Record<string, unknown>) => [path, kind, owner])).toEqual([['/etc/backdoor', 'ADDED', null], ['/usr/bin/hello', 'CHANGED', null]]);
    const [{ id: change }] = told.result.changes.nodes;
    expect((await comparison(id, `result { change(id: "${change}") { path packageAfter { name } packageChange { name } } }`)).result.change).toEqual({ path: '/etc/backdoor', packageAfter: null, packageChange: null });
    expect(told.result.jsonUrl).toBe(`${api.address}/comparisons/${id}.json`);
    const json = JSON.parse((await api.ask(`/comparisons/${id}.json`)).text) as { exit: number; changes: { path: string }[] };
    expect([json.exit, json.changes.map(({ path }) => path)]).toEqual([1, ['/etc/backdoor', '/usr/bin/hello']]);
    expect((await api.ask(`/comparisons/${id}.txt`)).text).toContain('etc/backdoor');
    const page = await api.ask(`/comparisons/${id}.html`);
    expect(page.text).toContain(`(${left})`);
    expect([page.status, page.headers['content-security-policy']]).toEqual([200, expect.stringContaining("default-src 'none'")]);
    expect((await api.data(`{ node(id: "${id}") { ... on Comparison { id exit } } comparisons(first: 1, state: DONE) { nodes { id } } }`))).toEqual({ node: { id, exit: 1 }, comparisons: { nodes: [{ id }] } });
  });

  it('are judged by rules as far as files alone tell', async () => {
    const id = await compared(await upload(await tarOf(BUILT)), await upload(await tarOf(SHIPPED)));
    expect((await comparison(id, 'result { judge(failOn: "added") { exit firings { where } } }')).result.judge).toMatchObject({ exit: 1, firings: [{ where: expect.stringContaining('etc/backdoor') }] });
    expect((await api.query(`{ comparison(id: "${id}") { result { judge(failOn: "outside:hello") { exit } } } }`)).errors![0]!.extensions.code).toBe('COMPARE.NOT_ON_RECORD');
    expect((await api.ask(`/comparisons/${id}.json?failOn=outside:hello`)).status).toBe(422);
    expect((await api.ask(`/comparisons/${id}.json?failOn=gremlins`)).status).toBe(400);
  });

  it('have one comparison for all who ask at once, and the same ids of changes when they are compared again', async () => {
    const [left, right] = [await upload(await tarOf(BUILT)), await upload(await tarOf(SHIPPED))];
    const all = await Promise.all([1, 2, 3].map(() => start(left, right)));
    expect(new Set(all.map((one) => one.comparison!.id)).size).toBe(1);
    expect(all.filter(({ joined }) => !joined)).toHaveLength(1);
    const first = await compared(left, right);
    const second = await compared(left, right);
    expect(second).not.toBe(first);
    const ids = async (id: string): Promise<string[]> => (await comparison(id, 'result { changes { nodes { id } } }')).result.changes.nodes.map((one: { id: string }) => one.id) as string[];
    expect(await ids(first)).toEqual(await ids(second));
  });

  it('are equal where they are the same bytes, and noise where only times differ', async () => {
    const plain = await tarOf(BUILT);
    const [left, same, later] = [await upload(plain), await upload(plain), await upload(await tarOf(BUILT, 86_400))];
    expect(await comparison(await compared(left, same), 'exit result { verdict { bytesEqual } changes { nodes { id } } }')).toEqual({ exit: 0, result: { verdict: { bytesEqual: true }, changes: { nodes: [] } } });
    expect(await comparison(await compared(left, later), 'exit')).toEqual({ exit: 3 });
  });

  it('that are hostile give findings within limits, and the worker works on', async () => {
    // 1.2 GB of nothing in a few KB, more than is held of what a wrapper holds.
    const bomb = Buffer.concat(Array.from({ length: 6 }, () => MEMBER));
    const id = await compared(await upload(bomb), await upload(await tarOf(SHIPPED)));
    expect(await comparison(id, 'exit result { verdict { contentEqual } findings { side severity rule message } }')).toMatchObject({ exit: 1, result: { verdict: { contentEqual: false }, findings: [{ side: 'LEFT', message: expect.stringMatching(/allowed are/) }] } });
    const [truncated, garbage] = [await upload((await tarOf(SHIPPED)).subarray(0, 700)), await upload(Buffer.from('\u0000not an image\u001b[2J'.repeat(50)))];
    expect((await comparison(await compared(truncated, garbage), 'exit result { verdict { bytesEqual } }')).result.verdict.bytesEqual).toBe(false);
  }, 120_000);
});

describe('what exactly differs in a file of uploads', () => {
  const DETAILS = 'result { changes { nodes { path detail { leftKind rightKind texts { name lines } problems } } } }';
  const details = async (id: string): Promise<Record<string, unknown>> => Object.fromEntries((await comparison(id, DETAILS)).result.changes.nodes.map(({ path, detail }: { path: string; detail: unknown }) => [path, detail])) as Record<string, unknown>;
  const told = (before: string, after: string): object => ({ leftKind: 'text', rightKind: 'text', problems: [], texts: [{ name: 'text', lines: expect.arrayContaining([`-${before}`, `+${after}`]) }] });
  const kept = async (): Promise<number> => Number((await api.database.pool.query<{ count: string }>('SELECT count(*) FROM explanations')).rows[0]!.count);
  beforeEach(async () => { await api.database.pool.query('DELETE FROM explanations'); });

  /** Counts what threads are asked for. */
  function counting(): { calls: number[] } {
    const counted = { calls: [] as number[] };
    const counter = { ...comparers, contents: (...given: Parameters<ThreadedComparers['contents']>) => { counted.calls.push(given[0].length); return comparers.contents(...given); } };
    api.actions.answers = createActions(workshop, queue, { operator: 'test', comparers: counter, uploadsDirectory: join(api.database.home, 'uploads') });
    return counted;
  }

  it('is read out of both images, in one go for all files, and kept by the digests of the contents', async () => {
    const left = await upload(gzipSync(await tarOf({ 'etc/issue': 'first\n', 'etc/one': 'a\n', 'etc/two': 'b\n', 'etc/only': 'here' })));
    const id = await compared(left, await upload(await tarOf({ 'etc/issue': 'second\n', 'etc/one': 'c\n', 'etc/two': 'd\n' })));
    const counted = counting();
    const expected = { '/etc/issue': told('first', 'second'), '/etc/one': told('a', 'c'), '/etc/two': told('b', 'd'), '/etc/only': null };
    expect(await details(id)).toEqual(expected);
    expect([counted.calls, await kept()]).toEqual([[3], 3]);
    expect(await details(id)).toEqual(expected);
    expect(counted.calls).toEqual([3]);
  });

  it('is made once for all who ask at once', async () => {
    const id = await compared(await upload(await tarOf({ 'etc/issue': 'third\n' })), await upload(await tarOf({ 'etc/issue': 'fourth\n' })));
    const counted = counting();
    for (const one of await Promise.all([1, 2, 3, 4].map(() => details(id)))) expect(one).toEqual({ '/etc/issue': told('third', 'fourth') });
    expect(counted.calls).toEqual([1]);
  });

  it('takes a build\'s side from the store, and the other from the image', async () => {
    const id = await compared(ONE, await upload(await tarOf({ ...BUILT, 'usr/bin/hello': 'says Hi, shipped\n' })));
    expect(await details(id)).toEqual({ '/usr/bin/hello': told('says hi', 'says Hi, shipped') });
  });

  it('is that of the whole where neither is an image', async () => {
    const id = await compared(await upload(Buffer.from('one\nsame\n')), await upload(Buffer.from('two\nsame\n')));
    expect(await details(id)).toEqual({ '/': told('one', 'two') });
  });

  it('is told to be out of reach, and not kept so, once an upload was removed; what was kept stays', async () => {
    const [left, right] = [await upload(await tarOf({ 'etc/issue': 'fifth\n', 'etc/motd': 'hi\n' })), await upload(await tarOf({ 'etc/issue': 'sixth\n', 'etc/motd': 'ho\n' }))];
    const id = await compared(left, right);
    const { nodes: [issue] } = (await comparison(id, 'result { changes(first: 1) { nodes { id path detail { leftKind } } } }')).result.changes;
    expect(issue.path).toBe('/etc/issue');
    await api.data('mutation($input: RemoveUploadInput!) { removeUpload(input: $input) { userErrors { code } } }', { input: { id: left } });
    expect(await details(id)).toEqual({ '/etc/issue': told('fifth', 'sixth'), '/etc/motd': { leftKind: 'data', rightKind: 'data', texts: [], problems: ['not at hand any more: the content on the left'] } });
    expect(await kept()).toBe(1);
  });

  it('fails with the limit where a thread takes too much, and leaves what is kept as it is', async () => {
    const id = await compared(await upload(await tarOf({ 'etc/issue': 'seventh\n', 'etc/motd': 'hi\n' })), await upload(await tarOf({ 'etc/issue': 'eighth\n', 'etc/motd': 'ho\n' })));
    await comparison(id, 'result { changes(first: 1) { nodes { detail { leftKind } } } }');
    const failing = { ...comparers, contents: () => Promise.reject(new Failure('ACTIONS.COMPARISON_LIMIT', 'too much')) } as unknown as ThreadedComparers;
    api.actions.answers = createActions(workshop, queue, { operator: 'test', comparers: failing, uploadsDirectory: join(api.database.home, 'uploads') });
    const answer = await api.query(`{ comparison(id: "${id}") { ${DETAILS} } }`);
    expect(answer.errors!.map(({ path, extensions }) => [path!.slice(-2), extensions.code])).toEqual([[[1, 'detail'], 'ACTIONS.COMPARISON_LIMIT']]);
    expect(answer.data.comparison.result.changes.nodes[0].detail).toEqual(told('seventh', 'eighth'));
  });
});

describe('a worker', () => {
  it('compares while it builds', async () => {
    const [left, right] = [await upload(await tarOf(BUILT)), await upload(await tarOf(SHIPPED))];
    const handler = workOnTasks(workshop, { comparers, directory: join(api.database.home, 'tmp'), note: () => undefined } as unknown as WorkerMeans);
    const begun = Promise.withResolvers<void>();
    const main = await queue.work(async (task, signal) => {
      if (task.kind !== 'build') { await handler(task, signal); return; }
      begun.resolve();
      await new Promise((_, reject) => { signal.addEventListener('abort', () => { reject(new RangeError('stopped')); }); });
    }, { concurrency: 1, worker: 'test' });
    const { id: build } = await queue.enqueue(buildTask(buildIdOf(55)));
    await begun.promise;
    await compared(left, right);
    expect(await queue.status(build)).toMatchObject({ state: 'RUNNING' });
    await Promise.all([main, worker!].map((lane) => lane.drain(0)));
    worker = undefined;
    expect(await queue.status(build)).toMatchObject({ state: 'QUEUED', attempts: 0 });
    await queue.cancel(build);
  });
});

describe('an upload and a build', () => {
  it('are compared by the image of that format, and whose each path is, is told where a build knows', async () => {
    const shipped = await upload(await tarOf(SHIPPED));
    const id = await compared(ONE, shipped);
    const told = await comparison(id, `left { ... on Build { id } } right { ... on Upload { id } }
      result { verdict { contentEqual } changes { edges { node { path owner packageBefore { name recipeVersion { folderDigest recipe { name } } } packageAfter { name } } } } judge(failOn: "outside:hello") { exit } }`);
    expect(told).toMatchObject({ left: { id: `bld_${ONE}` }, right: { id: shipped } });
    expect(told.result.changes.edges.map(({ node }: { node: object }) => node)).toEqual([
      { path: '/etc/backdoor', owner: null, packageBefore: null, packageAfter: null },
      { path: '/usr/bin/hello', owner: 'hello', packageBefore: { name: 'hello', recipeVersion: { folderDigest: expect.any(String), recipe: { name: 'hello' } } }, packageAfter: null },
    ]);
    expect(told.result.judge).toEqual({ exit: 1 });
    const turned = await comparison(await compared(shipped, ONE), 'result { counts { added removed changed } changes { nodes { path packageBefore { name } packageAfter { name recipeVersion { version } } } } }');
    expect(turned.result).toEqual({ counts: { added: 0, removed: 1, changed: 1 }, changes: { nodes: [
      { path: '/etc/backdoor', packageBefore: null, packageAfter: null }, { path: '/usr/bin/hello', packageBefore: null, packageAfter: { name: 'hello', recipeVersion: { version: '1' } } },
    ] } });
  });

  it('tell whose a path is and are judged by it in every form, also where the image is packed or lies alone on a disk', async () => {
    const shipped = await tarOf(SHIPPED);
    for (const image of [gzipSync(shipped), craftGpt([{ name: 'root', bytes: shipped }])]) {
      const id = await compared(ONE, await upload(image));
      const nodes = (await comparison(id, 'result { changes(package: "hello") { nodes { path packageBefore { recipeVersion { recipe { name } } } } } }')).result.changes.nodes;
      expect(nodes).toEqual([{ path: '/usr/bin/hello', packageBefore: { recipeVersion: { recipe: { name: 'hello' } } } }]);
      const json = JSON.parse((await api.ask(`/comparisons/${id}.json?failOn=outside:hello`)).text) as { exit: number; firings: { rule: string; where: string }[]; changes: { path: string; owner: string | null }[] };
      expect(json).toMatchObject({ exit: 1, changes: [{ path: '/etc/backdoor', owner: null }, { path: '/usr/bin/hello', owner: 'hello' }] });
      expect(json.firings.filter(({ where }) => where.includes('usr/bin/hello'))).toEqual([]);
      expect(json.firings.some(({ where }) => where.includes('etc/backdoor'))).toBe(true);
      expect((await api.ask(`/comparisons/${id}.txt?failOn=outside:hello`)).text).toContain('etc/backdoor');
      expect((await api.ask(`/comparisons/${id}.html?failOn=outside:hello`)).text).toContain('outside');
      expect((await api.ask(`/comparisons/${id}.json?failOn=copyleft`)).status).toBe(422);
    }
  });
});

describe('two builds', () => {
  it('come to the same by a worker as at once', async () => {
    const id = await compared(`bld_${ONE}`, TWO);
    const fields = 'exit verdict { bytesEqual contentEqual } counts { changed } packages { nodes { name files before { name } } } changes { nodes { id path owner causes { code } packageAfter { name } } }';
    expect((await comparison(id, `result { ${fields} }`)).result).toEqual((await api.data(`{ compare(left: "${ONE}", right: "${TWO}") { ${fields} } }`)).compare);
  });
});

describe('a comparison', () => {
  const codes = async (left: string, right: string): Promise<unknown[]> => (await start(left, right)).userErrors.map(({ code, path }) => [code, ...path]);

  it('is refused of what is not there, not whole, over, failed or not documented', async () => {
    const whole = await upload(await tarOf(BUILT));
    const { uploadImage: { upload: { id: half } } } = await api.data('mutation { uploadImage(input: { name: "half", sizeBytes: 10 }) { upload { id } } }');
    const removed = await upload(Buffer.from('x'));
    await api.data('mutation($input: RemoveUploadInput!) { removeUpload(input: $input) { upload { state } } }', { input: { id: removed } });
    expect(await codes(whole, half)).toEqual([['ACTIONS.NOT_UPLOADED', 'input', 'right']]);
    expect((await codes(removed, whole))[0]).toEqual(expect.arrayContaining(['ACTIONS.UPLOAD_OVER']));
    expect((await codes(whole, buildIdOf(9)))[0]).toEqual(expect.arrayContaining(['ACTIONS.NOT_SUCCEEDED']));
    expect(await codes(buildIdOf(8), whole)).toEqual([['ACTIONS.NOT_DOCUMENTED', 'input', 'left']]);
    expect((await codes(whole, buildIdOf(77)))[0]).toEqual(expect.arrayContaining(['RECORDS.UNKNOWN']));
    expect((await codes(`upl_${buildIdOf(77)}`, whole))[0]).toEqual(expect.arrayContaining(['RECORDS.UNKNOWN']));
    for (const id of ['jo', `job_${ONE}`, 'upl_jo']) expect((await codes(id, whole))[0]).toEqual(expect.arrayContaining(['API.BAD_ID']));
    expect((await api.query('{ comparison(id: "jo") { id } }')).errors![0]!.extensions.code).toBe('API.BAD_ID');
    expect((await api.data(`{ comparison(id: "cmp_${ONE}") { id } }`)).comparison).toBeNull();
    expect((await api.ask(`/comparisons/cmp_${ONE}.json`)).status).toBe(404);
  });

  it('that waits is cancelled at once, and what it would have found is not there', async () => {
    const { comparison: started } = await start(await upload(await tarOf(BUILT)), await upload(await tarOf(SHIPPED)));
    const answer = await api.data('mutation($input: CancelComparisonInput!) { cancelComparison(input: $input) { comparison { state result { exit } } userErrors { code } } }', { input: { id: started!.id } });
    expect(answer.cancelComparison).toEqual({ comparison: { state: 'CANCELLED', result: null }, userErrors: [] });
    expect((await api.ask(`/comparisons/${started!.id}.json`)).status).toBe(409);
    await work();
    expect(await done(started!.id)).toBe('CANCELLED');
  });

  it('that runs is cut off, and the worker takes the next', async () => {
    const [left, right] = [await upload(await tarOf(BUILT)), await upload(await tarOf(SHIPPED))];
    const begun = Promise.withResolvers<void>();
    const never = new Promise<never>(() => undefined);
    const stuck = { ...comparers, within: (signal: AbortSignal) => ({ ...comparers, files: () => { begun.resolve(); return Promise.race([never, new Promise<never>((_, reject) => { signal.addEventListener('abort', () => { reject(new RangeError('cut off')); }); })]); } }) } as ThreadedComparers;
    const { comparison: started } = await start(left, right);
    await work({ comparers: stuck });
    await begun.promise;
    await api.data('mutation($input: CancelComparisonInput!) { cancelComparison(input: $input) { userErrors { code } } }', { input: { id: started!.id } });
    expect(await done(started!.id)).toBe('CANCELLED');
    await worker!.drain(0);
    worker = undefined;
    expect((await start(left, right)).joined).toBe(false);
    await compared(left, right);
  }, 30_000);

  it('whose worker is killed is begun again by the next', async () => {
    const { comparison: started } = await start(await upload(await tarOf(BUILT)), await upload(await tarOf(SHIPPED)));
    // As a worker leaves it that is killed in the middle: claimed, and nobody holds it.
    const id = started!.id.slice(4);
    await records.comparisons.claim(id);
    await api.database.pool.query("UPDATE tasks SET state = 'RUNNING', worker = 'gone', lease_until = now() + interval '1 hour' WHERE key = $1", [id]);
    await requeueUnfinished(workshop, queue);
    await work();
    expect(await done(started!.id)).toBe('DONE');
  });

  it('that takes its worker down again and again is not begun a third time', async () => {
    const { comparison: started } = await start(await upload(await tarOf(BUILT)), await upload(await tarOf(SHIPPED)));
    const id = started!.id.slice(4);
    await records.comparisons.claim(id);
    await api.database.pool.query("UPDATE tasks SET state = 'RUNNING', worker = 'gone', attempts = 2, lease_until = now() + interval '1 hour' WHERE key = $1", [id]);
    await requeueUnfinished(workshop, queue);
    await work();
    expect(await done(started!.id)).toBe('FAILED');
    expect((await comparison(started!.id, 'error { code message }')).error).toEqual({ code: 'ACTIONS.COMPARISON_LIMIT', message: expect.stringContaining('lost 2 times') });
  });

  it('that fails says why, and its result is refused once it is kept no longer', async () => {
    const [left, right] = [await upload(await tarOf(BUILT)), await upload(await tarOf({ ...SHIPPED, 'etc/more': 'more' }))];
    const { comparison: started } = await start(left, right);
    const failing = { ...comparers, within: () => ({ ...comparers, files: () => Promise.reject(new RangeError('not for callers')) }) } as unknown as ThreadedComparers;
    await work({ comparers: failing });
    expect(await done(started!.id)).toBe('FAILED');
    expect((await comparison(started!.id, 'error { code message } exit result { exit }'))).toMatchObject({ error: { code: 'FOUNDATION.BUG', message: expect.not.stringContaining('not for callers') }, exit: null, result: null });
    await worker!.drain(0);
    worker = undefined;
    const id = await compared(left, right);
    const [row] = await workshop.reads.comparisons.byId([id.slice(4)]);
    expect((await records.roots()).blobs.has(row!.resultSha256 as ReturnType<typeof sha256>)).toBe(true);
    await workshop.store.gc({ roots: { blobs: [], trees: [], actions: [] }, graceMs: 0, dryRun: false });
    expect((await api.query(`{ comparison(id: "${id}") { exit result { exit } } }`))).toMatchObject({ errors: [{ extensions: { code: 'ACTIONS.RESULT_GONE' } }] });
    expect((await api.ask(`/comparisons/${id}.json`)).status).toBe(410);
  });
});
