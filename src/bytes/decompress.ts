import { isBzip2, unbzip2, type Bzip2Facts } from './decompress-bzip2.ts';
import { gunzip, isGzip, unzlib, type GzipFacts, type ZlibFacts } from './decompress-gzip.ts';
import type { Decompressed, DecompressLimits } from './decompress-limits.ts';
import { isLz4, unlz4, type Lz4Facts } from './decompress-lz4.ts';
import { isLzma, unlzma, type LzmaFacts } from './decompress-lzma.ts';
import { unxz, type XzFacts } from './decompress-xz.ts';
import { isXz } from './decompress-xz-shape.ts';
import { isZstd, unzstd, type ZstdFacts } from './decompress-zstd.ts';
import { unsupported } from './read-failure.ts';

/** What stands in a stream beside its content: made anew, it may differ though the content does not. */
export type CompressionFacts = GzipFacts | ZlibFacts | XzFacts | LzmaFacts | ZstdFacts | Bzip2Facts | Lz4Facts;

/** `lzo` and `compress` are recognised, and refused by name. */
export type Compression = CompressionFacts['compression'] | 'lzo' | 'compress';

const LZOP_MAGIC = [0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a] as const;

/** By the first bytes. Never `zlib`, whose two bytes are as good as none; `lzma`, which has no magic, comes last. */
export function detectCompression(bytes: Uint8Array): Exclude<Compression, 'zlib'> | undefined {
  if (isGzip(bytes)) return 'gzip';
  if (isXz(bytes)) return 'xz';
  if (isZstd(bytes)) return 'zstd';
  if (isBzip2(bytes)) return 'bzip2';
  if (isLz4(bytes)) return 'lz4';
  if (LZOP_MAGIC.every((byte, index) => bytes[index] === byte)) return 'lzo';
  if (bytes[0] === 0x1f && bytes[1] === 0x9d) return 'compress';
  return isLzma(bytes) ? 'lzma' : undefined;
}

/** One whole stream in memory. Throws the Failures BYTES.DAMAGED, BYTES.TRUNCATED, BYTES.LIMIT, BYTES.UNSUPPORTED. */
export function decompress(bytes: Uint8Array, compression: Compression, limits: DecompressLimits): Decompressed<CompressionFacts> {
  switch (compression) {
    case 'gzip': return gunzip(bytes, limits);
    case 'zlib': return unzlib(bytes, limits);
    case 'xz': return unxz(bytes, limits);
    case 'lzma': return unlzma(bytes, limits);
    case 'zstd': return unzstd(bytes, limits);
    case 'bzip2': return unbzip2(bytes, limits);
    case 'lz4': return unlz4(bytes, limits);
    case 'lzo': case 'compress': return unsupported(limits.place, `compression ${compression}`);
  }
}
