import { BlobHasher, type BlobDigests, type Sha256 } from '../../src/foundation/digest.ts';
import { Fault } from '../../src/foundation/failure.ts';
import type { BlobSource, Store } from '../../src/store/store.ts';

/** The blob half of a store, in memory: for tests of rooms that only read or put content. */
export class MemoryBlobs implements Pick<Store, 'putBlob' | 'readBlob'> {
  readonly blobs = new Map<Sha256, Buffer>();

  async putBlob(source: BlobSource): Promise<BlobDigests> {
    const hasher = new BlobHasher();
    const chunks: Uint8Array[] = [];
    for await (const chunk of source instanceof Uint8Array ? [source] : source) {
      hasher.update(chunk);
      chunks.push(Buffer.from(chunk));
    }
    const digests = hasher.finish();
    this.blobs.set(digests.sha256, Buffer.concat(chunks));
    return digests;
  }

  async* readBlob(digest: Sha256): AsyncIterable<Uint8Array> {
    const blob = this.blobs.get(digest);
    if (blob === undefined) throw new Fault('FOUNDATION.BUG', `no blob ${digest}`);
    for (let at = 0; at < blob.byteLength; at += 65_536) yield blob.subarray(at, at + 65_536);
  }
}
