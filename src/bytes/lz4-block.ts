import { damaged, truncated } from './read-failure.ts';

/**
 * One raw LZ4 block (doc/lz4_Block_format.md of the reference implementation) into a buffer of known size. Stops when
 * that is full, whatever else is in the block: file systems cut blocks that way. Returns how many bytes it wrote.
 */
export function decodeLz4(packed: Uint8Array, out: Uint8Array, place: string): number {
  let at = 0;
  let to = 0;
  const length = (nibble: number): number => {
    if (nibble < 15) return nibble;
    let sum = 15;
    for (;;) {
      const byte = packed[at++] ?? truncated(place, 'ends in a length of its lz4 block');
      sum += byte;
      if (byte !== 255) return sum;
    }
  };
  while (at < packed.length && to < out.length) {
    const token = packed[at++]!;
    const literals = Math.min(length(token >>> 4), out.length - to);
    if (at + literals > packed.length) truncated(place, 'ends in the literals of its lz4 block');
    if (literals < 16) for (let i = 0; i < literals; i++) out[to + i] = packed[at + i]!;
    else out.set(packed.subarray(at, at + literals), to);
    at += literals;
    to += literals;
    if (at >= packed.length || to === out.length) break;
    if (at + 2 > packed.length) truncated(place, 'ends in an offset of its lz4 block');
    const distance = packed[at]! | (packed[at + 1]! << 8);
    at += 2;
    if (distance === 0 || distance > to) damaged(place, 'has an lz4 block that looks back before its start');
    to = repeat(out, to, distance, Math.min(length(token & 15) + 4, out.length - to));
  }
  return to;
}

function repeat(out: Uint8Array, to: number, distance: number, count: number): number {
  if (distance >= count && count > 32) out.copyWithin(to, to - distance, to - distance + count);
  else if (distance === 1) out.fill(out[to - 1]!, to, to + count);
  else for (let i = to; i < to + count; i++) out[i] = out[i - distance]!;
  return to + count;
}
