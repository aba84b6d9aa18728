import { createHash, type Hash } from 'node:crypto';

import { ROOM_BYTES } from '../bytes/byte-source.ts';
import { damaged } from '../bytes/read-failure.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import type { PathBytes } from '../tree/entry.ts';
import { placeOf } from './place-of.ts';

/** A run of zeros that is not stored, as its length, or bytes that are. */
export type Piece = Uint8Array | number;

/** A file's bytes; `room`, where it is given, may be used for pieces, each good until the next is asked for. */
export type ReadPieces = (room?: Buffer) => Iterable<Piece>;

const ZEROS = new Uint8Array(ROOM_BYTES);
/** Contents are hashed one after the other. */
let room: Buffer | undefined;

/** The content must be as long as it says. Most files are one piece, which is hashed in one call. */
export function hashPieces(read: ReadPieces, sizeBytes: number, path: PathBytes): Sha256 {
  let whole: Sha256 | undefined;
  let hash: Hash | undefined;
  let seen = 0;
  for (const piece of filled(read(room ??= Buffer.allocUnsafeSlow(ROOM_BYTES)))) {
    seen += piece.byteLength;
    if (seen > sizeBytes) break;
    if (seen === sizeBytes && hash === undefined && whole === undefined) whole = sha256(piece);
    else (hash ??= createHash('sha256')).update(piece);
  }
  if (seen !== sizeBytes) damaged(placeOf(path), `states ${sizeBytes} bytes and holds ${seen > sizeBytes ? 'more' : seen}`);
  return whole ?? (hash?.digest('hex') as Sha256 | undefined) ?? sha256('');
}

/** Holes as zeros. */
export function* filled(pieces: Iterable<Piece>): Generator<Uint8Array> {
  for (const piece of pieces) {
    if (typeof piece !== 'number') { yield piece; continue; }
    for (let left = piece; left > 0; left -= ZEROS.byteLength) yield ZEROS.subarray(0, Math.min(left, ZEROS.byteLength));
  }
}
