import { allowedBytes, type Decompressed, type DecompressLimits } from './decompress-limits.ts';
import { Sink } from './decompress-sink.ts';
import { xxh32 } from './decompress-xxh32.ts';
import { damaged, truncated, unsupported } from './read-failure.ts';

export interface Lz4Frame {
  /** `legacy` is what Linux kernels are packed as: blocks of 8 MiB, no checksum, no end. */
  format: 'frame' | 'legacy';
  /** The largest block, decompressed. */
  blockBytes: number;
  /** Blocks look back into those before them. */
  linked: boolean;
  blockChecksum: boolean;
  contentChecksum: boolean;
  statedBytes?: number;
  blocks: number;
  packedBytes: number;
  sizeBytes: number;
}

export interface Lz4Facts {
  compression: 'lz4';
  frameCount: number;
  /** The first 64. */
  frames: Lz4Frame[];
}

const FRAME_MAGIC = 0x184d2204;
const LEGACY_MAGIC = 0x184c2102;
const LEGACY_BLOCK_BYTES = 8 * 2 ** 20;
const HISTORY_BYTES = 64 * 1024;
const FRAMES_TOLD = 64;

export function isLz4(bytes: Uint8Array, at = 0): boolean {
  return at + 4 <= bytes.length && [FRAME_MAGIC, LEGACY_MAGIC].includes(asBuffer(bytes).readUInt32LE(at));
}

/** Frames one after the other (lz4 frame format 1.6.4); ends before the first byte that starts none. */
export function unlz4(input: Uint8Array, limits: DecompressLimits): Decompressed<Lz4Facts> {
  const bytes = asBuffer(input);
  const sink = new Sink(limits.place, allowedBytes(limits, bytes.length));
  const facts: Lz4Facts = { compression: 'lz4', frameCount: 0, frames: [] };
  let at = 0;
  while (isLz4(bytes, at) || (facts.frameCount > 0 && isSkippable(bytes, at))) {
    if (isSkippable(bytes, at)) {
      if (at + 8 + bytes.readUInt32LE(at + 4) > bytes.length) truncated(limits.place, 'ends in an lz4 frame');
      at += 8 + bytes.readUInt32LE(at + 4);
      continue;
    }
    const frame = bytes.readUInt32LE(at) === FRAME_MAGIC ? readFrame(bytes, at, sink) : readLegacy(bytes, at, sink);
    at += frame.packedBytes;
    if (facts.frameCount++ < FRAMES_TOLD) facts.frames.push(frame);
  }
  if (facts.frameCount === 0) damaged(limits.place, 'does not begin with an lz4 frame');
  return { bytes: sink.finish(), packedBytes: at, facts };
}

const FLAG = { dictionary: 1, contentChecksum: 4, contentSize: 8, blockChecksum: 16, independent: 32 } as const;

function readFrame(bytes: Buffer, start: number, sink: Sink): Lz4Frame {
  const { headerBytes, ...header } = readHeader(bytes, start, sink.place);
  const before = sink.length;
  let at = start + headerBytes;
  let blocks = 0;
  for (;; blocks++) {
    if (at + 4 > bytes.length) truncated(sink.place, 'ends between the blocks of an lz4 frame');
    const word = bytes.readUInt32LE(at);
    at += 4;
    if (word === 0) break;
    const packed = take(bytes, at, word & 0x7fffffff, sink.place);
    at += packed.length;
    if (header.blockChecksum) {
      if (take(bytes, at, 4, sink.place).readUInt32LE() !== xxh32(packed)) damaged(sink.place, 'has an lz4 block whose checksum is wrong');
      at += 4;
    }
    const blockStart = sink.length;
    if (word >= 2 ** 31) sink.push(packed);
    else decodeLz4Block(packed, sink, header.linked ? Math.max(before, blockStart - HISTORY_BYTES) : blockStart);
    if (sink.length - blockStart > header.blockBytes) damaged(sink.place, 'has an lz4 block that is larger than its frame allows');
  }
  const sizeBytes = sink.length - before;
  if (header.contentChecksum) {
    if (take(bytes, at, 4, sink.place).readUInt32LE() !== xxh32(sink.bytes.subarray(before, sink.length))) damaged(sink.place, 'has an lz4 frame whose checksum is wrong');
    at += 4;
  }
  if (header.statedBytes !== undefined && header.statedBytes !== sizeBytes) damaged(sink.place, 'has an lz4 frame that states another length');
  return { format: 'frame', ...header, blocks, packedBytes: at - start, sizeBytes };
}

