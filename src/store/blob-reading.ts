import { createHash } from 'node:crypto';
import { closeSync, read } from 'node:fs';
import { promisify } from 'node:util';

import { BlobHasher, type BlobDigests, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { toldLater } from './disk-fault.ts';
import type { ObjectFiles, OpenObject } from './object-files.ts';

const readAt = promisify(read);
const CHUNK_BYTES = 256 * 1024;

export interface ByteRange { start: number; end: number }

/** The whole blob, checked after its last byte, or a range of it, unchecked. */
export async function* readBlobStream(blobs: ObjectFiles, digest: Sha256, range: ByteRange | undefined): AsyncGenerator<Uint8Array> {
  const opened = openOrFail(blobs, digest);
  try {
    if (range !== undefined) {
      checkRange(digest, range, opened.sizeBytes);
      yield* chunks(opened, range, digest);
      return;
    }
    const hash = createHash('sha256');
    for await (const chunk of chunks(opened, { start: 0, end: opened.sizeBytes }, digest)) {
      hash.update(chunk);
      yield chunk;
    }
    const found = hash.digest('hex');
    if (found !== digest) throw blobs.damaged(digest, found, opened.fd);
  } finally {
    closeSync(opened.fd);
  }
}

/** Both digests from the bytes on disk; refuses damage. */
export async function rehash(blobs: ObjectFiles, digest: Sha256): Promise<BlobDigests | undefined> {
  const opened = blobs.open(digest);
  if (opened === undefined) return undefined;
  try {
    const hasher = new BlobHasher();
    for await (const chunk of chunks(opened, { start: 0, end: opened.sizeBytes }, digest)) hasher.update(chunk);
    const digests = hasher.finish();
    if (digests.sha256 !== digest) throw blobs.damaged(digest, digests.sha256, opened.fd);
    return digests;
  } finally {
    closeSync(opened.fd);
  }
}

export function missing(what: string, digest: Sha256): Failure {
  return new Failure('STORE.MISSING', `${what} ${digest} is not in the store`, { details: { digest } });
}

function openOrFail(blobs: ObjectFiles, digest: Sha256): OpenObject {
  const opened = blobs.open(digest);
  if (opened === undefined) throw missing(blobs.what, digest);
  return opened;
}

async function* chunks(opened: OpenObject, range: ByteRange, digest: Sha256): AsyncGenerator<Buffer> {
  for (let at = range.start; at < range.end;) {
    const length = Math.min(CHUNK_BYTES, range.end - at);
    // A fresh buffer each time: whoever reads may keep the chunk.
    const { bytesRead, buffer } = await toldLater(`reading blob ${digest}`, async () => await readAt(opened.fd, Buffer.allocUnsafe(length), 0, length, at));
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function checkRange(digest: Sha256, range: ByteRange, sizeBytes: number): void {
  const { start, end } = range;
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end && end <= sizeBytes) return;
  throw new Failure('STORE.BAD_RANGE', `bytes ${start} to ${end} are not within blob ${digest} of ${sizeBytes} bytes`, { details: { start, end, sizeBytes } });
}
