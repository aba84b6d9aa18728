import { overLimit } from './read-failure.ts';

/** How far one compressed stream may be blown up. */
export interface DecompressLimits {
  /** Names the stream in refusals, in the input's words. */
  place: string;
  /** Decompressed bytes of the whole stream. */
  maxBytes: number;
  /** Decompressed bytes for each compressed one; not looked at below RATIO_FREE_BYTES. */
  maxRatio?: number;
}

/** An empty file system of 4 GiB packs into less than 1 MiB; a stream made of nothing but an attack packs better. */
const DEFAULT_MAX_RATIO = 20_000;
/** What may come out of however little. */
const RATIO_FREE_BYTES = 64 * 2 ** 20;

/** A stream is held as a whole. */
const MOST_BYTES = 2 ** 31;

/** The bytes that may come out of `packedBytes`. */
export function allowedBytes({ maxBytes, maxRatio = DEFAULT_MAX_RATIO }: DecompressLimits, packedBytes: number): number {
  return Math.min(maxBytes, MOST_BYTES, Math.max(RATIO_FREE_BYTES, packedBytes * maxRatio));
}

export function tooMuch(place: string, allowed: number, found: number): never {
  overLimit(place, `decompresses to ${found} bytes or more, allowed are ${allowed}`, allowed, found);
}

export interface Decompressed<Facts> {
  bytes: Buffer;
  /** Bytes of the input that belong to the stream; what follows is not looked at. */
  packedBytes: number;
  facts: Facts;
}
