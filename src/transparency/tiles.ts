import { Fault } from '../foundation/failure.ts';
import { nodeHash } from './hashing.ts';
import type { NodeSource } from './proof.ts';
import { HASH_BYTES, TILE_WIDTH, type LogReader } from './storage.ts';

/** Levels of the tree that one tile stands for. */
const TILE_HEIGHT = 8;

/** The first `width` hashes of a tile, full or not. */
export interface TileSource {
  hashes(level: number, number: number, width: number): Promise<Uint8Array>;
}

/** Nodes of the tree of `size` leaves, from its tiles: a proof reads a handful of them, however large the log. */
export function nodesFromTiles(tiles: TileSource, size: number): NodeSource {
  const read = new Map<string, Promise<Uint8Array>>();
  const tile = (level: number, number: number): Promise<Uint8Array> => {
    const key = `${level}/${number}`;
    const known = read.get(key) ?? tiles.hashes(level, number, tileWidth(size, level, number));
    read.set(key, known);
    return known;
  };
  return {
    node: async (level, index) => {
      const within = level % TILE_HEIGHT;
      const first = index * 2 ** within;
      const hashes = await tile(Math.floor(level / TILE_HEIGHT), Math.floor(first / TILE_WIDTH));
      const offset = (first % TILE_WIDTH) * HASH_BYTES;
      return perfectRoot(hashes.subarray(offset, offset + 2 ** within * HASH_BYTES));
    },
  };
}

/** How many hashes a tile has in the tree of `size` leaves; at most 256, 0 or less where it has no tile there. */
export function tileWidth(size: number, level: number, number: number): number {
  return Math.min(TILE_WIDTH, Math.floor(size / TILE_WIDTH ** level) - number * TILE_WIDTH);
}

/** How many full tiles a level of the tree of `size` leaves has. */
export function fullTiles(size: number, level: number): number {
  return Math.floor(size / TILE_WIDTH ** (level + 1));
}

/** Root over 2^n hashes that stand one behind the other. */
export function perfectRoot(hashes: Uint8Array): Buffer {
  let row: Uint8Array[] = [];
  for (let at = 0; at < hashes.byteLength; at += HASH_BYTES) row.push(hashes.subarray(at, at + HASH_BYTES));
  while (row.length > 1) row = Array.from({ length: row.length / 2 }, (_, i) => nodeHash(row[2 * i]!, row[2 * i + 1]!));
  return Buffer.from(row[0]!);
}

/** Roots of full tiles by address: they never change, so whoever asks often keeps them. */
export type TileRoots = Map<string, Buffer>;

/** A partial tile of a high level stands on up to 255 full ones: 65,000 hashes, which a proof does not make twice. */
const KNOWN_ROOTS = new WeakMap<LogReader, TileRoots>();

function knownRoots(log: LogReader): TileRoots {
  const known = KNOWN_ROOTS.get(log) ?? new Map<string, Buffer>();
  KNOWN_ROOTS.set(log, known);
  return known;
}

/** Tiles of a storage: full ones as they are kept, partial ones put together from what lies below them. */
export function storedTiles(log: LogReader, roots: TileRoots = knownRoots(log)): TileSource {
  const rootOf = async (level: number, number: number): Promise<Buffer> => {
    const key = `${level}/${number}`;
    const known = roots.get(key) ?? perfectRoot(await log.tile(level, number) ?? missing(`tile ${key}`));
    roots.set(key, known);
    return known;
  };
  const belowTile = async (level: number, number: number, width: number): Promise<Uint8Array> => {
    const first = number * TILE_WIDTH;
    if (level > 0) return Buffer.concat(await Promise.all(Array.from({ length: width }, (_, i) => rootOf(level - 1, first + i))));
    const hashes = await log.leafHashes(first, width);
    return hashes.byteLength === width * HASH_BYTES ? hashes : missing(`leaves from ${first} on`);
  };
  return {
    hashes: async (level, number, width) => (width === TILE_WIDTH ? await log.tile(level, number) : undefined) ?? belowTile(level, number, width),
  };
}

function missing(what: string): never {
  throw new Fault('TRANSPARENCY.DAMAGED', `the log lacks ${what}`, { hint: 'Run `log fsck`.' });
}
