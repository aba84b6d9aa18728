import { ROOM_BYTES } from '../bytes/byte-source.ts';
import { filled, type ReadPieces } from './hash-pieces.ts';

const NONE = new Uint8Array(0);
/** Contents are compared two at a time. */
let rooms: readonly [Buffer, Buffer] | undefined;

/** Whether both contents are `sizeBytes` long and the same; the pieces they come in need not be. Reads no further than to the first difference. */
export function samePieces(left: ReadPieces, right: ReadPieces, sizeBytes: number): boolean {
  const [leftRoom, rightRoom] = rooms ??= [Buffer.allocUnsafeSlow(ROOM_BYTES), Buffer.allocUnsafeSlow(ROOM_BYTES)];
  const sides = [filled(left(leftRoom)), filled(right(rightRoom))] as const;
  let [a, b]: Uint8Array[] = [NONE, NONE];
  for (let seen = 0; ;) {
    a = next(a!, sides[0]);
    b = next(b!, sides[1]);
    const length = Math.min(a.byteLength, b.byteLength);
    if (length === 0) return seen === sizeBytes && a.byteLength === b.byteLength;
    seen += length;
    if (seen > sizeBytes || Buffer.compare(a.subarray(0, length), b.subarray(0, length)) !== 0) return false;
    a = a.subarray(length);
    b = b.subarray(length);
  }
}

/** What is left of a piece, or the next one that holds anything; none at the end. */
function next(piece: Uint8Array, pieces: Iterator<Uint8Array>): Uint8Array {
  for (let at = piece; ;) {
    if (at.byteLength > 0) return at;
    const step = pieces.next();
    if (step.done === true) return NONE;
    at = step.value;
  }
}
