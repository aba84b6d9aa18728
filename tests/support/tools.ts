import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const DIRECTORIES = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];

/** Where somebody else's tool is; undefined where this machine has none. */
function toolPath(name: string): string | undefined {
  return DIRECTORIES.map((directory) => join(directory, name)).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** `it`, skipped with the reason in its title where a tool is missing. */
export function itWith(...tools: string[]): (title: string, run: () => void) => void {
  const missing = tools.filter((tool) => toolPath(tool) === undefined);
  return (title, run) => (missing.length === 0 ? it(title, run) : it.skip(`${title} (needs ${missing.join(', ')})`, run));
}

/** A directory that is gone when the file's tests are over. */
export function scratchDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'provenroot-tools-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
