import { borrow, roomFor, streamOf, type ByteSource } from '../bytes/byte-source.ts';

/** Stops at the first byte that differs. */
export function sameBytes(a: ByteSource, b: ByteSource): boolean {
  return a.sizeBytes === b.sizeBytes && isBeginning(a, b);
}

/** The longer one starts with all of the shorter. */
export function isBeginning(shorter: ByteSource, longer: ByteSource): boolean {
  const room = roomFor(shorter.sizeBytes);
  let at = 0;
  for (const piece of streamOf(shorter)) {
    if (!piece.equals(borrow(longer, at, piece.byteLength, room))) return false;
    at += piece.byteLength;
  }
  return true;
}
