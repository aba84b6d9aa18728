import { spawn } from 'node:child_process';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import pg from 'pg';

import type { Clock } from '../foundation/clock.ts';
import { connectionOf, SERVER_ENVIRONMENT, type Service } from './service-cluster.ts';
import { exists } from './service-files.ts';
import { SUPERVISOR } from './service-supervisor.ts';

const ANSWER_DEADLINE_MS = 10_000;
/** How long a server that was just started may be without its lock file before we take it for failed. */
const PATIENCE_MS = 500;
const STOP_DEADLINE_MS = 30_000;
const POLL_MS = 50;
const LOG_LIMIT_BYTES = 8 * 1024 * 1024;
/** How often the supervisor looks for users. */
const LOOK_SECONDS = 10;

/** Returns when it answers, or when another attempt is due. */
export async function startServer(service: Service, clock: Clock): Promise<void> {
  await dropStalePid(service);
  if (await serverPid(service) === undefined) await launch(service);
  const began = clock.monotonicMs();
  while (clock.monotonicMs() - began < ANSWER_DEADLINE_MS) {
    if (await answers(service)) return;
    await sleep(POLL_MS);
    // Whoever lost a race, or met a server that was going down, tries again from the top.
    if (await serverPid(service) === undefined && clock.monotonicMs() - began > PATIENCE_MS) return;
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

export async function stopServer(service: Service, clock: Clock): Promise<void> {
  const pid = await serverPid(service);
  if (pid === undefined) return;
  process.kill(pid, 'SIGINT');
  const deadline = clock.monotonicMs() + STOP_DEADLINE_MS;
  while (await serverPid(service) !== undefined && clock.monotonicMs() < deadline) await sleep(POLL_MS);
}

export async function endOfLog(service: Service): Promise<string> {
  const text = await readFile(service.log, 'utf8').catch(() => '');
  return text.split('\n').slice(-12).join('\n').trim();
}
