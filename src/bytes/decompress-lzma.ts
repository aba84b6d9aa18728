import { allowedBytes, tooMuch, type Decompressed, type DecompressLimits } from './decompress-limits.ts';
import { LzmaDecoder } from './decompress-lzma-decoder.ts';
import { Sink } from './decompress-sink.ts';
import { damaged, truncated } from './read-failure.ts';

export interface LzmaFacts {
  compression: 'lzma';
  literalContextBits: number;
  literalPositionBits: number;
  positionBits: number;
  dictionaryBytes: number;
  /** Absent where the end is marked in the data. */
  statedBytes?: number;
}

const HEADER_BYTES = 13;
const UNKNOWN = 2 ** 64;

/** No magic: a header that `lzma` could have written, as `file` and `xz` judge it. */
export function isLzma(input: Uint8Array): boolean {
  if (input.length < HEADER_BYTES + 5 || input[0]! >= 225 || input[HEADER_BYTES] !== 0) return false;
  const { dictionaryBytes, stated } = header(input);
  const power = 31 - Math.clz32(dictionaryBytes);
  const plausible = dictionaryBytes === 0xffffffff || (dictionaryBytes >= 4096 && [2 ** power, 2 ** power + 2 ** (power - 1)].includes(dictionaryBytes));
  return plausible && (stated === UNKNOWN || stated < 2 ** 38);
}

/** The `.lzma` format: one header, one stream. Own, so that one without a stated length stays bounded, and its end is known. */
export function unlzma(input: Uint8Array, limits: DecompressLimits): Decompressed<LzmaFacts> {
  const { place } = limits;
  if (input.length < HEADER_BYTES) truncated(place, 'ends in an lzma header');
  if (input[0]! >= 225) damaged(place, 'does not begin with an lzma header');
  const { dictionaryBytes, stated } = header(input);
  const allowed = allowedBytes(limits, input.length);
  const statedBytes = stated === UNKNOWN ? undefined : stated;
  if (statedBytes !== undefined && statedBytes > allowed) tooMuch(place, allowed, statedBytes);
  const [literalContextBits, literalPositionBits, positionBits] = [input[0]! % 9, Math.floor(input[0]! / 9) % 5, Math.floor(input[0]! / 45)] as const;
  const sink = new Sink(place, allowed);
  const decoder = new LzmaDecoder(input, HEADER_BYTES, sink, { literalContextBits, literalPositionBits, positionBits, dictionaryBytes: Math.max(dictionaryBytes, 4096) });
  decoder.run(statedBytes);
  return {
    bytes: sink.finish(), packedBytes: decoder.position,
    facts: { compression: 'lzma', literalContextBits, literalPositionBits, positionBits, dictionaryBytes, ...(statedBytes === undefined ? {} : { statedBytes }) },
  };
}

function header(input: Uint8Array): { dictionaryBytes: number; stated: number } {
  const view = new DataView(input.buffer, input.byteOffset, HEADER_BYTES);
  const [low, high] = [view.getUint32(5, true), view.getUint32(9, true)];
  return { dictionaryBytes: view.getUint32(1, true), stated: low === 0xffffffff && high === 0xffffffff ? UNKNOWN : high * 2 ** 32 + low };
}
