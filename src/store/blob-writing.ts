import { closeSync, unlinkSync } from 'node:fs';

import { BlobHasher, type BlobDigests, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { told, toldLater, unlessMissing } from './disk-fault.ts';
import { writeFully, type ObjectFiles } from './object-files.ts';
import type { BlobSource } from './store.ts';

export interface ExpectedBlob { sha256: Sha256; sizeBytes?: number }

/** Both digests of the source; whatever happens, `blobs` holds the whole blob under its digest or nothing new. */
export async function writeBlob(blobs: ObjectFiles, source: BlobSource, expected: ExpectedBlob | undefined): Promise<BlobDigests> {
  if (isBytes(source)) return await writeBytes(blobs, source, expected);
  // Known already: only check that the source says the same.
  if (expected !== undefined && isThere(blobs, expected)) return await hashStream(source, expected);
  return await writeStream(blobs, source, expected);
}

function isThere(blobs: ObjectFiles, expected: ExpectedBlob): boolean {
  const sizeBytes = blobs.touch(expected.sha256);
  return sizeBytes !== undefined && (expected.sizeBytes === undefined || expected.sizeBytes === sizeBytes);
}

/** By shape: under a test realm, `Uint8Array` is another class. */
function isBytes(source: BlobSource): source is Uint8Array {
  return ArrayBuffer.isView(source);
}

async function writeBytes(blobs: ObjectFiles, bytes: Uint8Array, expected: ExpectedBlob | undefined): Promise<BlobDigests> {
  const hasher = new BlobHasher();
  hasher.update(bytes);
  const digests = hasher.finish();
  checkExpected(digests, expected);
  await blobs.putBytes(bytes, digests.sha256);
  return digests;
}

async function hashStream(source: AsyncIterable<Uint8Array>, expected: ExpectedBlob): Promise<BlobDigests> {
  const hasher = new BlobHasher();
  for await (const chunk of source) hasher.update(chunk);
  const digests = hasher.finish();
  checkExpected(digests, expected);
  return digests;
}

async function writeStream(blobs: ObjectFiles, source: AsyncIterable<Uint8Array>, expected: ExpectedBlob | undefined): Promise<BlobDigests> {
  const temporary = blobs.beginTemporary();
  let committed = false;
  try {
    const hasher = new BlobHasher();
    let sizeBytes = 0;
    for await (const chunk of source) {
      sizeBytes += chunk.byteLength;
      // A hostile origin could send for ever: stop at the first byte too many.
      if (expected?.sizeBytes !== undefined && sizeBytes > expected.sizeBytes) throw tooLong(expected, sizeBytes);
      hasher.update(chunk);
      told('writing a blob', () => writeFully(temporary.fd, chunk));
    }
    const digests = hasher.finish();
    checkExpected(digests, expected);
    if (blobs.touch(digests.sha256) !== digests.sizeBytes) {
      await toldLater(`writing blob ${digests.sha256}`, async () => await blobs.commitTemporary(temporary, digests.sha256, digests.sizeBytes));
      committed = true;
    }
    return digests;
  } finally {
    closeSync(temporary.fd);
    if (!committed) unlessMissing(() => unlinkSync(temporary.path));
  }
}

function checkExpected(found: BlobDigests, expected: ExpectedBlob | undefined): void {
  if (expected === undefined) return;
  if (found.sha256 === expected.sha256 && (expected.sizeBytes === undefined || found.sizeBytes === expected.sizeBytes)) return;
  throw new Failure('STORE.DIGEST_MISMATCH', `expected sha256 ${expected.sha256}${sized(expected.sizeBytes)}, found ${found.sha256}${sized(found.sizeBytes)}`, {
    details: { expected: expected.sha256, expectedSizeBytes: expected.sizeBytes, found: found.sha256, foundSizeBytes: found.sizeBytes },
  });
}

function tooLong(expected: ExpectedBlob, sizeBytes: number): Failure {
  return new Failure('STORE.DIGEST_MISMATCH', `expected sha256 ${expected.sha256}${sized(expected.sizeBytes)}, but more bytes than that came`, {
    details: { expected: expected.sha256, expectedSizeBytes: expected.sizeBytes, foundAtLeastBytes: sizeBytes },
  });
}

function sized(sizeBytes: number | undefined): string {
  return sizeBytes === undefined ? '' : ` (${sizeBytes} bytes)`;
}

