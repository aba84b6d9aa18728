import type { ExtractionMeans } from '../extraction/extraction-means.ts';
import type { Yard } from './run-build.ts';
import type { Workshop } from './workshop.ts';

/** Foreign tools run in this version's own sandbox. */
export function extractionMeans({ runner, prepareSandbox }: Yard, { store, lock }: Pick<Workshop, 'store' | 'lock'>, signal: AbortSignal): ExtractionMeans {
  return { runner, prepareSandbox, sandbox: lock.rootTree, store, signal };
}
