import { chmod, mkdir, mkdtemp, readFile, readdir, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

import { closedDirectory, publishDirectory, usableBinaries } from './service-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'provenroot-files-'));
  await chmod(folder, 0o755);
});
afterEach(async () => { await rm(folder, { recursive: true }); });

/** As a package manager may leave them: no links, no modes. */
async function unpackedBinaries(): Promise<string> {
  const native = join(folder, 'package/native');
  for (const name of ['bin', 'lib']) await mkdir(join(native, name), { recursive: true });
  for (const name of ['bin/postgres', 'bin/initdb', 'lib/libpq.so.5.18']) await writeFile(join(native, name), name, { mode: 0o600 });
  await writeFile(join(native, 'pg-symlinks.json'), JSON.stringify([{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }]));
  return native;
}

describe('the Postgres binaries', () => {
  it('are copied with their links and modes where installation lost them, once', async () => {
    const binaries = { native: await unpackedBinaries(), version: '18.4' };
    const account = { name: 'somebody' };
    const copy = await usableBinaries(binaries, join(folder, 'home'), account);
    expect(copy).toBe(join(folder, 'home/binaries-18.4'));
    expect((await stat(join(copy, 'bin/postgres'))).mode & 0o777).toBe(0o755);
    expect((await stat(join(copy, 'lib/libpq.so.5.18'))).mode & 0o444).toBe(0o444);
    expect(await readlink(join(copy, 'lib/libpq.so.5'))).toBe('libpq.so.5.18');
    await writeFile(join(copy, 'mark'), '');
    expect(await usableBinaries(binaries, join(folder, 'home'), account)).toBe(copy);
    expect(await readdir(copy)).toContain('mark');
  });

  it('are copied where the account may not enter the place that they were installed to', async () => {
    const native = await unpackedBinaries();
    const binaries = { native: await usableBinaries({ native, version: 'x' }, join(folder, 'whole'), { name: 'a' }), version: 'y' };
    const account = { name: 'other', uid: userInfo().uid + 4242, gid: userInfo().gid + 4242 };
    expect(await usableBinaries(binaries, join(folder, 'home'), account)).toBe(binaries.native);
    await chmod(join(folder, 'whole'), 0o700);
    expect(await usableBinaries(binaries, join(folder, 'home'), account)).toBe(join(folder, 'home/binaries-y'));
  });
});

describe('a directory that is made whole or not at all', () => {
  it('shows nothing and leaves nothing where filling it fails', async () => {
    const path = join(folder, 'made');
    await expect(publishDirectory(path, async (temporary) => { await mkdir(temporary); throw new RangeError('no'); })).rejects.toThrow('no');
    expect(await readdir(folder)).toEqual([]);
  });

  it('is the work of one where several make it at once', async () => {
    const path = join(folder, 'made');
    await Promise.all(['a', 'b', 'c'].map((name) => publishDirectory(path, async (temporary) => {
      await mkdir(temporary);
      await writeFile(join(temporary, 'who'), name);
    })));
    expect(await readdir(folder)).toEqual(['made']);
    expect(['a', 'b', 'c']).toContain(await readFile(join(path, 'who'), 'utf8'));
  });
});

describe('the way to a directory', () => {
  it('is closed by the first directory that the account may not enter', async () => {
    await mkdir(join(folder, 'open/closed/inner'), { recursive: true });
    await chmod(join(folder, 'open/closed'), 0o700);
    const self = { name: 'self', uid: userInfo().uid, gid: userInfo().gid };
    const other = { name: 'other', uid: self.uid + 4242, gid: self.gid + 4242 };
    expect(await closedDirectory(join(folder, 'open/closed/inner'), self)).toBeUndefined();
    expect(await closedDirectory(join(folder, 'open/closed/inner'), other)).toBe(join(folder, 'open/closed'));
    expect(await closedDirectory(join(folder, 'open'), other)).toBeUndefined();
  });
});
