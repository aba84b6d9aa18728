import { openFileSource } from '../bytes/file-source.ts';
import { contentsByDigest, type FoundContent } from '../compare/contents-by-digest.ts';
import { treesOf } from '../compare/explain-path.ts';
import { contentDetail } from '../detail/content-detail.ts';
import { DETAIL_LIMITS, type ContentDetail } from '../detail/detail.ts';
import type { Both } from '../foundation/both.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { isCoded } from '../foundation/failure.ts';
import { readImage } from '../readers/read-image.ts';
import type { LocalStore } from '../store/store.ts';
import type { ExplainedPair, OfImages } from './comparers.ts';

type BlobStore = Pick<LocalStore, 'blobFile' | 'hasBlob' | 'readBlobBytes' | 'statBlob'>;
type Find = (digest: Sha256) => FoundContent | undefined;

/** What exactly differs between contents, pair by pair: blobs of the store, else files in the images, which are read once for all of them. */
export async function explainPairs(pairs: readonly Both<Sha256>[], images: OfImages, store: BlobStore): Promise<ExplainedPair[]> {
  const closing: (() => void)[] = [];
  try {
    const find = {
      left: await found(pairs.map(({ left }) => left), images.left, store, closing),
      right: await found(pairs.map(({ right }) => right), images.right, store, closing),
    };
    const explained: ExplainedPair[] = [];
    for (const { left, right } of pairs) explained.push(await explainPair({ left: find.left(left), right: find.right(right) }));
    return explained;
  } finally {
    for (const close of closing) close();
  }
}

async function found(digests: readonly Sha256[], image: Sha256 | null, store: BlobStore, closing: (() => void)[]): Promise<Find> {
  const blobs = new Map<Sha256, FoundContent>();
  const elsewhere = new Set<Sha256>();
  for (const digest of digests) {
    const stat = await store.statBlob(digest);
    if (stat === undefined) elsewhere.add(digest);
    else blobs.set(digest, { sizeBytes: stat.sizeBytes, read: async () => Buffer.from(await store.readBlobBytes(digest)) });
  }
  const inImage = elsewhere.size === 0 || image === null || !await store.hasBlob(image) ? new Map<Sha256, FoundContent>() : filesIn(await store.blobFile(image), elsewhere, closing);
  return (digest) => blobs.get(digest) ?? inImage.get(digest);
}

/** Read as often as a file of it is asked for, so it stays open. */
function filesIn(path: string, wanted: ReadonlySet<Sha256>, closing: (() => void)[]): ReadonlyMap<Sha256, FoundContent> {
  const source = openFileSource(path);
  closing.push(() => { source.close(); });
  return contentsByDigest(treesOf(readImage(source)), wanted);
}

async function explainPair({ left, right }: Both<FoundContent | undefined>): Promise<ExplainedPair> {
  if (left === undefined || right === undefined) return { detail: nothingTold(`not at hand any more: the content on the ${left === undefined ? 'left' : 'right'}`), lasting: false };
  const largest = Math.max(left.sizeBytes, right.sizeBytes);
  if (largest > DETAIL_LIMITS.contentBytes) return { detail: nothingTold(`not looked into: ${largest} bytes`), lasting: true };
  try {
    return { detail: await contentDetail(await left.read(), await right.read()), lasting: true };
  } catch (error) {
    // One that is damaged leaves the others as they are.
    if (!isCoded(error) || error.name === 'Bug') throw error;
    return { detail: nothingTold(error.message), lasting: false };
  }
}

function nothingTold(problem: string): ContentDetail {
  return { kinds: { left: 'data', right: 'data' }, tables: [], lists: [], texts: [], inside: { items: [], more: 0 }, problems: [problem] };
}
