import { PassThrough, type Readable } from 'node:stream';

import type { Workshop } from '../actions/workshop.ts';
import { connectEngine } from '../sandbox/docker-engine.ts';
import { DockerRunner } from '../sandbox/docker-runner.ts';
import type { SandboxCommand } from '../sandbox/runner.ts';
import type { Environment } from './environment.ts';

/** The command on this process's terminal; its mode is as before afterwards, however the shell ends. */
export async function runShell({ dockerHost, home }: Environment, { store, clock }: Workshop, command: SandboxCommand, signal: AbortSignal): Promise<number> {
  const { stdin, stdout } = process;
  const runner = new DockerRunner({ engine: connectEngine(dockerHost), store, clock, home });
  if (stdin.isTTY) stdin.setRawMode(true);
  try {
    return await runner.shell(command, {
      stdin: stdin.isTTY ? stdin : untilExit(stdin), stdout,
      // A terminal that does not know its size says 0.
      size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
      onResize: (listener) => {
        stdout.on('resize', listener);
        return () => { stdout.off('resize', listener); };
      },
    }, signal);
  } finally {
    if (stdin.isTTY) stdin.setRawMode(false);
    stdin.pause();
  }
}

/** Text from a pipe ends with leaving the shell: its terminal would stay open, whatever the pipe does. */
function untilExit(text: Readable): Readable {
  const typed = new PassThrough();
  text.pipe(typed, { end: false });
  text.once('end', () => { typed.write('\nexit\n'); });
  return typed;
}
