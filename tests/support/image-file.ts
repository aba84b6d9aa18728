import { open } from 'node:fs/promises';

/** Writes a stream to a file, zeros as holes: an image of a gigabyte then costs what its content does. */
export async function writeSparse(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'w');
  try {
    let at = 0;
    for await (const chunk of chunks) {
      if (Buffer.compare(chunk, ZEROS.subarray(0, chunk.byteLength)) !== 0) await file.write(chunk, 0, chunk.byteLength, at);
      at += chunk.byteLength;
    }
    await file.truncate(at);
  } finally {
    await file.close();
  }
}

const ZEROS = Buffer.alloc(2 ** 20);
