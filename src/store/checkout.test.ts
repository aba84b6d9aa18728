import { execFileSync } from 'node:child_process';
import { appendFileSync, lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '../foundation/clock.ts';
import { sha256, type BlobDigests, type Sha256 } from '../foundation/digest.ts';
import { pathBytes, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { makeTree } from '../tree/tree.ts';
import { openTemporaryStore, type TemporaryStore } from '../../tests/support/temporary-store.ts';
import { openLocalStore } from './open-local-store.ts';
import { statsBelow } from './walk.ts';

const EPOCH = 1_234_567_890;
const ROOT_USER = process.getuid?.() === 0;
const owned = { uid: 0, gid: 0 };
const fileOf = (blob: BlobDigests, mode = 0o644): TreeEntry => ({ kind: 'file', mode, ...owned, sha256: blob.sha256, sizeBytes: blob.sizeBytes });

let opened: TemporaryStore;
beforeEach(async () => { opened = await openTemporaryStore(); });
afterEach(async () => { await opened.close(); });

async function put(entries: Readonly<Record<string, string | TreeEntry>>): Promise<Sha256> {
  const rows: [PathBytes, TreeEntry][] = [];
  for (const [path, entry] of Object.entries(entries)) {
    rows.push([pathBytes(path), typeof entry === 'string' ? fileOf(await opened.store.putBlob(Buffer.from(entry))) : entry]);
  }
  return await opened.store.putTree(makeTree(rows));
}

describe('a checkout', () => {
  it('holds what the tree says, with all times the epoch', async () => {
    const digest = await put({ 'bin/sh': 'shell', 'etc/link': { kind: 'symlink', mode: 0o777, ...owned, target: pathBytes('/nowhere') }, empty: { kind: 'directory', mode: 0o755, ...owned } });
    const path = await opened.store.checkout(digest, EPOCH);
    expect(readFileSync(join(path, 'bin/sh'), 'utf8')).toBe('shell');
    expect(readlinkSync(join(path, 'etc/link'))).toBe('/nowhere');
    expect(readdirSync(path).toSorted()).toEqual(['bin', 'empty', 'etc']);
    for (const stat of statsBelow(path)) expect([stat.mtimeMs, stat.uid, stat.gid]).toEqual([EPOCH * 1000, process.getuid!(), process.getgid!()]);
  });

  it('is readable to all, without setuid, setgid and sticky bits, under any umask', async () => {
    const blob = await opened.store.putBlob(Buffer.from('x'));
    const digest = await put({
      su: fileOf(blob, 0o4755), secret: fileOf(blob, 0o600), tool: fileOf(blob, 0o2711),
      tmp: { kind: 'directory', mode: 0o1777, ...owned }, root: { kind: 'directory', mode: 0o700, ...owned },
    });
    const umask = process.umask(0o077);
    const path = await opened.store.checkout(digest, EPOCH).finally(() => { process.umask(umask); });
    const modes = Object.fromEntries(readdirSync(path).map((name) => [name, (lstatSync(join(path, name)).mode & 0o7777).toString(8)]));
    expect(modes).toEqual({ su: '755', secret: '644', tool: '755', tmp: '777', root: '755' });
  });

  it('leaves devices and fifos out', async () => {
    const digest = await put({
      null: { kind: 'character-device', mode: 0o666, ...owned, major: 1, minor: 3 }, sda: { kind: 'block-device', mode: 0o660, ...owned, major: 8, minor: 0 },
      pipe: { kind: 'fifo', mode: 0o644, ...owned }, 'pipe-again': { kind: 'hard-link', target: pathBytes('pipe') }, file: 'x',
    });
    expect(readdirSync(await opened.store.checkout(digest, EPOCH))).toEqual(['file']);
  });

  it('shares an inode only where the tree has a hard link', async () => {
    const digest = await put({ a: 'same', b: 'same', c: { kind: 'hard-link', target: pathBytes('a') } });
    const path = await opened.store.checkout(digest, EPOCH);
    const inode = (name: string): number => statSync(join(path, name)).ino;
    expect(inode('a')).toBe(inode('c'));
    expect(inode('a')).not.toBe(inode('b'));
    expect(statSync(join(path, 'b')).nlink).toBe(1);
  });

  it('keeps names that are not text', async () => {
    const name = '\x01\xff\xc3(' as PathBytes;
    const blob = await opened.store.putBlob(Buffer.from('x'));
    const path = await opened.store.checkout(await opened.store.putTree(makeTree([[name, fileOf(blob)]])), EPOCH);
    expect(readdirSync(path, { encoding: 'buffer' })[0]!.toString('latin1')).toBe(name);
  });

  it('of a file larger than the copy buffer is whole', async () => {
    const bytes = Buffer.alloc(2_500_001, 'large');
    const blob = await opened.store.putBlob(bytes);
    const path = await opened.store.checkout(await opened.store.putTree(makeTree([[pathBytes('large'), fileOf(blob)]])), EPOCH);
    expect(sha256(readFileSync(join(path, 'large')))).toBe(blob.sha256);
  });

  it('is made once for each tree and epoch, by whichever process', async () => {
    const digest = await put({ a: '1' });
    const other = await openLocalStore(opened.root, { clock: systemClock });
    const paths = await Promise.all([opened.store, other, opened.store, other].map(async (store) => await store.checkout(digest, EPOCH)));
    expect(new Set(paths).size).toBe(1);
    expect(await opened.store.checkout(digest, EPOCH + 1)).not.toBe(paths[0]);
    expect(readdirSync(join(opened.root, 'c'))).toHaveLength(2);
  });

  it('has a path short enough for sixty of them in one page of mount options', async () => {
    const path = await opened.store.checkout(await put({ a: '1' }), EPOCH);
    expect(path.length - opened.root.length).toBeLessThanOrEqual(16);
  });

  it('is not made from a damaged blob, and nothing of it is left', async () => {
    const digest = await put({ a: 'good', b: 'bad' });
    const blob = sha256('bad');
    appendFileSync(join(opened.root, 'blobs/v1/sha256', blob.slice(0, 2), blob), '!');
    await expect(opened.store.checkout(digest, EPOCH)).rejects.toMatchObject({ code: 'STORE.DAMAGED', details: { expected: blob } });
    expect(readdirSync(join(opened.root, 'c'))).toEqual([]);
    expect(readdirSync(join(opened.root, 'quarantine'))).toHaveLength(1);
    await opened.store.putBlob(Buffer.from('bad'));
    expect(readdirSync(await opened.store.checkout(digest, EPOCH))).toEqual(['a', 'b']);
  });

  it('that somebody removed by hand is made again', async () => {
    const digest = await put({ a: '1' });
    rmSync(await opened.store.checkout(digest, EPOCH), { recursive: true });
    expect(readdirSync(await opened.store.checkout(digest, EPOCH))).toEqual(['a']);
  });

  it('of a tree whose root nobody may write to is that too', async () => {
    const digest = await put({ '': { kind: 'directory', mode: 0o500, ...owned }, a: '1' });
    expect(lstatSync(await opened.store.checkout(digest, EPOCH)).mode & 0o777).toBe(0o555);
  });

  it('of a tree that is not there is refused', async () => {
    await expect(opened.store.checkout(sha256('x'), EPOCH)).rejects.toMatchObject({ code: 'STORE.MISSING' });
  });

  (ROOT_USER ? it : it.skip)('lies under others in an overlay (needs root)', async () => {
    const lower = await Promise.all([put({ 'usr/a': '1' }), put({ 'usr/b': '2' })].map(async (digest) => await opened.store.checkout(await digest, EPOCH)));
    const mountPoint = mkdtempSync(join(tmpdir(), 'provenroot-overlay-'));
    execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', `ro,lowerdir=${lower.join(':')}`, mountPoint]);
    try {
      expect(readdirSync(join(mountPoint, 'usr')).toSorted()).toEqual(['a', 'b']);
      expect(statSync(mountPoint).mtimeMs).toBe(EPOCH * 1000);
    } finally {
      execFileSync('umount', [mountPoint]);
      rmSync(mountPoint, { recursive: true });
    }
  });
});
