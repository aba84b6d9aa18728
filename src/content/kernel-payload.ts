import { decompress, detectCompression, type Compression, type CompressionFacts } from '../bytes/decompress.ts';
import type { Decompressed } from '../bytes/decompress-limits.ts';
import { isReadFailure, unsupported } from '../bytes/read-failure.ts';

/** The kernel proper inside a kernel image. */
export interface KernelPayload {
  offset: number;
  /** As the image states it, or as was read where it states nothing. */
  packedBytes: number;
  compression: Compression;
  facts: CompressionFacts;
  bytes: Buffer;
}

/** A kernel with everything built in has 100 MB; one with debug information is not made into an image. */
export const MAX_KERNEL_BYTES = 2 ** 29;

/** At a place and of a length that the image states. */
export function payloadAt(image: Buffer, offset: number, length: number): KernelPayload {
  const packed = image.subarray(offset, offset + length);
  const compression = detectCompression(packed) ?? unsupported('the kernel payload', `a payload that starts with ${packed.subarray(0, 6).toString('hex')}`);
  const { bytes, facts } = decompress(packed, compression, { place: 'the kernel payload', maxBytes: MAX_KERNEL_BYTES });
  return { offset, packedBytes: length, compression, facts, bytes };
}

const MAGICS: readonly (readonly [Compression, Buffer])[] = [
  ['gzip', Buffer.from([0x1f, 0x8b, 8])], ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0])], ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['bzip2', Buffer.from('BZh')], ['lz4', Buffer.from([0x02, 0x21, 0x4c, 0x18])], ['lzma', Buffer.from([0x5d, 0, 0])],
];
/** Machine code holds any three bytes; a hostile file holds them everywhere. */
const MOST_TRIES = 64;
/** Less is no kernel: a message, a configuration, a small archive. */
const LEAST_KERNEL_BYTES = 64 * 1024;

/** In an image that does not say where (ARM's zImage): the first stream that unpacks to something of a kernel's size. */
export function searchPayload(image: Buffer, from: number): KernelPayload | undefined {
  const places = MAGICS.flatMap(([compression, magic]) => occurrences(image, magic, from).map((offset) => ({ compression, offset }))).toSorted((a, b) => a.offset - b.offset);
  for (const { compression, offset } of places.slice(0, MOST_TRIES)) {
    const found = attempt(image.subarray(offset), compression);
    if (found !== undefined && found.bytes.length >= LEAST_KERNEL_BYTES) return { offset, compression, packedBytes: found.packedBytes, facts: found.facts, bytes: found.bytes };
  }
  return undefined;
}

function occurrences(image: Buffer, magic: Buffer, from: number): number[] {
  const offsets: number[] = [];
  for (let at = image.indexOf(magic, from); at >= 0 && offsets.length < MOST_TRIES; at = image.indexOf(magic, at + 1)) {
    if (detectCompression(image.subarray(at, at + 32)) !== undefined) offsets.push(at);
  }
  return offsets;
}

function attempt(packed: Buffer, compression: Compression): Decompressed<CompressionFacts> | undefined {
  try {
    return decompress(packed, compression, { place: 'a possible payload', maxBytes: MAX_KERNEL_BYTES });
  } catch (error) {
    if (isReadFailure(error)) return undefined;
    throw error;
  }
}
