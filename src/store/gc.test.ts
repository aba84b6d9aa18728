import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { systemClock, type Clock } from '../foundation/clock.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { openTemporaryStore, type TemporaryStore } from '../../tests/support/temporary-store.ts';
import { putFiles, resultOf } from '../../tests/support/stored-samples.ts';
import { openLocalStore } from './open-local-store.ts';
import type { GcOptions, GcReport, StoreContents } from './store.ts';
import { thisWriter } from './writer.ts';

const HOUR_MS = 3_600_000;
const NOTHING: StoreContents = { blobs: [], trees: [], actions: [] };
const later: Clock = { now: () => new Date(systemClock.now().getTime() + 2 * HOUR_MS), monotonicMs: () => systemClock.monotonicMs() };

let opened: TemporaryStore;
beforeEach(async () => { opened = await openTemporaryStore(); });
afterEach(async () => { await opened.close(); });

/** As another process would run it two hours from now. */
async function gcLater(roots: Partial<StoreContents>, options: Partial<GcOptions> = {}): Promise<GcReport> {
  const store = await openLocalStore(opened.root, { clock: later });
  return await store.gc({ roots: { ...NOTHING, ...roots }, graceMs: HOUR_MS, dryRun: false, ...options });
}

const names = (report: GcReport, kind: string): string[] => report.deleted.filter((item) => item.kind === kind).map((item) => item.name);
const blobsOf = (...contents: string[]): Sha256[] => contents.map((content) => sha256(content)).toSorted();

