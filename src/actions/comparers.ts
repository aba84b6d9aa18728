import { openFileSource } from '../bytes/file-source.ts';
import { compareImages } from '../compare/compare.ts';
import type { Comparison } from '../compare/comparison.ts';
import { detect } from '../readers/detect.ts';
import type { LocalStore } from '../store/store.ts';
import { RecordedComparer, type ComparedOnRecord, type RecordedBuild } from './compare-recorded.ts';

/** Whatever reads images and files of two sides: here, or in a thread. */
export interface Comparers {
  /** Two files, whatever they are. Throws BYTES.IO. */
  files(left: string, right: string): Promise<Comparison>;
  /** Two builds from the record. Throws STORE.MISSING, STORE.DAMAGED. */
  builds(left: RecordedBuild, right: RecordedBuild): Promise<ComparedOnRecord>;
  /** A build's image of the same format as the file, else its tar, against the file; `directory` is where the image is written to meanwhile. */
  buildWithFile(build: RecordedBuild, file: string, buildIsLeft: boolean, directory: string): Promise<ComparedOnRecord>;
}

/** In this thread: for a process that does nothing else. Without a store only files can be compared. */
export function comparersHere(store: Pick<LocalStore, 'readNode' | 'readBlob' | 'readBlobBytes'>): Comparers {
  const recorded = new RecordedComparer(store);
  return {
    files: compareFilesHere,
    builds: (left, right) => recorded.compare(left, right),
    buildWithFile: (build, file, buildIsLeft, directory) => recorded.compareWithFile(build, directory, formatOf(file), (image) => (buildIsLeft ? compareFilesHere(image, file) : compareFilesHere(file, image))),
  };
}

/** Of the outermost layer that is known. */
function formatOf(path: string): string {
  const source = openFileSource(path);
  try {
    const format = detect(source);
    return typeof format === 'string' ? format : 'tar';
  } finally {
    source.close();
  }
}

export async function compareFilesHere(left: string, right: string): Promise<Comparison> {
  const sources = [openFileSource(left), openFileSource(right)] as const;
  try {
    return await compareImages(sources[0], sources[1]);
  } finally {
    for (const source of sources) source.close();
  }
}
