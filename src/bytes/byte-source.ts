import { overLimit, truncated } from './read-failure.ts';

/** Bytes by offset. Sizes and offsets are whole numbers below 2^53. */
export interface ByteSource {
  readonly sizeBytes: number;
  /**
   * Exactly `length` bytes. They may be shared: never write into them.
   * Throws BYTES.TRUNCATED where the source ends earlier, BYTES.LIMIT above MAX_PIECE_BYTES.
   */
  read(offset: number, length: number): Buffer;
  /** As `read`, for bytes that are not kept: good until `room`, which holds as many, is used again. Absent: `read` costs no copy. */
  readInto?(offset: number, length: number, room: Buffer): Buffer;
  /** To go back costs: what is met is best looked at as a whole before what comes behind it. */
  readonly isForward?: boolean;
}

/** The most that is read, or held, in one piece. */
export const MAX_PIECE_BYTES = 64 * 2 ** 20;
const STREAM_PIECE_BYTES = 2 ** 20;
/** What is hashed or compared at once; from a larger piece, processors fetch a second time from memory. */
export const ROOM_BYTES = 2 ** 18;

/** Offsets come from the input: negative, fractional and enormous ones are refused alike. */
export function checkRange(sizeBytes: number, offset: number, length: number): void {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0 || offset + length > sizeBytes) {
    truncated(`byte ${offset}`, `and ${length} more were asked for, the input ends at byte ${sizeBytes}`);
  }
  if (length > MAX_PIECE_BYTES) overLimit(`byte ${offset}`, `starts a piece of ${length} bytes, allowed are ${MAX_PIECE_BYTES}`, MAX_PIECE_BYTES, length);
}

export function bufferSource(bytes: Uint8Array): ByteSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    sizeBytes: buffer.byteLength,
    read: (offset, length) => {
      checkRange(buffer.byteLength, offset, length);
      return buffer.subarray(offset, offset + length);
    },
  };
}

/** A part of a source, its own byte 0 at `offset`. Throws BYTES.TRUNCATED where the part is not all there. */
export function sliceSource(source: ByteSource, offset: number, sizeBytes: number): ByteSource {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(sizeBytes) || offset < 0 || sizeBytes < 0 || offset + sizeBytes > source.sizeBytes) {
    truncated(`the part from byte ${offset}`, `has ${sizeBytes} bytes, the input ends at byte ${source.sizeBytes}`);
  }
  return {
    sizeBytes,
    ...(source.isForward === true ? { isForward: true } : {}),
    read: (at, length) => {
      checkRange(sizeBytes, at, length);
      return source.read(offset + at, length);
    },
    ...(source.readInto === undefined ? {} : {
      readInto: (at: number, length: number, room: Buffer) => {
        checkRange(sizeBytes, at, length);
        return source.readInto!(offset + at, length, room);
      },
    }),
  };
}

/** Room for `bytes` or a piece of them. */
export function roomFor(bytes: number): Buffer {
  return Buffer.allocUnsafeSlow(Math.min(bytes, ROOM_BYTES));
}

/** Bytes that are good until `room` is used again; more than it holds are read as ever. */
export function borrow(source: ByteSource, offset: number, length: number, room: Buffer): Buffer {
  return source.readInto === undefined || length > room.byteLength ? source.read(offset, length) : source.readInto(offset, length, room);
}

/** A range piece by piece, each good until the next is asked for: one room serves them all. */
export function* streamOf(source: ByteSource, offset = 0, length = source.sizeBytes - offset, room = roomFor(length)): Generator<Buffer> {
  for (let at = 0; at < length; at += room.byteLength) yield borrow(source, offset + at, Math.min(room.byteLength, length - at), room);
}

/** A range piece by piece, each of at most 1 MiB; they may be kept. */
export function* piecesOf(source: ByteSource, offset = 0, length = source.sizeBytes - offset): Generator<Buffer> {
  for (let at = 0; at < length; at += STREAM_PIECE_BYTES) yield source.read(offset + at, Math.min(STREAM_PIECE_BYTES, length - at));
}

/** All of it in one piece, which may be larger than MAX_PIECE_BYTES: the caller has looked at its size. */
export function wholeOf(source: ByteSource): Buffer {
  const { sizeBytes } = source;
  if (source.readInto === undefined) return sizeBytes <= MAX_PIECE_BYTES ? source.read(0, sizeBytes) : Buffer.concat([...piecesOf(source)]);
  const bytes = Buffer.allocUnsafeSlow(sizeBytes);
  for (let at = 0; at < sizeBytes; at += STREAM_PIECE_BYTES) source.readInto(at, Math.min(STREAM_PIECE_BYTES, sizeBytes - at), bytes.subarray(at));
  return bytes;
}

/** At most `length` bytes from `offset`, fewer at the end: for looking at magic numbers. */
export function peek(source: ByteSource, offset: number, length: number): Buffer {
  if (offset >= source.sizeBytes) return Buffer.alloc(0);
  return source.read(offset, Math.min(length, source.sizeBytes - offset));
}
