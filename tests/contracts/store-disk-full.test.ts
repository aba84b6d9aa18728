import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { systemClock } from '../../src/foundation/clock.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import { openLocalStore } from '../../src/store/open-local-store.ts';
import type { LocalStore, StoreUpkeep } from '../../src/store/store.ts';
import { bytesOf, putFiles } from '../support/stored-samples.ts';

const SIZE_BYTES = 2 * 1024 * 1024;

/** A file system of 2 MiB; undefined where this process may not mount one. */
function mountSmallDisk(): string | undefined {
  const mountPoint = mkdtempSync(join(tmpdir(), 'provenroot-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE_BYTES}`, 'tmpfs', mountPoint], { stdio: 'ignore' });
    return mountPoint;
  } catch {
    rmdirSync(mountPoint);
    return undefined;
  }
}

const mountPoint = mountSmallDisk();
const suite = mountPoint === undefined ? describe.skip : describe;

suite('a full disk (skipped where tmpfs cannot be mounted: needs root)', () => {
  const root = mountPoint!;
  let store: LocalStore & StoreUpkeep;
  beforeAll(async () => { store = await openLocalStore(root, { clock: systemClock }); });
  afterAll(() => {
    execFileSync('umount', [root]);
    rmdirSync(root);
  });

  const temporaryFiles = (): string[] => readdirSync(join(root, 'tmp')).flatMap((name) => readdirSync(join(root, 'tmp', name)));

  async function* tooMuch(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 100; i++) yield Buffer.alloc(64 * 1024, i);
  }

  it.each([['a stream', () => tooMuch()], ['bytes', () => Buffer.alloc(SIZE_BYTES * 2, 'x')]])('refuses a blob from %s by its own code and keeps nothing of it', async (_name, source) => {
    await expect(store.putBlob(source())).rejects.toMatchObject({ name: 'Fault', code: 'STORE.DISK_FULL', retryable: true });
    expect(temporaryFiles()).toEqual([]);
    expect((await store.verify()).findings).toEqual([]);
  });

  it('still takes what fits, and a checkout that does not fit leaves nothing', async () => {
    const content = 'x'.repeat(SIZE_BYTES / 5);
    const tree = await putFiles(store, { a: content, b: `${content}b`, c: `${content}c` });
    await expect(store.checkout(tree, 0)).rejects.toMatchObject({ code: 'STORE.DISK_FULL' });
    expect([temporaryFiles(), readdirSync(join(root, 'c'))]).toEqual([[], []]);
    expect((await store.getTree(tree)).entries.size).toBe(4);
  });

  it('takes blobs again after gc has freed space', async () => {
    await expect(store.putBlob(bytesOf('y'.repeat(SIZE_BYTES / 2)))).rejects.toMatchObject({ code: 'STORE.DISK_FULL' });
    const { freedBytes } = await store.gc({ roots: { blobs: [], trees: [], actions: [] }, graceMs: 0, dryRun: false });
    expect(freedBytes).toBeGreaterThan(SIZE_BYTES / 2);
    const text = 'y'.repeat(SIZE_BYTES / 2);
    expect((await store.putBlob(bytesOf(text))).sha256).toBe(sha256(text));
  });
});
