import { createHash } from 'node:crypto';

/** Runs of so many words are compared. */
const RUN = 3;
/** So many of the smallest hashes stand for a text; the share of them that another text has is exact to ±4 in a hundred at worst. */
export const SKETCH_SIZE = 128;

/** Every run of three words of a normalised text, as 32-bit hashes; a shorter text is one run. */
export function runsOf(normalized: string): ReadonlySet<number> {
  const words = normalized.split(' ');
  const count = Math.max(1, words.length - RUN + 1);
  return new Set(Array.from({ length: count }, (_, at) => hash32(words.slice(at, at + RUN).join(' '))));
}

/** A fair sample of the runs: the same runs are in every text's sample or in none. Sorted. */
export function sketchOf(runs: ReadonlySet<number>): Uint32Array {
  return Uint32Array.from([...runs].toSorted((a, b) => a - b).slice(0, SKETCH_SIZE));
}

function hash32(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0);
}
