import type { Sha256 } from '../foundation/digest.ts';
import { Bug } from '../foundation/failure.ts';
import { examineContent } from '../inventory/examine-content.ts';
import type { ContentFacts } from '../inventory/inventory-facts.ts';
import { isLoaderConfiguration, parseLoaderConfiguration } from '../inventory/loader-configuration.ts';
import type { Store } from '../store/store.ts';
import { comparePaths, type Tree } from '../tree/tree.ts';

/** A larger file is not held in memory; the largest kernel module or program that is known has less. */
const MAX_HELD_BYTES = 256 * 2 ** 20;
/** Files are small and waiting for the disk is most of the work. */
const READ_AT_ONCE = 8;

export type ContentStore = Pick<Store, 'readBlobBytes' | 'statBlob'>;

/** What each distinct file of a tree is, by its digest. */
export async function examineFiles({ entries }: Tree, store: ContentStore): Promise<Record<Sha256, ContentFacts>> {
  const digests = [...new Set([...entries.values()].flatMap((entry) => entry.kind === 'file' ? [entry.sha256] : []))];
  const waiting = digests.toReversed();
  const found: Record<Sha256, ContentFacts> = {};
  const work = async (): Promise<void> => {
    for (let digest = waiting.pop(); digest !== undefined; digest = waiting.pop()) found[digest] = await examineBlob(digest, store);
  };
  await Promise.all(Array.from({ length: READ_AT_ONCE }, work));
  return found;
}

async function examineBlob(digest: Sha256, store: ContentStore): Promise<ContentFacts> {
  const known = await store.statBlob(digest);
  if (known === undefined) throw new Bug(`the file ${digest} of a root on record is not in the store`);
  const { sha512, sizeBytes } = known;
  if (sizeBytes > MAX_HELD_BYTES) return { sha512, content: { kind: 'unread', reason: `it has ${sizeBytes} bytes, and at most ${MAX_HELD_BYTES} are read` } };
  return { sha512, content: examineContent(Buffer.from(await store.readBlobBytes(digest))) };
}

/** In byte order of the files' paths, as a loader's own file includes them. */
export async function loaderPathsOf({ entries }: Tree, store: ContentStore): Promise<string[]> {
  const files = [...entries].filter(([path]) => isLoaderConfiguration(path)).toSorted(([a], [b]) => comparePaths(a, b));
  const paths: string[] = [];
  for (const [, entry] of files) if (entry.kind === 'file') paths.push(...parseLoaderConfiguration(Buffer.from(await store.readBlobBytes(entry.sha256)).toString('latin1')));
  return paths;
}
