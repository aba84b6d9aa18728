import type { Clock } from '../foundation/clock.ts';
import type { BlobDigests, Sha256 } from '../foundation/digest.ts';
import { Bug, Failure } from '../foundation/failure.ts';
import { sortedEntries } from '../foundation/order.ts';
import { displayPath } from '../tree/entry.ts';
import { decodeTree, encodeTree } from '../tree/node.ts';
import type { Tree } from '../tree/tree.ts';
import { isSameOutputs, type ActionFiles } from './action-files.ts';
import { missing, readBlobStream, rehash, type ByteRange } from './blob-reading.ts';
import { writeBlob, type ExpectedBlob } from './blob-writing.ts';
import { Breather } from './breather.ts';
import { Checkouts } from './checkouts.ts';
import { findGap, type Gap } from './closure.ts';
import type { DigestSums } from './digest-sums.ts';
import { collectGarbage } from './gc.ts';
import type { ObjectFiles } from './object-files.ts';
import type { StoreParts } from './parts.ts';
import type { ActionResult, BlobSource, CommittedAction, GcOptions, GcReport, LocalStore, StoreUpkeep, VerifyReport } from './store.ts';
import { verifyStore } from './verify.ts';

export class DiskStore implements LocalStore, StoreUpkeep {
  readonly #parts: StoreParts;
  readonly #clock: Clock;
  readonly #blobs: ObjectFiles;
  readonly #nodes: ObjectFiles;
  readonly #actions: ActionFiles;
  readonly #sums: DigestSums;
  readonly #checkouts: Checkouts;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.#clock = parts.clock;
    this.#blobs = parts.blobs;
    this.#nodes = parts.nodes;
    this.#actions = parts.actions;
    this.#sums = parts.sums;
    this.#checkouts = new Checkouts(parts);
  }

  async putBlob(source: BlobSource, expected?: ExpectedBlob): Promise<BlobDigests> {
    const digests = await writeBlob(this.#blobs, source, expected);
    this.#sums.add(digests);
    return digests;
  }

  async hasBlob(digest: Sha256): Promise<boolean> {
    return this.#blobs.touch(digest) !== undefined;
  }

  readBlob(digest: Sha256, range?: ByteRange): AsyncIterable<Uint8Array> {
    return readBlobStream(this.#blobs, digest, range);
  }

  async readBlobBytes(digest: Sha256): Promise<Uint8Array> {
    const bytes = this.#blobs.readBytes(digest);
    if (bytes === undefined) throw missing('blob', digest);
    return bytes;
  }

  async blobFile(digest: Sha256): Promise<string> {
    if (await rehash(this.#blobs, digest) === undefined) throw missing('blob', digest);
    return this.#blobs.pathOf(digest);
  }

  async statBlob(digest: Sha256): Promise<BlobDigests | undefined> {
    const sizeBytes = this.#blobs.sizeOf(digest);
    if (sizeBytes === undefined) return undefined;
    const known = this.#sums.find(digest);
    if (known?.sizeBytes === sizeBytes) return known;
    const found = await rehash(this.#blobs, digest);
    if (found !== undefined) this.#sums.add(found);
    return found;
  }

  async putTree(tree: Tree): Promise<Sha256> {
    await this.#checkFiles(tree);
    const breather = new Breather(this.#clock);
    const encoded = encodeTree(tree);
    // Children come before their parents: a node that is visible was complete, also after kill -9.
    for (const [digest, bytes] of encoded.nodes) {
      await this.#nodes.putBytes(bytes, digest);
      await breather.breathe();
    }
    await this.#settle();
    return encoded.root;
  }

  async getTree(digest: Sha256): Promise<Tree> {
    return await decodeTree(digest, async (node) => this.readNode(node));
  }

  readNode(digest: Sha256): Uint8Array {
    const bytes = this.#nodes.readBytes(digest);
    if (bytes === undefined) throw missing('directory node', digest);
    return bytes;
  }

  async getAction(key: Sha256): Promise<ActionResult | undefined> {
    const result = this.#actions.read(key);
    // Touched before it is looked through: see gc.ts, sentence 5.
    if (result === undefined || !this.#actions.touch(key)) return undefined;
    return await this.#gapIn(result) === undefined ? result : undefined;
  }

  async putAction(key: Sha256, result: ActionResult): Promise<CommittedAction> {
    const gap = await this.#gapIn(result);
    if (gap !== undefined) throw incomplete(`action ${key}`, gap);
    // Survives power loss: what the result names is on disk before the result is.
    await this.#settle();
    for (let attempt = 0; attempt < 10; attempt++) {
      if (await this.#actions.putFirst(key, result)) return { standing: result, equal: true };
      const standing = this.#actions.read(key);
      // Damaged and moved aside, or taken by gc: the place is free again.
      if (standing !== undefined && this.#actions.touch(key)) return await this.#compare(key, standing, result);
    }
    throw new Bug(`action ${key} could not be committed: its file comes and goes`);
  }

  async checkout(digest: Sha256, epochSeconds: number): Promise<string> {
    return await this.#checkouts.checkout(digest, epochSeconds, async () => await this.getTree(digest));
  }

  async verify(): Promise<VerifyReport> {
    return await verifyStore(this.#parts);
  }

  async gc(options: GcOptions): Promise<GcReport> {
    return await collectGarbage(this.#parts, options);
  }

  async #compare(key: Sha256, standing: ActionResult, offered: ActionResult): Promise<CommittedAction> {
    const equal = isSameOutputs(standing, offered);
    if (await this.#gapIn(standing) !== undefined) {
      if (!equal) await this.#actions.putEvidence(key, standing);
      await this.#actions.replace(key, offered);
      return { standing: offered, equal };
    }
    if (!equal) await this.#actions.putEvidence(key, offered);
    return { standing, equal };
  }

  async #settle(): Promise<void> {
    await Promise.all([this.#blobs.settle(), this.#nodes.settle()]);
  }

  /** Touches all that the result names. */
  async #gapIn(result: ActionResult): Promise<Gap | undefined> {
    const sources = {
      node: (digest: Sha256) => this.#nodes.touch(digest) === undefined ? undefined : this.#nodes.readSound(digest),
      fileSize: (digest: Sha256) => this.#blobs.touch(digest),
    };
    const complete = new Set<Sha256>();
    for (const [, output] of sortedEntries(result.outputs)) {
      const gap = await findGap(output, sources, this.#clock, complete);
      if (gap !== undefined) return gap;
    }
    return this.#blobs.touch(result.log) === undefined ? { path: 'log', what: 'file', digest: result.log } : undefined;
  }

  async #checkFiles(tree: Tree): Promise<void> {
    const breather = new Breather(this.#clock);
    for (const [path, entry] of tree.entries) {
      if (entry.kind !== 'file') continue;
      if (this.#blobs.touch(entry.sha256) !== entry.sizeBytes) throw incomplete('the tree', { path: displayPath(path), what: 'file', digest: entry.sha256 });
      await breather.breathe();
    }
  }
}

function incomplete(whole: string, gap: Gap): Failure {
  return new Failure('STORE.INCOMPLETE', `${whole} names ${gap.what} "${gap.path}" with digest ${gap.digest}, which is not in the store in that size`, {
    place: gap.path, details: { digest: gap.digest },
  });
}
