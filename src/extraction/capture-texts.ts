import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { displayPath, pathBytes, type PathBytes } from '../tree/entry.ts';
import { fileAt, type Tree } from '../tree/tree.ts';
import type { ExtractionMeans } from './extraction-means.ts';
import { runTools } from './run-tools.ts';

/** Files wanted of one source archive in the store. */
export interface WantedTexts {
  source: Sha256;
  /** Its name, for messages. */
  file: string;
  /** As after unpacking the way steps do: without the top directory of a tar, with that of a zip. */
  paths: readonly string[];
}

export interface CapturedText {
  source: Sha256;
  path: string;
  /** The blob, in the store; null where the archive has no such file, or a link out of itself in its place. */
  text: Sha256 | null;
  sizeBytes: number;
}

/** Of one text; a license has some tens of KiB. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Takes files out of source archives with tools that are not ours, all of them in one container; each archive is read up
 * to the last wanted file. In the order asked for. Throws EXTRACTION.UNREADABLE, EXTRACTION.TEXT_TOO_LARGE,
 * EXTRACTION.RUN_FAILED, STORE.MISSING.
 */
export async function captureTexts(wanted: readonly WantedTexts[], means: ExtractionMeans): Promise<readonly CapturedText[]> {
  const asked = wanted.filter(({ paths }) => paths.length > 0);
  if (asked.length === 0) return [];
  const inputs = asked.map(({ source }, i) => ({ path: `archives/${i}`, sha256: source }));
  const jobs = asked.map(({ paths }, i) => ({ file: `archives/${i}`, paths }));
  const left = await runTools({ label: 'taking license texts', script: 'take-texts.py', inputs, jobs, output: 'texts' }, means);
  for (const [i, { file }] of asked.entries()) await refuseUnreadable(left, i, file, means);
  return asked.flatMap((one, i) => one.paths.map((path, j) => captured(one, path, left, `${i}/${j}`)));
}

function captured({ source, file }: WantedTexts, path: string, left: Tree, place: string): CapturedText {
  const found = fileAt(left, pathBytes(place));
  if (found === undefined) return { source, path, text: null, sizeBytes: 0 };
  if (found.sizeBytes > MOST_BYTES) {
    throw new Failure('EXTRACTION.TEXT_TOO_LARGE', `${file}: ${path} has more than ${MOST_BYTES} bytes, which is no license text`, { place: `${file}: ${path}` });
  }
  return { source, path, text: found.sha256, sizeBytes: found.sizeBytes };
}

async function refuseUnreadable(left: Tree, index: number, file: string, { store }: ExtractionMeans): Promise<void> {
  const failed = fileAt(left, pathBytes(`${index}/failed`));
  if (failed === undefined) return;
  const why = failed.sizeBytes > 64 * 1024 ? '' : Buffer.from(await store.readBlobBytes(failed.sha256)).toString('latin1');
  throw new Failure('EXTRACTION.UNREADABLE', `${file} cannot be read: ${displayPath(why as PathBytes)}`, { place: file });
}
