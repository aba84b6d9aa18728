import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { errorCodeOf, Failure, Fault } from '../foundation/failure.ts';
import { uniqueName } from '../foundation/ids.ts';

/** The whole content under its name, or what was there before. Throws ACTIONS.CANNOT_WRITE. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${uniqueName()}`);
  try {
    await writeFile(temporary, content, { flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    throw new Fault('ACTIONS.CANNOT_WRITE', `${path} cannot be written (${errorCodeOf(error) ?? 'unknown error'})`);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** A file that the user named. Throws CLI.UNREADABLE. */
export async function readGiven(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new Failure('CLI.UNREADABLE', `${path} cannot be read (${errorCodeOf(error) ?? 'unknown error'})`, { place: path });
  }
}
