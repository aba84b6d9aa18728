import { execFile } from 'node:child_process';
import { appendFile, chmod, chown, mkdir, open, readdir, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type pg from 'pg';

import { Fault } from '../foundation/failure.ts';
import { serviceAccount, type ServiceAccount } from './service-account.ts';
import { closedDirectory, postgresBinaries, publishDirectory } from './service-files.ts';

/** Major version of the data's format; another one is another directory. */
const DATA_VERSION = '18';
/** Name of the database and of the role that owns it. */
export const DATABASE = 'provenroot';
/** `sun_path` holds 107 bytes, and Postgres adds `/.s.PGSQL.5432`. */
const SOCKET_DIRECTORY_MAX = 90;
export const SERVER_ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** Where everything of a home's Postgres lies. */
export interface Service {
  account: ServiceAccount;
  binaries: string;
  folder: string;
  data: string;
  socket: string;
  log: string;
}

/** Makes what is missing; each directory appears whole or not at all, also where several make it at once. */
export async function prepareService(home: string): Promise<Service> {
  const folder = join(home, 'postgres');
  await mkdir(folder, { recursive: true });
  const account = await serviceAccount();
  const service = { account, folder, data: join(folder, DATA_VERSION), socket: join(folder, 'socket'), log: join(folder, 'server.log') };
  if (Buffer.byteLength(service.socket) > SOCKET_DIRECTORY_MAX) {
    throw new Fault('RECORDS.HOME_UNREACHABLE', `the path of the home ${home} is too long for a socket in it: ${SOCKET_DIRECTORY_MAX - '/postgres/socket'.length} bytes at most`);
  }
  if (account.uid !== undefined) await openToAccount(home, folder, account);
  const binaries = await postgresBinaries(folder, account);
  await publishDirectory(service.socket, (temporary) => ownedDirectory(temporary, account));
  await dropHalfMade(folder, DATA_VERSION);
  await publishDirectory(service.data, (temporary) => makeCluster(temporary, binaries, account));
  return { ...service, binaries };
}

/** Only the home itself is ours to open; entering is enough, nobody may list it. */
async function openToAccount(home: string, folder: string, account: ServiceAccount): Promise<void> {
  for (const directory of [home, folder]) await chmod(directory, (await stat(directory)).mode & 0o7777 | 0o001);
  const closed = await closedDirectory(folder, account);
  if (closed !== undefined) throw new Fault('RECORDS.HOME_UNREACHABLE', `${account.name} may not enter ${closed}, which is on the way to ${home}`);
}

async function ownedDirectory(path: string, account: ServiceAccount): Promise<void> {
  await mkdir(path, { mode: 0o700 });
  if (account.uid !== undefined) await chown(path, account.uid, account.gid!);
}

/** What a killed maker left; one that is younger than an hour may still be at work. */
async function dropHalfMade(folder: string, name: string): Promise<void> {
  const names = (await readdir(folder)).filter((entry) => entry.startsWith(`${name}.making-`)).toSorted();
  for (const entry of names) await promisify(execFile)('find', [join(folder, entry), '-maxdepth', '0', '-mmin', '+60', '-exec', 'rm', '-rf', '{}', '+']);
}

async function makeCluster(path: string, binaries: string, account: ServiceAccount): Promise<void> {
  await ownedDirectory(path, account);
  await runAs(account, join(binaries, 'bin/initdb'), [
    '-D', path, '-U', DATABASE, '--encoding=UTF8', '--locale=C', '--auth=peer', '--no-instructions',
  ]);
  // Only the kernel's word counts: who may connect is the account itself and whoever starts it.
  await appendFile(join(path, 'pg_ident.conf'), ['', ...peerNames(account).map((name) => `provenroot ${name} ${DATABASE}`), ''].join('\n'));
  await appendFile(join(path, 'postgresql.conf'), "\n# What matters is given on the command line by whoever starts the server.\ninclude_if_exists = 'local.conf'\n");
  const access = join(path, 'pg_hba.conf');
  const handle = await open(access, 'r+');
  try {
    await handle.truncate();
    await handle.write('local all all peer map=provenroot\n');
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function peerNames(account: ServiceAccount): string[] {
  return [...new Set([account.name, userInfo().username])];
}

async function runAs(account: ServiceAccount, command: string, args: readonly string[]): Promise<void> {
  const identity = account.uid === undefined ? {} : { uid: account.uid, gid: account.gid! };
  try {
    await promisify(execFile)(command, args, { ...identity, cwd: '/', env: SERVER_ENVIRONMENT });
  } catch (cause) {
    const text = typeof cause === 'object' && cause !== null && 'stderr' in cause ? String(cause.stderr).trim() : '';
    throw new Fault('RECORDS.SERVER_START', `${command} failed: ${text}`, { cause });
  }
}

export function connectionOf(service: Service, database: string): pg.ClientConfig {
  return { host: service.socket, port: 5432, user: DATABASE, database };
}
