import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where all data lies. Plain JavaScript: cli.mjs asks before types are stripped cheaply. */
export function homeDirectory() {
  const { env } = process;
  return env['PROVENROOT_HOME'] ?? (process.getuid?.() === 0 ? '/var/lib/provenroot' : join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'provenroot'));
}
