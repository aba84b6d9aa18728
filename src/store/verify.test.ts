import { appendFileSync, chmodSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { systemClock } from '../foundation/clock.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { putFiles, resultOf } from '../../tests/support/stored-samples.ts';
import { openTemporaryStore, type TemporaryStore } from '../../tests/support/temporary-store.ts';
import { openLocalStore } from './open-local-store.ts';
import { syncFileSystem } from './syncing.ts';

const KEY = sha256('action');

let opened: TemporaryStore;
beforeEach(async () => { opened = await openTemporaryStore(); });
afterEach(async () => { await opened.close(); });

const placeOf = (kind: 'blobs' | 'trees', digest: Sha256): string => `${kind}/v1/sha256/${digest.slice(0, 2)}/${digest}`;
const onDisk = (place: string): string => join(opened.root, place);

function flipBit(place: string): void {
  const path = onDisk(place);
  const bytes = readFileSync(path);
  bytes[bytes.length - 1]! ^= 0x10;
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
  chmodSync(path, 0o444);
}

async function rulesFound(): Promise<[string, string][]> {
  return (await opened.store.verify()).findings.map((finding) => [finding.rule, finding.path]);
}

describe('verify', () => {
  it('finds nothing in a sound store, and says how much it looked at', async () => {
    const result = await resultOf(opened.store, { a: '12345', 'd/b': '67' }, 'log');
    await opened.store.putAction(KEY, result);
    await opened.store.checkout(result.outputs['target']!, 0);
    expect(await opened.store.verify()).toMatchObject({ findings: [], checked: { blobs: 3, trees: 2, actions: 1, checkouts: 1 } });
  });

  it('finds one flipped bit in a blob, moves it to quarantine and names what now lacks it', async () => {
    const result = await resultOf(opened.store, { 'd/a': 'x' });
    await opened.store.putAction(KEY, result);
    flipBit(placeOf('blobs', sha256('x')));
    const found = await rulesFound();
    expect(found.map(([rule]) => rule)).toEqual(['incomplete-action', 'damaged-blob', 'missing-child']);
    expect(found[1]![1]).toBe(placeOf('blobs', sha256('x')));
    expect(await opened.store.hasBlob(sha256('x'))).toBe(false);
    expect(await opened.store.getAction(KEY)).toBeUndefined();
    await opened.store.putBlob(Buffer.from('x'));
    expect(await rulesFound()).toEqual([]);
  });

  it('finds a damaged directory node', async () => {
    const digest = await putFiles(opened.store, { a: 'x' });
    flipBit(placeOf('trees', digest));
    expect(await rulesFound()).toEqual([['damaged-node', placeOf('trees', digest)]]);
  });

  it('is not needed for an action to notice that a directory of its output is damaged', async () => {
    const result = await resultOf(opened.store, { 'd/a': 'x' });
    await opened.store.putAction(KEY, result);
    flipBit(placeOf('trees', result.outputs['target']!));
    expect(await opened.store.getAction(KEY)).toBeUndefined();
    await putFiles(opened.store, { 'd/a': 'x' });
    expect(await opened.store.getAction(KEY)).toEqual(result);
  });

  it('finds a directory that is lost below another', async () => {
    const inner = await putFiles(opened.store, { f: 'x' });
    const outer = await putFiles(opened.store, { 'd/f': 'x' });
    rmSync(onDisk(placeOf('trees', inner)));
    expect(await rulesFound()).toEqual([['missing-child', placeOf('trees', outer)]]);
  });

  it('finds a damaged action result, which then counts as none', async () => {
    await opened.store.putAction(KEY, await resultOf(opened.store, { a: 'x' }));
    const place = `actions/v1/${KEY.slice(0, 2)}/${KEY}`;
    chmodSync(onDisk(place), 0o644);
    writeFileSync(onDisk(place), readFileSync(onDisk(place), 'utf8').replace(/"target":"./, '"target":"0'));
    expect(await rulesFound()).toEqual([['damaged-action', place]]);
    expect(await opened.store.getAction(KEY)).toBeUndefined();
  });

  it('finds a lost log', async () => {
    await opened.store.putAction(KEY, await resultOf(opened.store, { a: 'x' }, 'the log'));
    rmSync(onDisk(placeOf('blobs', sha256('the log'))));
    expect(await rulesFound()).toEqual([['incomplete-action', `actions/v1/${KEY.slice(0, 2)}/${KEY}`]]);
  });

  it('finds a wrong sha512 that was noted for a blob, and corrects it', async () => {
    const digests = await opened.store.putBlob(Buffer.from('x'));
    const notes = onDisk(`sums/v1/${digests.sha256.slice(0, 2)}`);
    writeFileSync(notes, `\n${digests.sha256} ${'0'.repeat(128)} 1\n`);
    const fresh = await openLocalStore(opened.root, { clock: systemClock });
    expect((await fresh.statBlob(digests.sha256))!.sha512).toBe('0'.repeat(128));
    expect((await fresh.verify()).findings.map((finding) => finding.rule)).toEqual(['wrong-sum']);
    expect(await (await openLocalStore(opened.root, { clock: systemClock })).statBlob(digests.sha256)).toEqual(digests);
  });

  it('finds a checkout that was changed, which is then made again', async () => {
    const tree = await putFiles(opened.store, { 'd/a': 'x' });
    const path = await opened.store.checkout(tree, 0);
    appendFileSync(join(path, 'd/a'), 'y');
    expect((await rulesFound()).map(([rule]) => rule)).toEqual(['damaged-checkout']);
    const again = await opened.store.checkout(tree, 0);
    expect(again).not.toBe(path);
    expect(readFileSync(join(again, 'd/a'), 'utf8')).toBe('x');
  });

  it('names files that are none of the store\'s', async () => {
    await opened.store.putBlob(Buffer.from('x'));
    const place = `blobs/v1/sha256/${sha256('x').slice(0, 2)}/core`;
    writeFileSync(onDisk(place), '');
    expect(await rulesFound()).toEqual([['foreign-file', place]]);
  });
});

describe('after power loss', () => {
  it('an object that was not synced and came back short counts as missing to the next process', async () => {
    const { sha256: digest } = await opened.store.putBlob(Buffer.from('cut short'));
    truncateSync(onDisk(placeOf('blobs', digest)), 3);
    const next = await openLocalStore(opened.root, { clock: systemClock });
    expect(await next.hasBlob(digest)).toBe(false);
    await next.putBlob(Buffer.from('cut short'));
    expect(Buffer.from(await next.readBlobBytes(digest)).toString()).toBe('cut short');
  });

  it('what a tree names is on disk: its objects are marked as synced before putTree returns', async () => {
    const small = (await opened.store.putBlob(Buffer.from('small'))).sha256;
    const large = (await opened.store.putBlob(Buffer.alloc(300_000))).sha256;
    const modeOf = (place: string): number => statSync(onDisk(place)).mode & 0o777;
    expect([modeOf(placeOf('blobs', small)), modeOf(placeOf('blobs', large))]).toEqual([0o644, 0o444]);
    const tree = await putFiles(opened.store, { a: 'small' });
    expect([modeOf(placeOf('blobs', small)), modeOf(placeOf('trees', tree))]).toEqual([0o444, 0o444]);
  });

  it('so are very many, together where the machine can', async () => {
    expect(await syncFileSystem(opened.root)).toBe(true);
    expect(await syncFileSystem(onDisk('nowhere'))).toBe(false);
    const names = Array.from({ length: 250 }, (_, i) => `file ${i}`);
    await putFiles(opened.store, Object.fromEntries(names.map((name) => [name, name])));
    const modes = names.map((name) => statSync(onDisk(placeOf('blobs', sha256(name)))).mode & 0o777);
    expect(new Set(modes)).toEqual(new Set([0o444]));
  });

  it('a torn line in the notes of digests is skipped, and the digests computed again', async () => {
    const digests = await opened.store.putBlob(Buffer.from('x'));
    truncateSync(onDisk(`sums/v1/${digests.sha256.slice(0, 2)}`), 100);
    const next = await openLocalStore(opened.root, { clock: systemClock });
    expect(await next.statBlob(digests.sha256)).toEqual(digests);
    expect(await (await openLocalStore(opened.root, { clock: systemClock })).statBlob(digests.sha256)).toEqual(digests);
  });
});

describe('opening', () => {
  it('refuses a store of another format', async () => {
    writeFileSync(onDisk('format'), 'provenroot store 2\n');
    await expect(openLocalStore(opened.root, { clock: systemClock })).rejects.toMatchObject({ code: 'STORE.FORMAT' });
  });

  it('by two at once makes one store', async () => {
    const root = join(opened.root, 'nested/store');
    const [a, b] = await Promise.all([openLocalStore(root, { clock: systemClock }), openLocalStore(root, { clock: systemClock })]);
    await a.putBlob(Buffer.from('x'));
    expect(await b.hasBlob(sha256('x'))).toBe(true);
    expect(readdirSync(root).toSorted()).toEqual(['blobs', 'c', 'checkouts', 'quarantine', 'sums', 'tmp', 'actions', 'trees', 'format'].toSorted());
  });
});
