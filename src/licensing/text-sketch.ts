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

/** FNV-1a with the last steps of MurmurHash3, so that the smallest hashes are a fair sample; ten times as fast as sha256, and nobody's proof. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
