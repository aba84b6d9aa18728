import type { Both } from '../foundation/both.ts';
import type { FileEntry, PathBytes } from '../tree/entry.ts';
import type { Side } from './comparison.ts';
import { resolved } from './entry-classes.ts';
import { comparePairs, type Moves, type Unmatched } from './moves.ts';
import type { FileReader } from './read-files.ts';

/** Half of the bytes of the larger must be in the smaller. */
const LEAST_ALIKE = 0.5;
const MOST_FILES = 400;
const MOST_BYTES = 8 * 2 ** 20;
/** Of all files of a side. */
const MOST_TOTAL_BYTES = 32 * 2 ** 20;
const LEAST_BYTES = 64;
/** A chunk that many files have tells nothing of where one came from. */
const MOST_OWNERS = 20;
const CHUNK_BYTES = 128;
/** Chunks that are looked up, over all pairs: files of empty lines would take hours. */
const MOST_WORK = 20_000_000;

type Chunks = ReadonlyMap<string, number>;
interface Candidate { from: PathBytes; to: PathBytes; alike: number }

/** Files that moved and changed: only among those that no exact move explains, by the lines or strings they share. */
export async function similarMoves(sides: Both<Side>, unmatched: Unmatched, moves: Moves, reader: FileReader): Promise<Moves> {
  const arrived = new Set(moves.values());
  const left = await fingerprints(sides.left, unmatched.left.filter((path) => !moves.has(path)), reader);
  const right = left.size === 0 ? left : await fingerprints(sides.right, unmatched.right.filter((path) => !arrived.has(path)), reader);
  const found: Moves = new Map();
  const taken = new Set<PathBytes>();
  for (const { from, to } of candidates(left, right)) {
    if (found.has(from) || taken.has(to)) continue;
    found.set(from, to);
    taken.add(to);
  }
  return found;
}

async function fingerprints(side: Side, paths: readonly PathBytes[], reader: FileReader): Promise<Map<PathBytes, Chunks>> {
  const files = paths.filter((path) => { const entry = resolved(side.tree, path); return entry.kind === 'file' && entry.sizeBytes >= LEAST_BYTES && entry.sizeBytes <= MOST_BYTES; });
  const prints = new Map<PathBytes, Chunks>();
  const total = files.reduce((sum, path) => sum + (resolved(side.tree, path) as FileEntry).sizeBytes, 0);
  if (files.length > MOST_FILES || total > MOST_TOTAL_BYTES) return prints;
  for (const path of files) {
    const bytes = await reader.read(side, path);
    if (bytes !== undefined) prints.set(path, chunksOf(bytes));
  }
  return prints;
}

/** Ends where a line or a string does, so that what is put in shifts nothing. */
function chunksOf(bytes: Buffer): Chunks {
  const chunks = new Map<string, number>();
  for (let start = 0; start < bytes.length;) {
    let end = start;
    while (end < bytes.length && end - start < CHUNK_BYTES && bytes[end] !== 10 && bytes[end] !== 0) end++;
    const chunk = bytes.subarray(start, Math.min(end + 1, bytes.length));
    const key = chunk.toString('latin1');
    chunks.set(key, (chunks.get(key) ?? 0) + chunk.length);
    start += chunk.length;
  }
  return chunks;
}

function candidates(left: ReadonlyMap<PathBytes, Chunks>, right: ReadonlyMap<PathBytes, Chunks>): Candidate[] {
  const owners = new Map<string, PathBytes[]>();
  for (const [path, chunks] of left) for (const key of chunks.keys()) owners.set(key, [...(owners.get(key) ?? []).slice(0, MOST_OWNERS), path]);
  const found: Candidate[] = [];
  let work = MOST_WORK;
  for (const [to, chunks] of right) {
    const near = new Set([...chunks.keys()].flatMap((key) => { const of = owners.get(key) ?? []; return of.length > MOST_OWNERS ? [] : of; }));
    for (const from of near) {
      if ((work -= left.get(from)!.size + chunks.size) < 0) return [];
      const alike = alikeness(left.get(from)!, chunks);
      if (alike >= LEAST_ALIKE) found.push({ from, to, alike });
    }
  }
  return found.toSorted((a, b) => b.alike - a.alike || comparePairs([a.from, a.to], [b.from, b.to]));
}

function alikeness(a: Chunks, b: Chunks): number {
  let shared = 0;
  for (const [key, bytes] of a) shared += Math.min(bytes, b.get(key) ?? 0);
  const total = (chunks: Chunks): number => [...chunks.values()].reduce((sum, bytes) => sum + bytes, 0);
  return shared / Math.max(total(a), total(b), 1);
}
