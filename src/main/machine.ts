import { execFile, spawn } from 'node:child_process';
import { access, constants, mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Machine, StartedService } from '../actions/set-up-machine.ts';
import { errorCodeOf } from '../foundation/failure.ts';

export interface MachineFacts {
  home: string;
  root: boolean;
  dockerHost: string | undefined;
  /** Asks the engine for anything at all; rejects where it does not answer. */
  pingEngine(): Promise<unknown>;
}

/** The machine that we run on. */
export function thisMachine(facts: MachineFacts): Machine {
  const searchPath = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'].filter((directory) => directory !== '');
  return {
    platform: `${process.platform}/${process.arch}`,
    root: facts.root,
    engineAddress: facts.dockerHost,
    run,
    hasCommand: async (name) => (await Promise.all(searchPath.map((directory) => isExecutable(join(directory, name))))).includes(true),
    hasPath: (path) => access(path).then(() => true, () => false),
    askEngine: () => facts.pingEngine().then(() => ({ answers: true as const }), (error: unknown) => ({ answers: false as const, code: innermostCode(error) })),
    startService: (name, command, argv) => startService(join(facts.home, 'services'), name, command, argv),
    sleep: (ms) => sleep(ms),
  };
}

const isExecutable = (path: string): Promise<boolean> => access(path, constants.X_OK).then(() => true, () => false);

function innermostCode(error: unknown): string {
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined;
  return (cause === undefined ? undefined : errorCodeOf(cause)) ?? errorCodeOf(error) ?? 'no answer';
}

function run(command: string, argv: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(command, [...argv], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : errorCodeOf(error) === 'ENOENT' ? 127 : 1;
      resolve({ code, output: stdout + stderr });
    });
  });
}

/** `NAME.log` and `NAME.pid` below `directory`: who wants to stop it finds it there. */
async function startService(directory: string, name: string, command: string, argv: readonly string[]): Promise<StartedService> {
  await mkdir(directory, { recursive: true });
  const logPath = join(directory, `${name}.log`);
  const log = await open(logPath, 'a');
  try {
    const child = spawn(command, [...argv], { detached: true, stdio: ['ignore', log.fd, log.fd], cwd: '/' });
    const failed = new Promise<void>((resolve) => child.once('error', () => resolve()));
    child.unref();
    if (child.pid !== undefined) await writeFile(join(directory, `${name}.pid`), `${child.pid}\n`);
    else await failed;
    return {
      isAlive: async () => child.pid !== undefined && child.exitCode === null && child.signalCode === null,
      lastLines: async () => (await readFile(logPath, 'utf8')).trim().split('\n').slice(-8).join('\n'),
    };
  } finally {
    await log.close();
  }
}
