import { canonicalJson } from '../../src/foundation/canonical-json.ts';
import { systemClock } from '../../src/foundation/clock.ts';
import { BlobHasher, sha256, type BlobDigests, type Sha256 } from '../../src/foundation/digest.ts';
import { Failure, Fault } from '../../src/foundation/failure.ts';
import { sortedEntries } from '../../src/foundation/order.ts';
import { findGap, type Gap } from '../../src/store/closure.ts';
import type { ActionResult, BlobSource, CommittedAction, Store } from '../../src/store/store.ts';
import { displayPath } from '../../src/tree/entry.ts';
import { decodeTree, encodeTree } from '../../src/tree/node.ts';
import type { Tree } from '../../src/tree/tree.ts';

/** A `Store` without a disk, held to the same contract suite; for unit tests of other rooms. */
export class MemoryStore implements Store {
  readonly blobs = new Map<Sha256, { bytes: Uint8Array; digests: BlobDigests }>();
  readonly nodes = new Map<Sha256, Uint8Array>();
  readonly actions = new Map<Sha256, ActionResult>();
  /** Later executions that differed, by key. */
  readonly evidence = new Map<Sha256, ActionResult[]>();

  async putBlob(source: BlobSource, expected?: { sha256: Sha256; sizeBytes?: number }): Promise<BlobDigests> {
    const bytes = await collect(source, expected?.sizeBytes);
    const digests = digestsOf(bytes);
    if (expected !== undefined && (digests.sha256 !== expected.sha256 || (expected.sizeBytes ?? digests.sizeBytes) !== digests.sizeBytes)) {
      throw new Failure('STORE.DIGEST_MISMATCH', `expected ${expected.sha256}, found ${digests.sha256}`, {
        details: { expected: expected.sha256, expectedSizeBytes: expected.sizeBytes, found: digests.sha256, foundSizeBytes: digests.sizeBytes },
      });
    }
    if (!this.blobs.has(digests.sha256)) this.blobs.set(digests.sha256, { bytes, digests });
    return digests;
  }

  async hasBlob(digest: Sha256): Promise<boolean> {
    return this.blobs.has(digest);
  }

  async* readBlob(digest: Sha256, range?: { start: number; end: number }): AsyncGenerator<Uint8Array> {
    const bytes = this.#blob(digest);
    if (range === undefined) {
      yield bytes;
      this.#check(digest, bytes);
      return;
    }
    if (!(range.start >= 0 && range.start <= range.end && range.end <= bytes.byteLength)) throw new Failure('STORE.BAD_RANGE', 'not within the blob');
    yield bytes.subarray(range.start, range.end);
  }

  async readBlobBytes(digest: Sha256): Promise<Uint8Array> {
    const bytes = this.#blob(digest);
    this.#check(digest, bytes);
    return bytes;
  }

  async statBlob(digest: Sha256): Promise<BlobDigests | undefined> {
    return this.blobs.get(digest)?.digests;
  }

  async putTree(tree: Tree): Promise<Sha256> {
    for (const [path, entry] of tree.entries) {
      if (entry.kind === 'file' && this.blobs.get(entry.sha256)?.bytes.byteLength !== entry.sizeBytes) throw incomplete({ path: displayPath(path), what: 'file', digest: entry.sha256 });
    }
    const encoded = encodeTree(tree);
    for (const [digest, bytes] of encoded.nodes) this.nodes.set(digest, bytes);
    return encoded.root;
  }

  async getTree(digest: Sha256): Promise<Tree> {
    return await decodeTree(digest, async (node) => {
      const bytes = this.nodes.get(node);
      if (bytes === undefined) throw new Failure('STORE.MISSING', `directory node ${node} is not in the store`, { details: { digest: node } });
      return bytes;
    });
  }

  async getAction(key: Sha256): Promise<ActionResult | undefined> {
    const result = this.actions.get(key);
    return result === undefined || await this.#gapIn(result) !== undefined ? undefined : result;
  }

  async putAction(key: Sha256, result: ActionResult): Promise<CommittedAction> {
    const gap = await this.#gapIn(result);
    if (gap !== undefined) throw incomplete(gap);
    const found = this.actions.get(key);
    const equal = found === undefined || canonicalJson(found.outputs) === canonicalJson(result.outputs);
    const standing = found === undefined || await this.#gapIn(found) !== undefined ? result : found;
    this.actions.set(key, standing);
    if (!equal) this.evidence.set(key, [...this.evidence.get(key) ?? [], standing === result ? found : result]);
    return { standing, equal };
  }

  /** Flips a bit of a stored blob, as a bad disk would. */
  damage(digest: Sha256): void {
    const stored = this.blobs.get(digest)!;
    const bytes = Uint8Array.from(stored.bytes);
    bytes[0]! ^= 1;
    this.blobs.set(digest, { ...stored, bytes });
  }

  #blob(digest: Sha256): Uint8Array {
    const stored = this.blobs.get(digest);
    if (stored === undefined) throw new Failure('STORE.MISSING', `blob ${digest} is not in the store`, { details: { digest } });
    return stored.bytes;
  }

  #check(digest: Sha256, bytes: Uint8Array): void {
    if (sha256(bytes) === digest) return;
    this.blobs.delete(digest);
    throw new Fault('STORE.DAMAGED', `blob ${digest} is damaged`);
  }

  async #gapIn(result: ActionResult): Promise<Gap | undefined> {
    const sources = { node: (digest: Sha256) => this.nodes.get(digest), fileSize: (digest: Sha256) => this.blobs.get(digest)?.bytes.byteLength };
    const complete = new Set<Sha256>();
    for (const [, output] of sortedEntries(result.outputs)) {
      const gap = await findGap(output, sources, systemClock, complete);
      if (gap !== undefined) return gap;
    }
    return this.blobs.has(result.log) ? undefined : { path: 'log', what: 'file', digest: result.log };
  }
}

async function collect(source: BlobSource, maxBytes: number | undefined): Promise<Uint8Array> {
  if (ArrayBuffer.isView(source)) return Uint8Array.from(source);
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of source) {
    chunks.push(Uint8Array.from(chunk));
    sizeBytes += chunk.byteLength;
    if (maxBytes !== undefined && sizeBytes > maxBytes) throw new Failure('STORE.DIGEST_MISMATCH', 'more bytes than expected');
  }
  return Buffer.concat(chunks);
}

function digestsOf(bytes: Uint8Array): BlobDigests {
  const hasher = new BlobHasher();
  hasher.update(bytes);
  return hasher.finish();
}

function incomplete(gap: Gap): Failure {
  return new Failure('STORE.INCOMPLETE', `"${gap.path}" with digest ${gap.digest} is not in the store`, { place: gap.path, details: { digest: gap.digest } });
}
