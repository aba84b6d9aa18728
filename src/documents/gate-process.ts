import { execFile } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';

import { Fault } from '../foundation/failure.ts';

export interface GateProcess {
  /** Said in errors. */
  gate: string;
  /** Absolute path of a script, and what it is given. */
  script: string;
  args: readonly string[];
  /** The only place, beside our own files, that it may read; it may write there too. Absolute. */
  directory: string;
  /** The document: the one file elsewhere that it may read. Absolute. */
  document: string;
  memoryMiB: number;
  signal: AbortSignal;
}

export interface GateEnd { exitCode: number; stdout: string }

/** Of wall time: a judge that takes a second alone took half a minute beside a build on both cores. */
const DEADLINE_MS = 10 * 60 * 1000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const CHECKOUT = join(import.meta.dirname, '../..');

/**
 * Runs a judge of documents in a process of its own: no network, no environment, no other files, an end to its memory and time.
 * Throws DOCUMENTS.GATE_FAILED where it does not end by itself.
 */
export async function runGateProcess({ gate, script, args, directory, document, memoryMiB, signal }: GateProcess): Promise<GateEnd> {
  const places = await Promise.all([CHECKOUT, directory, document].map((path) => realpath(path)));
  const flags = [
    `--max-old-space-size=${memoryMiB}`, '--no-warnings', '--permission', ...places.map((path) => `--allow-fs-read=${path}`), `--allow-fs-write=${places[1]!}`,
    '--import', join(import.meta.dirname, 'deny-network.mjs'),
  ];
  const environment = { HOME: places[1], TMPDIR: places[1], LANG: 'C.UTF-8', TZ: 'UTC' };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [...flags, script, ...args], { cwd: places[1], env: environment, timeout: DEADLINE_MS, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT_BYTES, signal }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : error.code;
      if (typeof exitCode === 'number') resolve({ exitCode, stdout });
      else reject(gateFailed(gate, `it did not end by itself: ${tailOf(stderr) || String(exitCode ?? error?.signal)}`, error));
    });
  });
}

export function gateFailed(gate: string, why: string, cause?: unknown): Fault {
  return new Fault('DOCUMENTS.GATE_FAILED', `${gate} did not judge the document: ${why}`, { retryable: true, cause });
}

/** The end of what a stranger's process printed, fit to be shown. */
export function tailOf(text: string): string {
  return printable(text.slice(-2000)).trim().slice(-500);
}

export function printable(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]+/gu, ' ');
}
