import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Content in a file of its own below the directory, gone afterwards. */
export async function withTemporaryFile<T>(directory: string, name: string, content: AsyncIterable<Uint8Array>, use: (path: string) => Promise<T>): Promise<T> {
  await mkdir(directory, { recursive: true });
  const own = await mkdtemp(join(directory, 'file-'));
  try {
    const path = join(own, name);
    await pipeline(content, createWriteStream(path, { flags: 'wx' }));
    return await use(path);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}
