import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where all data lies. Plain JavaScript: cli.mjs asks before types are stripped cheaply. */
export function homeDirectory() {
  // Set to nothing is not set, as the XDG specification has it; servers that are started run in other directories.
  const given = (name) => process.env[name] || undefined;
  const home = given('PROVENROOT_HOME');
  if (home !== undefined) return resolve(home);
  return process.getuid?.() === 0 ? '/var/lib/provenroot' : join(given('XDG_DATA_HOME') ?? join(homedir(), '.local', 'share'), 'provenroot');
}
