import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { comparersHere } from '../../src/actions/comparers.ts';
import { comparisonThreads, threadAnswer, type ThreadedComparers } from '../../src/actions/comparison-threads.ts';
import { systemClock } from '../../src/foundation/clock.ts';
import { openLocalStore } from '../../src/store/open-local-store.ts';
import { archive, END, member } from '../support/crafted-tar.ts';

const ENTRY = new URL('../../src/main/compare-thread.ts', import.meta.url);
const MISBEHAVING = new URL('../support/misbehaving-thread.mjs', import.meta.url);

let home: string;
const opened: ThreadedComparers[] = [];
const threads = (...given: Parameters<typeof comparisonThreads>): ThreadedComparers => { const made = comparisonThreads(...given); opened.push(made); return made; };

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'threads-'));
  await openLocalStore(join(home, 'store'), { clock: systemClock });
});
afterEach(async () => { await Promise.all(opened.splice(0).map((each) => each.close())); });
afterAll(async () => { await rm(home, { recursive: true }); });

const tarWith = (issue: string): Buffer => archive(member({ name: 'etc/issue' }, issue), member({ name: 'bin/tool' }, 'same'), END);

async function images(): Promise<[string, string]> {
  const paths: [string, string] = [join(home, 'a.tar'), join(home, 'b.tar')];
  await writeFile(paths[0], tarWith('one\n'));
  await writeFile(paths[1], tarWith('two\n'));
  return paths;
}

describe('comparing in a thread', () => {
  it('gives what comparing here gives, again and again', async () => {
    const [left, right] = await images();
    const here = await comparersHere(await openLocalStore(join(home, 'store'), { clock: systemClock })).files(left, right);
    const threaded = threads(ENTRY, { home });
    expect(here.changes.map(({ path }) => path)).toEqual(['etc/issue']);
    expect(await Promise.all([1, 2, 3].map(() => threaded.files(left, right)))).toEqual([here, here, here]);
  });

  it('leaves the event loop to others meanwhile', async () => {
    const [left, right] = await images();
    const threaded = threads(ENTRY, { home });
    let turns = 0;
    const ticking = setInterval(() => { turns++; }, 1);
    const answered = threaded.files(left, right);
    // The thread has to start and to read: the loop comes round many times before.
    await answered;
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(5);
  });

  it('tells a failure with its code, place and remedy', async () => {
    const threaded = threads(ENTRY, { home });
    await expect(threaded.files(join(home, 'no-such'), join(home, 'a.tar'))).rejects.toMatchObject({ name: 'Fault', code: 'BYTES.IO' });
    const missing = { inventory: 'a'.repeat(64) as never, times: [], jobs: [] };
    await expect(threaded.builds(missing, missing)).rejects.toMatchObject({ code: 'STORE.MISSING' });
  });

  it('is cut off by its signal, and others go on', async () => {
    const [left, right] = await images();
    const threaded = threads(ENTRY, { home });
    const stop = new AbortController();
    const cut = threaded.within(stop.signal).files(left, right);
    const next = threaded.files(left, right);
    stop.abort();
    await expect(cut).rejects.toMatchObject({ code: 'ACTIONS.CANCELLED' });
    expect((await next).changes.length).toBe(1);
    await expect(threaded.within(stop.signal).files(left, right)).rejects.toMatchObject({ code: 'ACTIONS.CANCELLED' });
  });

  it.each([
    ['never ends', { timeoutMs: 500 }, 'ACTIONS.COMPARISON_LIMIT'],
    ['takes all memory', { heapMiB: 32 }, 'ACTIONS.COMPARISON_LIMIT'],
    ['exits', {}, 'ACTIONS.CANCELLED'],
  ])('a thread that %s ends alone, with a failure', async (what, limits, code) => {
    const threaded = threads(MISBEHAVING, what, limits);
    await expect(threaded.files('a', 'b')).rejects.toMatchObject({ code });
    await expect(threaded.files('a', 'b')).rejects.toMatchObject({ code });
  });

  it('a thread is loaded before it is asked, and one that cannot be says so to who asks', async () => {
    const [left, right] = await images();
    const threaded = threads(ENTRY, { home });
    await threaded.warm();
    expect((await threaded.files(left, right)).changes.map(({ path }) => path)).toEqual(['etc/issue']);
    const broken = threads(MISBEHAVING, 'throws');
    await broken.warm();
    await expect(broken.files(left, right)).rejects.toThrow('not caught');
  });

  it('a thread that dies while nobody waits for it takes nobody with it, and is not asked again', async () => {
    const threaded = threads(MISBEHAVING, 'throws afterwards', { timeoutMs: 5_000 });
    expect(await threaded.files('a', 'b')).toEqual([]);
    await sleep(600);
    expect(await threaded.files('a', 'b')).toEqual([]);
  });

  it('more than anybody can be shown is refused where it is found', () => {
    expect(threadAnswer({ a: [1, null] })).toEqual({ json: '{"a":[1,null]}' });
    expect(() => threadAnswer('x'.repeat(99), 100)).toThrow(expect.objectContaining({ code: 'ACTIONS.COMPARISON_LIMIT', details: { what: 'room for what differs' } }));
    const long = 'x'.repeat(2 ** 28);
    expect(() => threadAnswer([long, long])).toThrow(expect.objectContaining({ code: 'ACTIONS.COMPARISON_LIMIT' }));
  });

  it('a thread that throws is ours to mend, and says what was thrown', async () => {
    await expect(threads(MISBEHAVING, 'throws').files('a', 'b')).rejects.toThrow('not caught');
  });
});
