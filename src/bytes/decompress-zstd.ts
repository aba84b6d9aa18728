import { zstdDecompressSync } from 'node:zlib';

import { allowedBytes, tooMuch, type Decompressed, type DecompressLimits } from './decompress-limits.ts';
import { refuseZlib } from './decompress-gzip.ts';
import { damaged, overLimit, truncated, unsupported } from './read-failure.ts';

/** One frame (RFC 8878, 3.1), as its header says. */
export interface ZstdFrame {
  /** The memory that unpacking takes. */
  windowBytes: number;
  /** What the packer states; many do not. */
  statedBytes?: number;
  checksum: boolean;
  blocks: number;
  packedBytes: number;
  sizeBytes: number;
}

export interface ZstdFacts {
  compression: 'zstd';
  frameCount: number;
  /** The first 64. */
  frames: ZstdFrame[];
  /** Of skippable frames, their headers included. */
  skippedBytes: number;
}

const MAGIC = 0xfd2fb528;
const FRAMES_TOLD = 64;
/** What the kernel's and zstd's own readers take without being asked: 2^27. */
const MAX_WINDOW_BYTES = 2 ** 27;
const MOST_BLOCK_BYTES = 2 ** 17;
const CHUNK_BYTES = 2 ** 14;

export function isZstd(bytes: Uint8Array, at = 0): boolean {
  return u32(bytes, at) === MAGIC;
}

/** Frames one after the other, skippable ones among them; ends before the first byte that starts none. */
export function unzstd(input: Uint8Array, limits: DecompressLimits): Decompressed<ZstdFacts> {
  const pieces: Buffer[] = [];
  const facts: ZstdFacts = { compression: 'zstd', frameCount: 0, frames: [], skippedBytes: 0 };
  let left = allowedBytes(limits, input.length);
  let at = 0;
  while (isZstd(input, at) || isSkippable(input, at)) {
    if (isSkippable(input, at)) {
      const sizeBytes = 8 + (u32(input, at + 4) ?? truncated(limits.place, 'ends in a zstd frame'));
      if (at + sizeBytes > input.length) truncated(limits.place, 'ends in a zstd frame');
      facts.skippedBytes += sizeBytes;
      at += sizeBytes;
      continue;
    }
    const shape = readShape(input, at, limits.place);
    const content = decodeFrame(input.subarray(at, at + shape.packedBytes), shape, left, limits.place);
    pieces.push(content);
    left -= content.length;
    at += shape.packedBytes;
    if (facts.frameCount++ < FRAMES_TOLD) facts.frames.push({ ...shape, sizeBytes: content.length });
  }
  if (facts.frameCount === 0) damaged(limits.place, 'holds no zstd frame');
  return { bytes: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces), packedBytes: at, facts };
}

type FrameShape = Omit<ZstdFrame, 'sizeBytes'>;

/** Walks the block headers: libzstd alone would not tell a frame that ends early from one that ends. */
function readShape(bytes: Uint8Array, start: number, place: string): FrameShape {
  const { headerBytes, ...header } = readHeader(bytes, start, place);
  let at = start + headerBytes;
  let blocks = 0;
  for (let last = false; !last; blocks++) {
    if (at + 3 > bytes.length) truncated(place, 'ends between the blocks of a zstd frame');
    const word = bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16;
    const type = word >> 1 & 3;
    if (type === 3) damaged(place, 'has a zstd block of a reserved type');
    last = (word & 1) === 1;
    // A block of one repeated byte stores that byte alone.
    at += 3 + (type === 1 ? 1 : word >> 3);
  }
  if (header.checksum) at += 4;
  if (at > bytes.length) truncated(place, 'ends in a block of a zstd frame');
  return { ...header, blocks, packedBytes: at - start };
}

function readHeader(bytes: Uint8Array, start: number, place: string): Pick<ZstdFrame, 'windowBytes' | 'statedBytes' | 'checksum'> & { headerBytes: number } {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.min(18, bytes.length - start));
  const descriptor = view[4] ?? truncated(place, 'ends in a zstd header');
  const singleSegment = (descriptor & 0x20) !== 0;
  const sizeBytes = descriptor >> 6 === 0 ? (singleSegment ? 1 : 0) : 2 ** (descriptor >> 6);
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
  const headerBytes = 5 + (singleSegment ? 0 : 1) + dictionaryBytes + sizeBytes;
  if (view.length < headerBytes) truncated(place, 'ends in a zstd header');
  if (descriptor & 8) damaged(place, 'has a reserved bit set in a zstd header');
  if (dictionaryBytes > 0 && view.readUIntLE(headerBytes - sizeBytes - dictionaryBytes, dictionaryBytes) !== 0) unsupported(place, 'zstd with a dictionary');
  const statedBytes = statedSize(view, headerBytes, sizeBytes);
  const windowBytes = singleSegment ? statedBytes! : 2 ** (10 + (view[5]! >> 3)) * (1 + (view[5]! & 7) / 8);
  // A single segment is its own window, which the limit of its content bounds.
  if (!singleSegment && windowBytes > MAX_WINDOW_BYTES) overLimit(place, `wants a window of ${windowBytes} bytes, allowed are ${MAX_WINDOW_BYTES}`, MAX_WINDOW_BYTES, windowBytes);
  return { windowBytes, ...(statedBytes === undefined ? {} : { statedBytes }), checksum: (descriptor & 4) !== 0, headerBytes };
}

function statedSize(view: Buffer, end: number, bytes: number): number | undefined {
  switch (bytes) {
    case 0: return undefined;
    case 2: return view.readUInt16LE(end - 2) + 256;
    case 8: return view.readUInt32LE(end - 8) + view.readUInt32LE(end - 4) * 2 ** 32;
    default: return view.readUIntLE(end - bytes, bytes);
  }
}

function decodeFrame(frame: Uint8Array, { statedBytes, packedBytes, blocks }: FrameShape, allowed: number, place: string): Buffer {
  if (statedBytes !== undefined && statedBytes > allowed) tooMuch(place, allowed, statedBytes);
  try {
    // In one piece, which need not be put together then; a frame may state anything, but its blocks hold no more than that.
    const expected = Math.min(statedBytes ?? allowed, blocks * MOST_BLOCK_BYTES, allowed);
    const content = zstdDecompressSync(frame, { chunkSize: Math.max(expected + 64, CHUNK_BYTES), maxOutputLength: Math.max(allowed, 1) });
    if (content.length > allowed) tooMuch(place, allowed, content.length);
    if (statedBytes !== undefined && statedBytes !== content.length) damaged(place, `has a zstd frame of ${packedBytes} bytes that states another length`);
    return content;
  } catch (error) {
    return refuseZlib(error, place, allowed);
  }
}

function isSkippable(bytes: Uint8Array, at: number): boolean {
  return ((u32(bytes, at) ?? 0) & 0xfffffff0) === 0x184d2a50;
}

function u32(bytes: Uint8Array, at: number): number | undefined {
  if (at + 4 > bytes.length) return undefined;
  return (bytes[at]! | bytes[at + 1]! << 8 | bytes[at + 2]! << 16 | bytes[at + 3]! << 24) >>> 0;
}
