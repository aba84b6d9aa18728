import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Renames and links into a directory survive power loss only after this. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Everything of the file system that `path` lies on, in one go: syncfs(2), which node lacks and coreutils' `sync` has.
 * False where it cannot be had or failed; then only files synced one by one can say which of them is lost.
 */
export async function syncFileSystem(path: string): Promise<boolean> {
  try {
    await promisify(execFile)('sync', ['-f', path]);
    return true;
  } catch {
    return false;
  }
}

/** As many at once as libuv has threads: the file system merges their flushes. */
export async function eachOf<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items[Symbol.iterator]();
  await Promise.all(Array.from({ length: 4 }, async () => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) await work(next.value);
  }));
}
