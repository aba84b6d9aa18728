import { Bits, readBlock, writeBlock } from './decompress-bzip2-block.ts';
import { allowedBytes, type Decompressed, type DecompressLimits } from './decompress-limits.ts';
import { Sink } from './decompress-sink.ts';
import { damaged } from './read-failure.ts';

export interface Bzip2Stream {
  /** Blocks of so many hundred thousand bytes. */
  level: number;
  blocks: number;
  packedBytes: number;
  sizeBytes: number;
}

export interface Bzip2Facts {
  compression: 'bzip2';
  streamCount: number;
  /** The first 64. */
  streams: Bzip2Stream[];
}

const STREAMS_TOLD = 64;
const BLOCK_MAGIC = [0x314159, 0x265359] as const;
const END_MAGIC = [0x177245, 0x385090] as const;

export function isBzip2(bytes: Uint8Array, at = 0): boolean {
  const magic = (high: number, low: number): boolean => [high >> 16, high >> 8 & 255, high & 255, low >> 16, low >> 8 & 255, low & 255]
    .every((byte, index) => bytes[at + 4 + index] === byte);
  return bytes[at] === 0x42 && bytes[at + 1] === 0x5a && bytes[at + 2] === 0x68 && bytes[at + 3]! >= 0x31 && bytes[at + 3]! <= 0x39
    && (magic(...BLOCK_MAGIC) || magic(...END_MAGIC));
}

/**
 * Streams one after the other; ends before the first byte that starts none.
 * Own, because the libraries at hand run for ever on a run length that overflows 32 bits.
 */
export function unbzip2(input: Uint8Array, limits: DecompressLimits): Decompressed<Bzip2Facts> {
  const sink = new Sink(limits.place, allowedBytes(limits, input.length));
  const facts: Bzip2Facts = { compression: 'bzip2', streamCount: 0, streams: [] };
  let at = 0;
  do {
    const stream = readStream(input.subarray(at), sink);
    at += stream.packedBytes;
    if (facts.streamCount++ < STREAMS_TOLD) facts.streams.push(stream);
  } while (isBzip2(input, at));
  return { bytes: sink.finish(), packedBytes: at, facts };
}

function readStream(bytes: Uint8Array, sink: Sink): Bzip2Stream {
  if (!isBzip2(bytes)) damaged(sink.place, 'does not begin with a bzip2 header');
  const level = bytes[3]! - 0x30;
  const bits = new Bits(bytes, 4, sink.place);
  const before = sink.length;
  let blocks = 0;
  let combined = 0;
  for (;; blocks++) {
    const [high, low] = [bits.read(24), bits.read(24)];
    if (high === END_MAGIC[0] && low === END_MAGIC[1]) break;
    if (high !== BLOCK_MAGIC[0] || low !== BLOCK_MAGIC[1]) damaged(sink.place, 'has something that is no bzip2 block where one has to start');
    const stated = bits.word();
    const found = writeBlock(readBlock(bits, level * 100_000), sink);
    if (stated !== found) damaged(sink.place, 'has a bzip2 block whose checksum is wrong');
    combined = ((combined << 1 | combined >>> 31) ^ found) >>> 0;
  }
  if (bits.word() !== combined) damaged(sink.place, 'has a bzip2 stream whose checksum is wrong');
  return { level, blocks, packedBytes: bits.wholeBytes(), sizeBytes: sink.length - before };
}
