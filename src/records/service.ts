import { execFile, spawn } from 'node:child_process';
import { appendFile, chmod, chown, mkdir, open, readFile, readdir, rm, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import pg from 'pg';

import type { Clock } from '../foundation/clock.ts';
import { errorCodeOf, Fault } from '../foundation/failure.ts';
import { closedDirectory, exists, postgresBinaries, publishDirectory } from './service-files.ts';
import { serviceAccount, type ServiceAccount } from './service-account.ts';
import { SUPERVISOR } from './service-supervisor.ts';

/** Major version of the data's format; another one is another directory. */
const DATA_VERSION = '18';
const DATABASE = 'provenroot';
/** Advisory lock that every user of the service holds shared; who gets it alone is the last. */
const PRESENCE_LOCK = '7237190553';
const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 30_000;
const POLL_MS = 50;
/** How often the supervisor looks for users. */
const LOOK_SECONDS = 10;
const LOG_LIMIT_BYTES = 8 * 1024 * 1024;
/** `sun_path` holds 107 bytes, and Postgres adds `/.s.PGSQL.5432`. */
const SOCKET_DIRECTORY_MAX = 90;

interface Service {
  account: ServiceAccount;
  binaries: string;
  folder: string;
  data: string;
  socket: string;
  log: string;
}

/** A user's hold on the Postgres of a home. */
export interface ServiceHold {
  connection: pg.ClientConfig;
  /** Lets go; the last to do so stops the server. */
  release(): Promise<void>;
}

/**
 * The Postgres of a home: made, started or joined. It belongs to nobody: whoever comes first starts it, detached; each
 * user holds one connection, so that a killed user counts no more; the last to leave stops it, and where the last was
 * killed its supervisor does.
 */
export async function holdService(home: string, clock: Clock): Promise<ServiceHold> {
  const service = await prepareService(home);
  let presence: pg.Client;
  let released = false;
  const hold = async (): Promise<void> => {
    presence = await enterOrStart(service, clock);
    // The server was killed under us: bring it back, as any user does.
    presence.once('end', () => { if (!released) void hold().catch(() => undefined); });
  };
  await hold();
  return {
    connection: connectionOf(service, DATABASE),
    release: async () => { released = true; await leave(service, presence, clock); },
  };
}

async function enterOrStart(service: Service, clock: Clock): Promise<pg.Client> {
  const deadline = clock.monotonicMs() + START_DEADLINE_MS;
  for (let refusal: unknown; ;) {
    const presence = await enter(service).catch((error: unknown) => { refusal = error; return undefined; });
    if (presence !== undefined) return presence;
    if (clock.monotonicMs() > deadline) {
      throw new Fault('RECORDS.SERVER_START', `the Postgres in ${service.folder} does not answer\n${await endOfLog(service)}`, { cause: refusal, retryable: true });
    }
    await startServer(service, clock);
  }
}

async function prepareService(home: string): Promise<Service> {
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

const SERVER_ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' };

function connectionOf(service: Service, database: string): pg.ClientConfig {
  return { host: service.socket, port: 5432, user: DATABASE, database };
}

/** Joins as a user; fails where the server is not there, not ready, or about to stop. */
async function enter(service: Service): Promise<pg.Client> {
  const client = new pg.Client({ ...connectionOf(service, 'postgres'), application_name: 'provenroot presence', keepAlive: true });
  // A lost connection shows at the pool too; here it must only not end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    // Waits while a leaving user decides whether it was the last; if so, the shutdown ends this connection.
    await client.query(`SELECT pg_advisory_lock_shared(${PRESENCE_LOCK})`);
    await createDatabase(client);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

async function createDatabase(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
  if (rowCount !== 0) return;
  await client.query(`CREATE DATABASE ${DATABASE} TEMPLATE template0`).catch((error: unknown) => {
    // duplicate_database, unique_violation: another user was faster.
    if (!['42P04', '23505'].includes(errorCodeOf(error) ?? '')) throw error;
  });
}

async function leave(service: Service, presence: pg.Client, clock: Clock): Promise<void> {
  try {
    await presence.query(`SELECT pg_advisory_unlock_shared(${PRESENCE_LOCK})`);
    const { rows } = await presence.query<{ alone: boolean }>(`SELECT pg_try_advisory_lock(${PRESENCE_LOCK}) AS alone`);
    if (rows[0]?.alone === true) await stopServer(service, clock);
  } catch {
    // The server is gone already; so is our hold on it.
  }
  await presence.end().catch(() => undefined);
}

async function startServer(service: Service, clock: Clock): Promise<void> {
  await dropStalePid(service);
  if (await serverPid(service) === undefined) await launch(service);
  const deadline = clock.monotonicMs() + 10_000;
  while (clock.monotonicMs() < deadline) {
    if (await answers(service)) return;
    await sleep(POLL_MS);
    // Whoever lost a race, or met a server that was going down, tries again from the top.
    if (await serverPid(service) === undefined && clock.monotonicMs() > deadline - 9_500) return;
  }
}

async function answers(service: Service): Promise<boolean> {
  const client = new pg.Client(connectionOf(service, 'postgres'));
  client.on('error', () => undefined);
  const ok = await client.connect().then(() => true, () => false);
  await client.end().catch(() => undefined);
  return ok;
}

/** Detached from terminal and parent. Of two that start at once, Postgres's own lock file lets one live. */
async function launch(service: Service): Promise<void> {
  const size = await stat(service.log).then((found) => found.size, () => 0);
  const log = await open(service.log, size > LOG_LIMIT_BYTES ? 'w' : 'a', 0o600);
  try {
    const { uid, gid } = service.account;
    const child = spawn('/bin/sh', ['-c', SUPERVISOR, 'provenroot-postgres', join(service.binaries, 'bin/postgres'), service.data, service.socket, String(LOOK_SECONDS)], {
      detached: true, cwd: '/', env: SERVER_ENVIRONMENT, stdio: ['ignore', log.fd, log.fd], ...(uid === undefined ? {} : { uid, gid: gid! }),
    });
    child.on('error', () => undefined);
    child.unref();
  } finally {
    await log.close();
  }
}

/** The postmaster of this data directory, if it lives. */
async function serverPid(service: Service): Promise<number | undefined> {
  const pid = Number((await readFile(join(service.data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  const [program, ...args] = command.split('\0');
  return program?.endsWith('/postgres') === true && args.includes(service.data) ? pid : undefined;
}

/**
 * After a kill the lock file names a process that is gone, and Postgres sees that itself, unless the number has come
 * to belong to another process of the same account. Only that case is ours.
 */
async function dropStalePid(service: Service): Promise<void> {
  const path = join(service.data, 'postmaster.pid');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined || await serverPid(service) !== undefined) return;
  if (await exists(`/proc/${Number(text.split('\n')[0])}`) && await readFile(path, 'utf8').catch(() => '') === text) await rm(path, { force: true });
}

async function stopServer(service: Service, clock: Clock): Promise<void> {
  const pid = await serverPid(service);
  if (pid === undefined) return;
  process.kill(pid, 'SIGINT');
  const deadline = clock.monotonicMs() + STOP_DEADLINE_MS;
  while (await serverPid(service) !== undefined && clock.monotonicMs() < deadline) await sleep(POLL_MS);
}

async function endOfLog(service: Service): Promise<string> {
  const text = await readFile(service.log, 'utf8').catch(() => '');
  return text.split('\n').slice(-12).join('\n').trim();
}
