import { sha256 } from '../foundation/digest.ts';
import type { Store } from '../store/store.ts';
import { type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { makeTree, type Tree } from '../tree/tree.ts';
import { readTar, type FileSink, type TarOptions } from './read-tar.ts';

export interface TarPolicy extends TarOptions {
  /** What is kept of an entry: a collector sets owners to 0:0 and clears setuid here. May throw to refuse. */
  adjust?: (path: PathBytes, entry: TreeEntry) => TreeEntry;
}

/** Files up to this size are put beside each other; larger ones stream through, one at a time. */
const SMALL_FILE_BYTES = 256 * 1024;
const PARALLEL_PUTS = 8;

/**
 * The tree that an archive holds, its files put into the store; every error of `readTar`. After a failure the store
 * may hold blobs that no tree names, which `gc` takes.
 */
export async function treeFromTar(source: AsyncIterable<Uint8Array>, store: Pick<Store, 'putBlob'>, policy: TarPolicy): Promise<Tree> {
  const puts = new PendingPuts(store);
  const entries: [PathBytes, TreeEntry][] = [];
  const adjust = policy.adjust ?? ((_path: PathBytes, entry: TreeEntry): TreeEntry => entry);
  try {
    for await (const { path, entry } of readTar(source, policy, puts.sink)) entries.push([path, adjust(path, entry)]);
  } finally {
    await puts.settled();
  }
  puts.rethrow();
  return makeTree(entries);
}

class PendingPuts {
  readonly #store: Pick<Store, 'putBlob'>;
  readonly #running = new Set<Promise<void>>();
  #failed: { error: unknown } | undefined;

  constructor(store: Pick<Store, 'putBlob'>) {
    this.#store = store;
  }

  readonly sink: FileSink = async (file, content) => {
    if (file.sizeBytes > SMALL_FILE_BYTES) return this.#store.putBlob(content);
    const bytes = await collect(content);
    const digest = sha256(bytes);
    while (this.#running.size >= PARALLEL_PUTS) await Promise.race(this.#running);
    this.rethrow();
    this.#start(this.#store.putBlob(bytes, { sha256: digest, sizeBytes: bytes.byteLength }));
    return { sha256: digest, sizeBytes: bytes.byteLength };
  };

  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  rethrow(): void {
    if (this.#failed !== undefined) throw this.#failed.error;
  }

  #start(put: Promise<unknown>): void {
    const running = put.then(() => undefined, (error: unknown) => { this.#failed ??= { error }; }).then(() => { this.#running.delete(running); });
    this.#running.add(running);
  }
}

/** A copy: the chunks belong to the reader. */
async function collect(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}
