import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { pathBytes } from '../tree/entry.ts';
import { fileAt, type Tree } from '../tree/tree.ts';
import type { ExtractionMeans } from './extraction-means.ts';
import { canExtract } from './format-tools.ts';
import { parseListing, type Listing } from './read-listing.ts';
import { runTools } from './run-tools.ts';

/** An image of a root file system, in the store. */
export interface ExtractableImage { name: string; format: string; sha256: Sha256 }

/** What foreign tools told of one image. */
export type Extracted = { image: string; format: string } & Listing;

/**
 * Unpacks every image with tools that are not ours, all of them in one container, and says what was in each, by name.
 * An image that a tool does not take is `failed`. Throws EXTRACTION.RUN_FAILED, EXTRACTION.BAD_LISTING, STORE.MISSING.
 */
export async function reExtract(images: readonly ExtractableImage[], means: ExtractionMeans): Promise<ReadonlyMap<string, Extracted>> {
  const known = images.filter(({ format }) => canExtract(format));
  const listings = known.length === 0 ? [] : await listImages(known, means);
  return new Map(images.map((image): [string, Extracted] => {
    const listing = listings[known.indexOf(image)] ?? { failed: `no tool of the sandbox unpacks the format "${image.format}"` };
    return [image.name, { image: image.name, format: image.format, ...listing }];
  }));
}

async function listImages(images: readonly ExtractableImage[], means: ExtractionMeans): Promise<Listing[]> {
  const inputs = images.map(({ sha256 }, i) => ({ path: `images/${i}`, sha256 }));
  const jobs = images.map(({ format }, i) => ({ format, file: `images/${i}` }));
  const left = await runTools({ label: 'unpacking images', script: 'list-images.py', inputs, jobs, output: 'listings' }, means);
  return Promise.all(images.map(({ name }, i) => listingAt(left, i, name, means)));
}

async function listingAt(left: Tree, index: number, name: string, { store }: ExtractionMeans): Promise<Listing> {
  const file = fileAt(left, pathBytes(String(index)));
  if (file === undefined) throw new Failure('EXTRACTION.BAD_LISTING', `there is no listing of ${name}`, { place: name });
  return parseListing(store.readBlob(file.sha256), name);
}
