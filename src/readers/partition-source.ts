import { checkRange, sliceSource, type ByteSource } from '../bytes/byte-source.ts';

/** The blocks of a volume that do not lie one behind the other: where each begins, all of one size; below 0: nowhere, it reads as erased flash. */
export interface ScatteredBlocks {
  blockBytes: number;
  at: readonly number[];
}

/** The bytes of a partition; one that runs past the end as far as it goes. */
export function partitionSource(source: ByteSource, { offsetBytes, sizeBytes, blocks }: { offsetBytes: number; sizeBytes: number; blocks?: ScatteredBlocks }): ByteSource {
  if (blocks !== undefined) return scatteredSource(source, sizeBytes, blocks);
  const start = Math.min(offsetBytes, source.sizeBytes);
  return sliceSource(source, start, Math.min(sizeBytes, source.sizeBytes - start));
}

const ERASED = 0xff;

function scatteredSource(source: ByteSource, sizeBytes: number, { blockBytes, at }: ScatteredBlocks): ByteSource {
  const piece = (block: number, from: number, length: number): Buffer => {
    const start = at[block] ?? -1;
    return start < 0 ? Buffer.alloc(length, ERASED) : source.read(start + from, length);
  };
  return {
    sizeBytes,
    read: (offset, length) => {
      checkRange(sizeBytes, offset, length);
      const first = Math.floor(offset / blockBytes);
      const within = offset - first * blockBytes;
      if (within + length <= blockBytes) return piece(first, within, length);
      const parts: Buffer[] = [];
      for (let done = 0; done < length;) {
        const block = Math.floor((offset + done) / blockBytes);
        const from = offset + done - block * blockBytes;
        const part = piece(block, from, Math.min(blockBytes - from, length - done));
        parts.push(part);
        done += part.byteLength;
      }
      return Buffer.concat(parts);
    },
  };
}
