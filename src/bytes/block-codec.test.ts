import { deflateRawSync, deflateSync, zstdCompressSync } from 'node:zlib';

import fc from 'fast-check';

import { decodeBlock, type BlockCodec } from './block-codec.ts';
import { decodeLz4 } from './lz4-block.ts';

const content = Buffer.from('some text that comes again and again, '.repeat(200));
const packers: readonly [BlockCodec, (bytes: Buffer) => Buffer][] = [['zlib', deflateSync], ['deflate', deflateRawSync], ['zstd', zstdCompressSync]];

it.each(packers)('%s: gives back a block, refuses one that decodes to more than allowed and one that is damaged', (codec, pack) => {
  const packed = pack(content);
  expect(decodeBlock(codec, packed, content.length, 'a block').equals(content)).toBe(true);
  expect(() => decodeBlock(codec, packed, content.length - 1, 'a block')).toThrow(expect.objectContaining({ code: 'BYTES.LIMIT' }));
  const damaged = Buffer.from(packed);
  // No method of zlib's, no type of deflate's blocks, no magic of zstd's.
  damaged[0]! |= 6;
  expect(() => decodeBlock(codec, damaged, content.length, 'a block')).toThrow(expect.objectContaining({ code: 'BYTES.DAMAGED' }));
});

/** Literals, and repeats of what was before, as an lz4 block and as the bytes it stands for. */
const sequences = fc.array(fc.record({ literals: fc.uint8Array({ minLength: 1, maxLength: 400 }), back: fc.nat(), count: fc.integer({ min: 4, max: 600 }) }), { minLength: 1, maxLength: 12 });
function lz4(drawn: readonly { literals: Uint8Array; back: number; count: number }[]): { packed: Buffer; plain: Buffer } {
  const packed: number[] = [];
  const plain: number[] = [];
  const rest = (value: number): void => {
    if (value < 15) return;
    let left = value - 15;
    for (; left >= 255; left -= 255) packed.push(255);
    packed.push(left);
  };
  drawn.forEach(({ literals, back, count }, i) => {
    const isLast = i === drawn.length - 1;
    packed.push((Math.min(15, literals.length) << 4) | (isLast ? 0 : Math.min(15, count - 4)));
    rest(literals.length);
    packed.push(...literals);
    plain.push(...literals);
    if (isLast) return;
    const distance = 1 + (back % Math.min(plain.length, 65_535));
    packed.push(distance & 0xff, distance >>> 8);
    rest(count - 4);
    for (let n = 0; n < count; n++) plain.push(plain[plain.length - distance]!);
  });
  return { packed: Buffer.from(packed), plain: Buffer.from(plain) };
}

it('lz4: gives back any block, and any beginning of one', () => {
  fc.assert(fc.property(sequences, fc.double({ min: 0, max: 1, noNaN: true }), (drawn, part) => {
    const { packed, plain } = lz4(drawn);
    expect(decodeBlock('lz4', packed, plain.length, 'a block').equals(plain)).toBe(true);
    const wanted = Buffer.alloc(Math.floor(plain.length * part));
    expect(decodeLz4(packed, wanted, 'a block')).toBe(wanted.length);
    expect(wanted.equals(plain.subarray(0, wanted.length))).toBe(true);
  }));
});

it('lz4: any bytes end in some bytes or in a refusal', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    const out = Buffer.alloc(1000);
    try {
      expect(decodeLz4(bytes, out, 'a block')).toBeLessThanOrEqual(1000);
    } catch (error) {
      expect(error).toMatchObject({ name: 'Failure', code: expect.stringMatching(/^BYTES\.(DAMAGED|TRUNCATED)$/) });
    }
  }), { numRuns: 500 });
});
