import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { Fault } from '../foundation/failure.ts';
import type { EmulatorCommand } from './emulator-command.ts';
import { SerialSession } from './serial-session.ts';

/** A running emulator whose serial line is its standard input and output. */
export interface Machine {
  serial: SerialSession;
  /** Resolves when the process has ended, to its exit code. */
  ended: Promise<number | null>;
  stop(): Promise<void>;
}

export async function startMachine({ command, argv }: EmulatorCommand, onOutput: (text: string) => void): Promise<Machine> {
  const child = spawn(command, argv, { stdio: ['pipe', 'pipe', 'pipe'] });
  await spawned(child, command);
  child.stderr.setEncoding('utf8').on('data', onOutput);
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return {
    serial: new SerialSession(child.stdout, child.stdin, onOutput),
    ended,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The machine on the caller's own terminal; `Ctrl-a x` ends it. Resolves to the exit code. */
export async function attachMachine({ command, argv }: EmulatorCommand): Promise<number | null> {
  const child = spawn(command, argv, { stdio: 'inherit' });
  await spawned(child, command);
  const [code] = await once(child, 'exit') as [number | null];
  return code;
}

async function spawned(child: ChildProcess, command: string): Promise<void> {
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw new Fault('EMULATOR.MISSING', `cannot start ${command}`, { cause, hint: 'Install it: apt-get install qemu-system-x86 (or run `provenroot setup`).' });
  }
}
