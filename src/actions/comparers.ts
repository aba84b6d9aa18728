import { openFileSource } from '../bytes/file-source.ts';
import { compareImages } from '../compare/compare.ts';
import type { Comparison } from '../compare/comparison.ts';
import type { ContentDetail } from '../detail/detail.ts';
import type { Both } from '../foundation/both.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { LocalStore } from '../store/store.ts';
import type { ComparedOnRecord, RecordedBuild, RecordedComparer } from './compare-recorded.ts';
import type { DefinedSymbols } from './defined-symbols.ts';
import { isDirectory } from './is-directory.ts';

/** Whatever reads images and files of two sides: here, or in a thread. */
export interface Comparers {
  /** Two files, whatever they are, or directories. Throws BYTES.IO, COMPARE.NO_TREE. */
  files(left: string, right: string): Promise<Comparison>;
  /** Two builds from the record. Throws STORE.MISSING, STORE.DAMAGED. */
  builds(left: RecordedBuild, right: RecordedBuild): Promise<ComparedOnRecord>;
  /** A build's image of the same format as the file, else its tar, against the file. */
  buildWithFile(build: RecordedBuild, file: string, buildIsLeft: boolean): Promise<ComparedOnRecord>;
  /** The outline of an inventory, made and put into the store: what comparing asks of it. Throws STORE.MISSING, STORE.DAMAGED. */
  outline(inventory: Sha256): Promise<Sha256>;
  /** What exactly differs between contents, in the order of the pairs: of blobs, else of files that lie in the images. Throws STORE.DAMAGED, BYTES.IO. */
  contents(pairs: readonly Both<Sha256>[], images: OfImages): Promise<ExplainedPair[]>;
  /** Of the files, which are blobs, those that define a symbol; `unread` are too large, damaged or gone. */
  filesDefining(symbol: string, files: readonly { sha256: string; sizeBytes: number }[]): Promise<{ digests: string[]; unread: number }>;
}

/** Where files may lie that are in no store: images that are, by digest. */
export type OfImages = Both<Sha256 | null>;

/** `lasting`: the same whenever it is asked for; not where a content was not at hand. */
export interface ExplainedPair { detail: ContentDetail; lasting: boolean }

type BlobStore = Pick<LocalStore, 'blobFile' | 'hasBlob' | 'readBlobBytes' | 'statBlob'>;

/** In this thread: for a process that does nothing else. Without a store only files can be compared, and nothing else is loaded for them. */
export function comparersHere(store: BlobStore & Pick<LocalStore, 'readNode' | 'readBlob' | 'putBlob'>): Comparers {
  let opened: Promise<RecordedComparer> | undefined;
  const recorded = (): Promise<RecordedComparer> => opened ??= import('./compare-recorded.ts').then((room) => new room.RecordedComparer(store));
  let symbols: Promise<DefinedSymbols> | undefined;
  const defined = (): Promise<DefinedSymbols> => symbols ??= import('./defined-symbols.ts').then((room) => new room.DefinedSymbols(store));
  return {
    files: compareFilesHere,
    builds: async (left, right) => (await recorded()).compare(left, right),
    buildWithFile: async (build, file, buildIsLeft) => (await recorded()).compareWithFile(build, await formatOf(file), (image) => (buildIsLeft ? compareFilesHere(image, file) : compareFilesHere(file, image))),
    outline: async (inventory) => (await recorded()).outline(inventory),
    contents: async (pairs, images) => (await import('./explain-pairs.ts')).explainPairs(pairs, images, store),
    filesDefining: async (symbol, files) => (await defined()).filesDefining(symbol, files),
  };
}

/** Of the outermost layer that is known. */
async function formatOf(path: string): Promise<string> {
  const { detect } = await import('../readers/detect.ts');
  if (isDirectory(path)) return 'tar';
  const source = openFileSource(path);
  try {
    const format = detect(source);
    return typeof format === 'string' ? format : 'tar';
  } finally {
    source.close();
  }
}

export async function compareFilesHere(left: string, right: string): Promise<Comparison> {
  if (isDirectory(left) || isDirectory(right)) return (await import('./compare-directories.ts')).compareDirectories(left, right);
  const sources = [openFileSource(left), openFileSource(right)] as const;
  try {
    return await compareImages(sources[0], sources[1]);
  } finally {
    for (const source of sources) source.close();
  }
}
