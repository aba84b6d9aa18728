import { createReadStream } from 'node:fs';
import { lstat, mkdir, open, readdir, rm, statfs, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { errorCodeOf, Fault } from '../foundation/failure.ts';
import { toldLater } from '../store/disk-fault.ts';
import { syncDirectory } from '../store/syncing.ts';

const SUFFIX = '.part';
/** Reading 640 MB in such pieces takes 0.5 CPU s, in Node's own of 64 KiB 1.5. */
const READ_BYTES = 1024 ** 2;

/** What has come of uploads that are not whole yet: one file each, `<id>.part`. Throws STORE.DISK_FULL, STORE.IO. */
export class UploadFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  pathOf(id: string): string {
    return join(this.#directory, `${id}${SUFFIX}`);
  }

  /** The place and the name survive power loss before anything is promised. */
  async make(id: string): Promise<void> {
    await toldLater('making an upload', async () => {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      await (await open(this.pathOf(id), 'wx', 0o600)).close();
      await syncDirectory(this.#directory);
    });
  }

  /** Throws STORE.DAMAGED where fewer bytes are there than were taken: those that are gone would read as zeros. */
  async open(id: string, takenBytes: number): Promise<FileHandle> {
    const file = await toldLater('opening an upload', () => open(this.pathOf(id), 'r+'));
    try {
      const { size } = await file.stat();
      if (size < takenBytes) throw new Fault('STORE.DAMAGED', `of upload ${id} ${size} bytes are on disk, ${takenBytes} were taken`, { place: id, hint: 'Remove it, and upload it anew.' });
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  read(id: string): AsyncIterable<Uint8Array> {
    return createReadStream(this.pathOf(id), { highWaterMark: READ_BYTES });
  }

  async remove(id: string): Promise<void> {
    await rm(this.pathOf(id), { force: true });
  }

  /** Where nothing can be told, all of it. */
  async freeBytes(): Promise<number> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const { bavail, bsize } = await statfs(this.#directory);
    return bavail * bsize;
  }

  /**
   * Files of uploads that no longer get bytes: they ended, or were cut off between row and file. The files are listed
   * before the record is asked, and a row comes before its file: what is opened meanwhile is none of them.
   */
  async leftOver(receiving: () => Promise<readonly string[]>): Promise<{ id: string; path: string; sizeBytes: number }[]> {
    const found = (await this.#names()).filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));
    const kept = new Set(await receiving());
    return Promise.all(found.filter((id) => !kept.has(id)).map(async (id) => ({ id, path: this.pathOf(id), sizeBytes: (await lstat(this.pathOf(id)).catch(() => undefined))?.size ?? 0 })));
  }

  async #names(): Promise<string[]> {
    try {
      return (await readdir(this.#directory)).toSorted();
    } catch (error) {
      if (errorCodeOf(error) === 'ENOENT') return [];
      throw error;
    }
  }
}

/** All of it, at that place: a second writer, or what an earlier one left behind it, changes nothing about the bytes before. */
export async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) {
    done += (await toldLater('writing an upload', () => file.write(bytes, done, bytes.byteLength - done, position + done))).bytesWritten;
  }
}
