import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface KeptWorker {
  /** Asks it to end in order and waits for it. */
  stop(): Promise<void>;
}

const GRACE_MS = 20_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** One that lived so long did not fail at its start. */
const HEALTHY_MS = 60_000;

/** Runs a worker as a process of its own, and another where it ends unasked: after a pause that doubles while they end early. */
export function keepWorker(note: (line: string) => void): KeptWorker {
  const entry = fileURLToPath(new URL('worker.ts', import.meta.url));
  let stopping = false;
  let pauseMs = FIRST_PAUSE_MS;
  let again: NodeJS.Timeout | undefined;
  let child: ChildProcess;
  const start = (): void => {
    const startedMs = performance.now();
    child = spawn(process.execPath, ['--no-warnings', '--max-semi-space-size=8', entry], { stdio: ['ignore', 'inherit', 'inherit'], cwd: join(entry, '../../..') });
    child.once('exit', (code, signal) => {
      if (stopping) return;
      if (performance.now() - startedMs > HEALTHY_MS) pauseMs = FIRST_PAUSE_MS;
      note(`the worker ended (${signal ?? code}); another starts in ${pauseMs / 1000} s and goes on with its builds`);
      again = setTimeout(start, pauseMs);
      pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2);
    });
  };
  start();
  return {
    stop: async () => {
      stopping = true;
      clearTimeout(again);
      await ended(child);
    },
  };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  await gone;
  clearTimeout(timer);
}
