import { spawn } from 'node:child_process';
import { mkdir, open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { systemClock } from '../foundation/clock.ts';
import { BUILDER_ID } from '../evidence/predicates.ts';
import { SocketSigner } from '../signing/socket-signer.ts';
import type { Environment } from './environment.ts';

export interface OpenSignerOptions {
  /** What the first root calls this home's operator. */
  operator?: string;
  /** The builders that this home's keys speak for in the first root. */
  builderIds: readonly string[];
}

const LOG_LIMIT_BYTES = 1024 * 1024;

/** The signer of this home, with the one builder that there is. */
export function homeSigner({ home, operator }: Pick<Environment, 'home' | 'operator'>): SocketSigner {
  return openSigner(home, { operator, builderIds: [BUILDER_ID] });
}

/** The signer of a home, in a process of its own that starts at the first question and ends when nobody asks. */
export function openSigner(home: string, options: OpenSignerOptions): SocketSigner {
  const directory = join(home, 'keys');
  const log = join(directory, 'signer.log');
  return new SocketSigner({
    directory, clock: systemClock,
    start: () => startSigner(home, directory, log, options),
    lastWords: async () => (await readFile(log, 'utf8').catch(() => '')).split('\n').slice(-12).join('\n').trim(),
  });
}

/** Detached from terminal and parent; its environment says nothing but where programs are. */
async function startSigner(home: string, directory: string, log: string, { operator = 'local', builderIds }: OpenSignerOptions): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const size = await stat(log).then((found) => found.size, () => 0);
  const output = await open(log, size > LOG_LIMIT_BYTES ? 'w' : 'a', 0o600);
  try {
    const entry = fileURLToPath(new URL('signer.ts', import.meta.url));
    const child = spawn(process.execPath, ['--no-warnings', entry, home, operator, ...builderIds], {
      detached: true, cwd: '/', env: { PATH: process.env['PATH'] }, stdio: ['ignore', output.fd, output.fd],
    });
    child.on('error', () => undefined);
    child.unref();
  } finally {
    await output.close();
  }
}
