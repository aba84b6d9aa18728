import { setTimeout as timeout } from 'node:timers/promises';

import { Failure } from '../foundation/failure.ts';
import type { Machine } from './machine.ts';

/** Under emulation without KVM a login takes about ten seconds; a loaded machine needs many times that. */
const BOOT_TIMEOUT_MS = 240_000;
const ANSWER_TIMEOUT_MS = 60_000;
const PROMPT = /[#$] $/m;

export interface BootCheck {
  /** What the command printed. */
  answer: string;
}

/** Waits for the login, logs in as root (whose password this boot's credentials leave empty), runs one command, powers off. */
export async function checkBoot(machine: Machine, command: string): Promise<BootCheck> {
  await logIn(machine);
  const answer = await runCommand(machine, command);
  await powerOff(machine);
  return { answer };
}

export async function logIn({ serial }: Machine): Promise<void> {
  await serial.waitFor(/login: /, 'login prompt', BOOT_TIMEOUT_MS);
  serial.send('root\n');
  await serial.waitFor(PROMPT, 'shell prompt', ANSWER_TIMEOUT_MS);
}

export async function runCommand({ serial }: Machine, command: string): Promise<string> {
  // The marks are computed by the machine's shell, so that the echo of what we type never matches.
  serial.send(`echo mark-$((40+2)); ${command}; echo mark-$((50+3))-$?\n`);
  await serial.waitFor(/mark-42\r?\n/, 'answer to a command', ANSWER_TIMEOUT_MS);
  const [, answer, status] = await serial.waitFor(/([\s\S]*?)mark-53-(\d+)/, 'end of the answer', ANSWER_TIMEOUT_MS);
  if (status !== '0') throw new Failure('EMULATOR.COMMAND_FAILED', `in the machine, "${command}" exited with ${status}: ${answer!.trim()}`);
  return answer!.replaceAll('\r', '').trim();
}

export async function powerOff(machine: Machine): Promise<void> {
  machine.serial.send('poweroff\n');
  const ended = await Promise.race([machine.ended.then(() => true), timeout(ANSWER_TIMEOUT_MS, undefined, { ref: false }).then(() => false)]);
  if (!ended) throw new Failure('EMULATOR.NO_ANSWER', 'the machine did not power off when told to');
}
