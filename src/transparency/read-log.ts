import { Failure } from '../foundation/failure.ts';
import { consistencyProof, inclusionProof } from './proof.ts';
import { TILE_WIDTH, type LogReader, type StoredCheckpoint, type StoredEntry } from './storage.ts';
import { nodesFromTiles, storedTiles, tileWidth } from './tiles.ts';
import type { TileAddress } from './tile-path.ts';
import { encodeTlogProof } from './tlog-proof.ts';

const LENGTH_BYTES = 2;

/** The offline proof of one entry under the newest checkpoint, the entry itself as its extra data. Throws TRANSPARENCY.NOT_LOGGED. */
export async function proveEntry(log: LogReader, index: number): Promise<string> {
  const checkpoint = await log.latestCheckpoint();
  const [stored] = await log.entries(index, 1);
  if (checkpoint === undefined || stored === undefined || index >= checkpoint.treeSize) {
    throw new Failure('TRANSPARENCY.NOT_LOGGED', `entry ${index} is under no checkpoint`);
  }
  const path = await inclusionProof(nodesFromTiles(storedTiles(log), checkpoint.treeSize), index, checkpoint.treeSize);
  return encodeTlogProof({ extra: stored.entry, index, path }, checkpoint.note);
}

/** That the tree of `from` leaves is the beginning of that of `to`. Throws TRANSPARENCY.NOT_LOGGED. */
export async function proveGrowth(log: LogReader, from: number, to: number): Promise<Buffer[]> {
  if (from < 1 || from > to || to > await log.size()) throw new Failure('TRANSPARENCY.NOT_LOGGED', `the log has no trees of ${from} and ${to} leaves`);
  return consistencyProof(nodesFromTiles(storedTiles(log), to), from, to);
}

/** What lies at an address below `tile/`, under the newest checkpoint; undefined for nothing. */
export async function readTile(log: LogReader, { level, number, width }: TileAddress): Promise<Buffer | undefined> {
  const checkpoint = await log.latestCheckpoint();
  if (checkpoint === undefined || width > tileWidth(checkpoint.treeSize, level === 'entries' ? 0 : level, number)) return undefined;
  if (level === 'entries') return encodeEntryBundle(await log.entries(number * TILE_WIDTH, width));
  return Buffer.from(await storedTiles(log).hashes(level, number, width));
}

/** Each entry behind its length in two bytes, big-endian (C2SP tlog-tiles, "Log entries"). */
export function encodeEntryBundle(entries: readonly Pick<StoredEntry, 'entry'>[]): Buffer {
  return Buffer.concat(entries.flatMap(({ entry }) => {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt16BE(entry.byteLength);
    return [length, entry];
  }));
}

/** Throws TRANSPARENCY.BAD_ENTRY. */
export function parseEntryBundle(bytes: Uint8Array, place: string): Buffer[] {
  const bundle = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Buffer[] = [];
  for (let at = 0; at < bundle.byteLength;) {
    const start = at + LENGTH_BYTES;
    const end = start <= bundle.byteLength ? start + bundle.readUInt16BE(at) : Infinity;
    if (end > bundle.byteLength) throw new Failure('TRANSPARENCY.BAD_ENTRY', `${place} is cut off at byte ${at}`, { place });
    entries.push(bundle.subarray(start, end));
    at = end;
  }
  return entries;
}

/** The newest checkpoint's note, as it is served. Throws TRANSPARENCY.NOT_LOGGED before the first. */
export async function readCheckpoint(log: LogReader): Promise<StoredCheckpoint> {
  return await log.latestCheckpoint() ?? neverPublished();
}

function neverPublished(): never {
  throw new Failure('TRANSPARENCY.NOT_LOGGED', 'this log has no checkpoint yet');
}
