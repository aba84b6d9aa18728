import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import type { Sha256 } from '../foundation/digest.ts';
import { errorCodeOf, Failure, Fault } from '../foundation/failure.ts';
import { uniqueName } from '../foundation/ids.ts';

/** The whole content under its name, or what was there before; into a device or pipe as it is. Throws ACTIONS.CANNOT_WRITE. */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${uniqueName()}`);
  try {
    if (await isDevice(path)) return await writeFile(path, content);
    await writeFile(temporary, content, { flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    throw new Fault('ACTIONS.CANNOT_WRITE', `${path} cannot be written (${errorCodeOf(error) ?? 'unknown error'})`);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** The same for what is too large to hold. Throws ACTIONS.CANNOT_WRITE, and what the source throws. */
export async function writeArchive(archive: AsyncIterable<Uint8Array>, path: string): Promise<{ sha256: Sha256; sizeBytes: number }> {
  const temporary = join(dirname(path), `.${uniqueName()}`);
  const hash = createHash('sha256');
  let sizeBytes = 0;
  const counted = async function* (): AsyncIterable<Uint8Array> { for await (const chunk of archive) { hash.update(chunk); sizeBytes += chunk.byteLength; yield chunk; } };
  try {
    const device = await isDevice(path);
    await pipeline(counted(), device ? createWriteStream(path) : createWriteStream(temporary, { flags: 'wx' }));
    if (!device) await rename(temporary, path);
  } catch (error) {
    const code = errorCodeOf(error);
    throw code !== undefined && /^E[A-Z]+$/.test(code) ? new Fault('ACTIONS.CANNOT_WRITE', `${path} cannot be written (${code})`) : error;
  } finally {
    await rm(temporary, { force: true });
  }
  return { sha256: hash.digest('hex') as Sha256, sizeBytes };
}

/** `/dev/null`, `/dev/stdout`, a pipe: a new file must not take its name. */
async function isDevice(path: string): Promise<boolean> {
  try {
    const stats = await stat(path);
    return !stats.isFile() && !stats.isDirectory();
  } catch (error) {
    if (errorCodeOf(error) === undefined) throw error;
    return false;
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
