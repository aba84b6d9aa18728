import { roomFor } from '../bytes/byte-source.ts';
import { damaged } from '../bytes/read-failure.ts';
import type { ExtInode } from './ext-inode.ts';
import { runsOf } from './ext-runs.ts';
import type { ExtVolume } from './ext-volume.ts';
import type { Piece } from './hash-pieces.ts';

/** The bytes that an inode has in blocks, holes as their length; a piece is good until the next is asked for. */
export function* blockData(volume: ExtVolume, inode: ExtInode, room = roomFor(Math.max(inode.sizeBytes, volume.ext.blockBytes))): Generator<Piece> {
  const { blockBytes } = volume.ext;
  const blocks = Math.ceil(inode.sizeBytes / blockBytes);
  const perPiece = Math.max(1, Math.floor(room.byteLength / blockBytes));
  const place = `inode ${inode.number}`;
  let done = 0;
  for (const { logical, physical, count } of runsOf(volume, inode, blocks)) {
    if (logical >= blocks) break;
    if (logical * blockBytes > done) { yield logical * blockBytes - done; done = logical * blockBytes; }
    for (let i = 0; i < count && done < inode.sizeBytes; i += perPiece) {
      const length = Math.min(Math.min(perPiece, count - i) * blockBytes, inode.sizeBytes - done);
      yield physical === 0 ? length : volume.content(physical + i, length, place, room);
      done += length;
    }
  }
  if (inode.sizeBytes > done) yield inode.sizeBytes - done;
}

/** Pieces that are known to be few as one. */
export function joined(pieces: Iterable<Piece>): Buffer {
  return Buffer.concat(Array.from(pieces, (piece) => (typeof piece === 'number' ? Buffer.alloc(piece) : Buffer.from(piece))));
}

export function checkSmall(inode: ExtInode, limitBytes: number): void {
  if (inode.sizeBytes > limitBytes) damaged(`inode ${inode.number}`, `has ${inode.sizeBytes} bytes where at most ${limitBytes} are due`);
}
