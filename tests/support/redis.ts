import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

export interface RedisServer {
  path: string;
  /** At its port, where it was given one. */
  url: string;
  /** Runs one command: `FLUSHALL`. */
  command(...words: string[]): Promise<string>;
  stop(): Promise<void>;
}

/** A real Redis of its own on a socket, and at a port of this machine if asked. */
export async function startRedis(port = 0): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'provenroot-redis-'));
  const path = join(folder, 'redis.sock');
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--unixsocket', path, '--save', '', '--appendonly', 'no', '--dir', folder], { stdio: 'ignore' });
  await once(server, 'spawn');
  while (await stat(path).then(() => false, () => true)) await sleep(20);
  return {
    path, url: `redis://127.0.0.1:${port}`,
    command: async (...words) => (await promisify(execFile)('redis-cli', ['-s', path, ...words])).stdout.trim(),
    stop: async () => {
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