describe('gc', () => {
  it('keeps what roots name and all below, and says what it deleted with sizes', async () => {
    const { store } = opened;
    const kept = await putFiles(store, { 'deep/er/file': 'kept' });
    await putFiles(store, { 'deep/er/file': 'dropped', same: 'kept' });
    await store.putBlob(Buffer.from('single'));
    await store.putBlob(Buffer.from('lost'));
    const report = await gcLater({ trees: [kept], blobs: [sha256('single')] });
    expect(names(report, 'blob').toSorted()).toEqual(blobsOf('dropped', 'lost'));
    expect(names(report, 'tree')).toHaveLength(3);
    expect(report.deleted.find((item) => item.name === sha256('dropped'))).toEqual({ kind: 'blob', name: sha256('dropped'), sizeBytes: 7 });
    expect(report.freedBytes).toBe(report.deleted.reduce((sum, item) => sum + item.sizeBytes, 0));
    expect((await store.getTree(kept)).entries.size).toBe(4);
    expect((await store.verify()).findings).toEqual([]);
    expect(await store.hasBlob(sha256('lost'))).toBe(false);
  });

  it('keeps the outputs, the log and the evidence of root actions, and drops other actions whole', async () => {
    const { store } = opened;
    const keys = [sha256('kept action'), sha256('dropped action')] as const;
    for (const key of keys) {
      await store.putAction(key, await resultOf(store, { a: `first of ${key}` }, `log of ${key}`));
      await store.putAction(key, await resultOf(store, { a: `second of ${key}` }, `other log of ${key}`));
    }
    const report = await gcLater({ actions: [keys[0]] });
    expect(names(report, 'action')).toEqual([keys[1]]);
    expect(names(report, 'evidence')).toHaveLength(1);
    expect(names(report, 'blob').toSorted()).toEqual(blobsOf(...['first of', 'second of', 'log of', 'other log of'].map((what) => `${what} ${keys[1]}`)));
    expect(await store.getAction(keys[0])).toBeDefined();
    expect(await store.getAction(keys[1])).toBeUndefined();
  });

  it('deletes nothing in a dry run, and says the same', async () => {
    await resultOf(opened.store, { a: '1', 'b/c': '2' });
    const dry = await gcLater({}, { dryRun: true });
    const wet = await gcLater({});
    expect(dry.deleted.length).toBeGreaterThan(3);
    expect(wet).toEqual({ ...dry, dryRun: false });
    expect((await gcLater({})).deleted).toEqual([]);
  });

  it('keeps what was put within the grace time', async () => {
    await putFiles(opened.store, { a: '1' });
    expect((await gcLater({}, { graceMs: 3 * HOUR_MS })).deleted).toEqual([]);
  });

  it.each([
    ['asked for', async (): Promise<void> => { await (await openLocalStore(opened.root, { clock: later })).hasBlob(sha256('1')); }],
    ['put again', async (): Promise<void> => { await (await openLocalStore(opened.root, { clock: later })).putBlob(Buffer.from('1')); }],
    ['named by a tree', async (): Promise<void> => { await putFiles(await openLocalStore(opened.root, { clock: later }), { a: '1' }); }],
  ])('keeps an old blob that was %s within the grace time', async (_how, use) => {
    await opened.store.putBlob(Buffer.from('1'));
    await use();
    expect(names(await gcLater({}), 'blob')).toEqual([]);
  });

  it('keeps an old action that was asked for within the grace time, with all it names', async () => {
    const key = sha256('action');
    const result = await resultOf(opened.store, { 'a/b': '1' });
    await opened.store.putAction(key, result);
    const user = await openLocalStore(opened.root, { clock: later });
    await user.getAction(key);
    expect((await gcLater({})).deleted).toEqual([]);
    expect(await user.getAction(key)).toEqual(result);
  });

  it('names roots that it could not read', async () => {
    const report = await gcLater({ trees: [sha256('lost tree')] });
    expect(report.unreadable).toEqual([`tree ${sha256('lost tree')}`]);
  });

  it('deletes checkouts that were not used within the grace time, keeps the others', async () => {
    const unused = await opened.store.checkout(await putFiles(opened.store, { a: 'unused' }), 0);
    const usedTree = await putFiles(opened.store, { a: 'used' });
    const used = await opened.store.checkout(usedTree, 0);
    expect(await (await openLocalStore(opened.root, { clock: later })).checkout(usedTree, 0)).toBe(used);
    const report = await gcLater({ trees: [usedTree] });
    expect(report.deleted.filter((item) => item.kind === 'checkout')).toMatchObject([{ sizeBytes: 6 }]);
    expect([existsSync(unused), existsSync(used)]).toEqual([false, true]);
  });

  it('deletes checkouts of an earlier boot, and directories that never got a name', async () => {
    const { root } = opened;
    mkdirSync(join(root, 'c', 'orphan', 'd'), { recursive: true });
    mkdirSync(join(root, 'checkouts', 'earlier-boot'));
    mkdirSync(join(root, 'c', 'stale'));
    symlinkSync('stale', join(root, 'checkouts', 'earlier-boot', `${sha256('x')}@0`));
    await gcLater({});
    expect(readdirSync(join(root, 'c'))).toEqual([]);
  });

  it('deletes what dead writers left at once, and what strangers left after the grace time', async () => {
    const me = thisWriter();
    const dead = me.name.replace(/\d+$/, '1');
    const stranger = 'another-boot.1.2.3';
    for (const name of [dead, stranger]) {
      mkdirSync(join(opened.root, 'tmp', name));
      writeFileSync(join(opened.root, 'tmp', name, 'half'), 'half an obj');
    }
    const early = await opened.store.gc({ roots: NOTHING, graceMs: HOUR_MS, dryRun: false });
    expect(early.deleted).toEqual([{ kind: 'temporary', name: dead, sizeBytes: 11 }]);
    expect(names(await gcLater({}), 'temporary')).toEqual([stranger]);
    expect(existsSync(join(opened.root, 'tmp', me.name))).toBe(true);
  });

  it('is refused while another one is at work, and takes over from one that was killed', async () => {
    const lock = join(opened.root, 'gc.lock');
    writeFileSync(lock, thisWriter().name);
    await expect(gcLater({})).rejects.toMatchObject({ code: 'STORE.BUSY' });
    writeFileSync(lock, thisWriter().name.replace(/\d+$/, '1'));
    await expect(gcLater({})).resolves.toBeDefined();
    expect(existsSync(lock)).toBe(false);
  });
});
