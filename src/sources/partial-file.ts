import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { pid } from 'node:process';

import type { Sha256 } from '../foundation/digest.ts';
import { errorCodeOf, Fault } from '../foundation/failure.ts';
import { uniqueName } from '../foundation/ids.ts';

/** Paths that this process writes now: an earlier process may have had the same id. */
const OPEN_HERE = new Set<string>();

/**
 * What has arrived of one source so far, on disk so that a killed process or a broken connection can go on from there.
 *
 *     <sha256>.partial               waits for somebody
 *     <sha256>.<pid>.<uuid>.partial  is being written by that process; whoever finds the process gone takes it over
 *
 * Taking over is a rename, so of two processes one gets the file and the other starts its own. What is resumed is never
 * trusted: all its bytes are hashed again.
 */
export class PartialFile {
  readonly #path: string;
  readonly #restingPath: string;
  readonly #handle: FileHandle;
  #hash = createHash('sha256');
  #lengthBytes = 0;
  #resumedBytes = 0;

  private constructor(path: string, restingPath: string, handle: FileHandle) {
    this.#path = path;
    this.#restingPath = restingPath;
    this.#handle = handle;
  }

  static claim(directory: string, digest: Sha256): Promise<PartialFile> {
    return onDisk(directory, async () => {
      await mkdir(directory, { recursive: true });
      const own = join(directory, `${digest}.${pid}.${uniqueName()}.partial`);
      OPEN_HERE.add(own);
      await takeOver(directory, digest, own);
      const partial = new PartialFile(own, join(directory, `${digest}.partial`), await open(own, 'a+'));
      await partial.#readBack();
      return partial;
    });
  }

  async #readBack(): Promise<void> {
    for await (const chunk of createReadStream(this.#path)) this.#count(chunk as Uint8Array);
    this.#resumedBytes = this.#lengthBytes;
  }

  #count(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#lengthBytes += chunk.byteLength;
  }

  get lengthBytes(): number {
    return this.#lengthBytes;
  }

  /** How many of its bytes came from an earlier attempt or another origin. */
  get resumedBytes(): number {
    return this.#resumedBytes;
  }

  markResumed(): void {
    this.#resumedBytes = this.#lengthBytes;
  }

  digest(): string {
    return this.#hash.copy().digest('hex');
  }

  append(chunk: Uint8Array): Promise<void> {
    return onDisk(this.#path, async () => {
      await this.#handle.appendFile(chunk);
      this.#count(chunk);
    });
  }

  restart(): Promise<void> {
    return onDisk(this.#path, async () => {
      await this.#handle.truncate(0);
      this.#hash = createHash('sha256');
      this.#lengthBytes = 0;
      this.#resumedBytes = 0;
    });
  }

  read(): AsyncIterable<Uint8Array> {
    return createReadStream(this.#path);
  }

  /** Leaves what is there for the next attempt; nothing where there is nothing. */
  async rest(): Promise<void> {
    await this.#close();
    if (this.#lengthBytes === 0) await rm(this.#path, { force: true });
    else await rename(this.#path, this.#restingPath);
  }

  async discard(): Promise<void> {
    await this.#close();
    await rm(this.#path, { force: true });
  }

  #close(): Promise<void> {
    OPEN_HERE.delete(this.#path);
    return this.#handle.close();
  }
}

async function takeOver(directory: string, digest: Sha256, own: string): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name.startsWith(digest)).toSorted();
  for (const name of names) {
    if (!isFree(directory, name)) continue;
    try {
      return await rename(join(directory, name), own);
    } catch (error) {
      if (errorCodeOf(error) !== 'ENOENT') throw error;
    }
  }
}

function isFree(directory: string, name: string): boolean {
  const [, owner, unique] = name.split('.');
  if (unique === undefined) return true;
  return Number(owner) === pid ? !OPEN_HERE.has(join(directory, name)) : !isAlive(Number(owner));
}

function isAlive(owner: number): boolean {
  try {
    process.kill(owner, 0);
    return true;
  } catch (error) {
    return errorCodeOf(error) === 'EPERM';
  }
}

async function onDisk<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new Fault('SOURCES.DISK', `cannot write ${path}: ${errorCodeOf(cause) ?? 'unknown error'}`, { cause, place: path });
  }
}
