import { createRequire } from 'node:module';

import type * as Lzma from '@napi-rs/lzma';

import { allowedBytes, tooMuch, type Decompressed, type DecompressLimits } from './decompress-limits.ts';
import { isXz, readXzStream, type XzStream } from './decompress-xz-shape.ts';
import { damaged, overLimit } from './read-failure.ts';

export interface XzFacts {
  compression: 'xz';
  streamCount: number;
  /** The first 64 streams, with their first 64 blocks. */
  streams: (XzStream & { blockCount: number })[];
}

const TOLD = 64;
/** A native library, and a runtime with threads in it: loaded for the first stream that wants it. */
let lzma: typeof Lzma | undefined;
const library = (): typeof Lzma => lzma ??= createRequire(import.meta.url)('@napi-rs/lzma') as typeof Lzma;
/** `xz -9` takes 2^26, the largest that kernels are packed with is 2^27. */
const MAX_DICTIONARY_BYTES = 2 ** 28;

/**
 * Streams one after the other, with the padding between them; ends before the first byte that belongs to neither.
 * The library has no limits of its own: it is only handed what was walked over and found to fit.
 */
export function unxz(input: Uint8Array, limits: DecompressLimits): Decompressed<XzFacts> {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  const pieces: Buffer[] = [];
  const facts: XzFacts = { compression: 'xz', streamCount: 0, streams: [] };
  let left = allowedBytes(limits, bytes.length);
  let at = 0;
  do {
    const stream = readXzStream(bytes, at, limits.place);
    pieces.push(unpack(bytes.subarray(at, at + stream.packedBytes), stream, left, limits.place));
    left -= stream.sizeBytes;
    at += stream.packedBytes;
    if (facts.streamCount++ < TOLD) facts.streams.push({ ...stream, blockCount: stream.blocks.length, blocks: stream.blocks.slice(0, TOLD) });
    while (at + 4 <= bytes.length && bytes.readUInt32LE(at) === 0) at += 4;
  } while (isXz(bytes, at));
  return { bytes: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces), packedBytes: at, facts };
}

function unpack(packed: Buffer, { sizeBytes, blocks }: XzStream, allowed: number, place: string): Buffer {
  if (sizeBytes > allowed) tooMuch(place, allowed, sizeBytes);
  const dictionary = blocks.flatMap(({ filters }) => filters).reduce((most, filter) => Math.max(most, filter.dictionaryBytes ?? 0), 0);
  if (dictionary > MAX_DICTIONARY_BYTES) overLimit(place, `wants a dictionary of ${dictionary} bytes, allowed are ${MAX_DICTIONARY_BYTES}`, MAX_DICTIONARY_BYTES, dictionary);
  const content = attempt(() => library().xz.decompressSync(packed), place);
  if (content.length !== sizeBytes) damaged(place, 'has an xz stream that states another length');
  return content;
}

function attempt(decompress: () => Buffer, place: string): Buffer {
  try {
    return decompress();
  } catch (error) {
    return damaged(place, 'holds xz data that are broken', error);
  }
}