type FrameHeader = Pick<Lz4Frame, 'blockBytes' | 'linked' | 'blockChecksum' | 'contentChecksum' | 'statedBytes'> & { headerBytes: number };

function readHeader(bytes: Buffer, start: number, place: string): FrameHeader {
  const [flags, block] = take(bytes, start + 4, 2, place) as unknown as [number, number];
  if (flags >> 6 !== 1 || flags & 2 || block & 0x8f || block >> 4 < 4) damaged(place, 'has a malformed lz4 header');
  if (flags & FLAG.dictionary) unsupported(place, 'lz4 with a dictionary');
  const sized = (flags & FLAG.contentSize) !== 0;
  const headerBytes = 7 + (sized ? 8 : 0);
  const header = take(bytes, start, headerBytes, place);
  if (header[headerBytes - 1] !== (xxh32(header.subarray(4, headerBytes - 1)) >>> 8 & 0xff)) damaged(place, 'has an lz4 header whose checksum is wrong');
  return {
    blockBytes: 2 ** (8 + 2 * (block >> 4)), linked: (flags & FLAG.independent) === 0, blockChecksum: (flags & FLAG.blockChecksum) !== 0,
    contentChecksum: (flags & FLAG.contentChecksum) !== 0, headerBytes,
    ...(sized ? { statedBytes: header.readUInt32LE(6) + header.readUInt32LE(10) * 2 ** 32 } : {}),
  };
}

/** No end is marked: it ends with the input, with another frame, with a block that is not full, or before a single word (kernels append a length). */
function readLegacy(bytes: Buffer, start: number, sink: Sink): Lz4Frame {
  const before = sink.length;
  let at = start + 4;
  let blocks = 0;
  for (let full = true; full && at < bytes.length; blocks++) {
    const size = take(bytes, at, 4, sink.place).readUInt32LE();
    if (size === FRAME_MAGIC || size === LEGACY_MAGIC || (blocks > 0 && at + 4 === bytes.length)) break;
    const packed = take(bytes, at + 4, size, sink.place);
    const blockStart = sink.length;
    decodeLz4Block(packed, sink, blockStart);
    if (sink.length - blockStart > LEGACY_BLOCK_BYTES) damaged(sink.place, 'has an lz4 block that is larger than 8 MiB');
    // Only the last block is smaller; a word after it belongs to something else.
    full = sink.length - blockStart === LEGACY_BLOCK_BYTES;
    at += 4 + size;
  }
  return {
    format: 'legacy', blockBytes: LEGACY_BLOCK_BYTES, linked: false, blockChecksum: false, contentChecksum: false, blocks, packedBytes: at - start,
    sizeBytes: sink.length - before,
  };
}

/** One block (lz4 block format): appends what it stands for; matches may look back to `historyStart` in the sink. */
export function decodeLz4Block(packed: Uint8Array, sink: Sink, historyStart: number): void {
  let at = 0;
  const extended = (nibble: number): number => {
    if (nibble < 15) return nibble;
    let length = 15;
    for (let byte = 255; byte === 255;) {
      byte = packed[at++] ?? truncated(sink.place, 'ends in a length of an lz4 block');
      length += byte;
    }
    return length;
  };
  while (at < packed.length) {
    const token = packed[at++]!;
    const literals = extended(token >> 4);
    if (at + literals > packed.length) truncated(sink.place, 'ends in the literals of an lz4 block');
    sink.take(packed, at, literals);
    at += literals;
    if (at === packed.length) return;
    if (at + 2 > packed.length) truncated(sink.place, 'ends in an offset of an lz4 block');
    const distance = packed[at]! | packed[at + 1]! << 8;
    at += 2;
    if (distance === 0 || distance > sink.length - historyStart) damaged(sink.place, 'has an lz4 block that looks back before its start');
    sink.repeat(distance, 4 + extended(token & 15));
  }
}

function isSkippable(bytes: Buffer, at: number): boolean {
  return at + 8 <= bytes.length && (bytes.readUInt32LE(at) & 0xfffffff0) === 0x184d2a50;
}

function take(bytes: Buffer, at: number, length: number, place: string): Buffer {
  if (at + length > bytes.length) truncated(place, 'ends in an lz4 frame');
  return bytes.subarray(at, at + length);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
