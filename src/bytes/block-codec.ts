import { inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';

import { refuseZlib } from './decompress-gzip.ts';
import { unlzma } from './decompress-lzma.ts';
import { unxz } from './decompress-xz.ts';
import { decodeLz4 } from './lz4-block.ts';
import { decodeLzo } from './lzo-block.ts';

/** How file systems pack one block. `zlib` has a header, `deflate` none; `lz4` and `lzo` (LZO1X) are the raw block without a frame. */
export type BlockCodec = 'zlib' | 'deflate' | 'lzma' | 'xz' | 'lz4' | 'lzo' | 'zstd';

/** One block, which decodes to at most `maxBytes`; what would be more throws BYTES.LIMIT or BYTES.DAMAGED and costs no memory. */
export function decodeBlock(codec: BlockCodec, packed: Buffer, maxBytes: number, place: string): Buffer {
  switch (codec) {
    case 'zlib': return attempt(() => inflateSync(packed, { maxOutputLength: maxBytes, chunkSize: chunk(maxBytes) }), maxBytes, place);
    case 'deflate': return attempt(() => inflateRawSync(packed, { maxOutputLength: maxBytes, chunkSize: chunk(maxBytes) }), maxBytes, place);
    case 'zstd': return attempt(() => zstdDecompressSync(packed, { maxOutputLength: maxBytes, chunkSize: chunk(maxBytes) }), maxBytes, place);
    case 'xz': return unxz(packed, { place, maxBytes }).bytes;
    case 'lzma': return unlzma(packed, { place, maxBytes }).bytes;
    case 'lz4': return intoBuffer(decodeLz4, packed, maxBytes, place);
    case 'lzo': return intoBuffer(decodeLzo, packed, maxBytes, place);
  }
}

function intoBuffer(decode: typeof decodeLz4, packed: Buffer, maxBytes: number, place: string): Buffer {
  const out = Buffer.allocUnsafeSlow(maxBytes);
  return out.subarray(0, decode(packed, out, place));
}

/** Room for more than is allowed: a block that just fills it would be asked for more, in another room. zlib's smallest is 64. */
function chunk(maxBytes: number): number {
  return maxBytes + 64;
}

function attempt(decode: () => Buffer, maxBytes: number, place: string): Buffer {
  try {
    return decode();
  } catch (error) {
    return refuseZlib(error, place, maxBytes);
  }
}
