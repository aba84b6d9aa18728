import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';

import fc from 'fast-check';

import { isCoded } from '../foundation/failure.ts';
import { decompress, detectCompression, type Compression } from './decompress.ts';

const TEXT = Buffer.from(`${'abc'.repeat(6)} ${'provenroot '.repeat(2)}${'a'.repeat(69)} end`);
const base64 = (text: string): Buffer => Buffer.from(text, 'base64');

/** Made with gzip's, zstd's, bzip2's, lz4's and xz's own tools from TEXT. */
const SAMPLES: Readonly<Record<string, { compression: Compression; packed: Buffer; checked: boolean }>> = {
  gzip: { compression: 'gzip', packed: gzipSync(TEXT), checked: true },
  zlib: { compression: 'zlib', packed: deflateSync(TEXT), checked: true },
  zstd: { compression: 'zstd', packed: zstdCompressSync(TEXT), checked: false },
  bzip2: { compression: 'bzip2', packed: base64('QlpoOTFBWSZTWQfeiqwAAAcVgEAAIAA+AdUAIAAhJExBkIBoAt2mAh0VoVC5OHVhYxBJhAfF3JFOFCQB96KrAA=='), checked: true },
  lz4: { compression: 'lz4', packed: base64('BCJNGGxAcgAAAAAAAADMHwAAADthYmMDALggcHJvdmVucm9vdAsAH2EBADBQYSBlbmQAAAAArhT6AA=='), checked: true },
  'lz4 of a kernel': { compression: 'lz4', packed: base64('AiFMGB8AAAA7YWJjAwC4IHByb3ZlbnJvb3QLAB9hAQAwUGEgZW5k'), checked: false },
  lzma: { compression: 'lzma', packed: base64('XQAAgAD//////////wAwmIiqAhsrNrZQfSvIPi6aBw4leqmt+uXy6YboVP/4bDAA'), checked: false },
  xz: { compression: 'xz', packed: base64('/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4ABxAB1dADCYiKoCGys2tlB9K8g+LpoHDiV6qa365fLX2QgAAAAAAAf8J623v7KpAAE5coEoCZAftvN9AQAAAAAEWVo='), checked: true },
  'xz with a filter': { compression: 'xz', packed: base64('/Td6WFoAAATm1rRGAgEEACEBFgANhjUf4ABxAB1dADCYiKoCGys2tlB9K8g+LpoHDiV6qa365fLX2QgAAAAAAAf8J623v7KpAAE5coEoCZAftvN9AQAAAAAEWVo='), checked: true },
};
const LIMITS = { place: 'sample', maxBytes: 10_000 };

/** What came out, or the code of the refusal; an error of any other kind fails the test. */
function outcome(packed: Uint8Array, compression: Compression): Buffer | string {
  try {
    return decompress(packed, compression, LIMITS).bytes;
  } catch (error) {
    if (isCoded(error) && error.name === 'Failure') return error.code;
    throw error;
  }
}

describe.each(Object.entries(SAMPLES))('%s', (name, { compression, packed, checked }) => {
  it('is known by its first bytes, and gives back what went in', () => {
    if (compression !== 'zlib') expect(detectCompression(packed)).toBe(compression);
    const { bytes, packedBytes } = decompress(packed, compression, LIMITS);
    expect(bytes.toString()).toBe(TEXT.toString());
    expect(packedBytes).toBe(packed.length);
  });

  it('leaves alone what follows the stream', () => {
    const { bytes, packedBytes } = decompress(Buffer.concat([packed, Buffer.from('what follows')]), compression, LIMITS);
    expect(bytes.equals(TEXT)).toBe(true);
    expect(packedBytes).toBe(packed.length);
  });

  it('refuses every beginning of itself', () => {
    for (let length = 0; length < packed.length; length++) {
      // The old lz4 format has no end: its magic alone is an empty stream.
      if (packed[0] === 2 && length === 4) continue;
      expect(outcome(packed.subarray(0, length), compression)).toMatch(/^BYTES\.(TRUNCATED|DAMAGED)$/);
    }
  });

  it('refuses to give more than is allowed', () => {
    expect(() => decompress(packed, compression, { place: 'sample', maxBytes: TEXT.length - 1 })).toThrow(expect.objectContaining({ code: 'BYTES.LIMIT' }));
    expect(decompress(packed, compression, { place: 'sample', maxBytes: TEXT.length }).bytes).toHaveLength(TEXT.length);
  });

  it('answers broken bytes with a refusal; where a checksum stands, never with other content', () => {
    fc.assert(fc.property(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), fc.nat(packed.length - 1), (at, flip, second) => {
      const broken = Buffer.from(packed);
      broken[at]! ^= flip;
      const one = outcome(broken, compression);
      if (checked && typeof one !== 'string') expect(one.equals(TEXT)).toBe(true);
      broken[second]! ^= flip;
      outcome(broken, compression);
    }), { seed: 6, numRuns: 600 });
  });

  if (name !== 'zlib' && name !== 'lzma') {
    it('reads streams that follow each other', () => {
      expect(decompress(Buffer.concat([packed, packed]), compression, LIMITS).bytes.equals(Buffer.concat([TEXT, TEXT]))).toBe(true);
    });
  }
});

it('refuses a bomb before it has filled memory', () => {
  const zeros = Buffer.alloc(200 * 2 ** 20);
  for (const packed of [gzipSync(zeros, { level: 1 }), zstdCompressSync(zeros)]) {
    expect(() => decompress(packed, detectCompression(packed)!, { place: 'bomb', maxBytes: 2 ** 40, maxRatio: 100 })).toThrow(expect.objectContaining({ code: 'BYTES.LIMIT' }));
  }
});

it('refuses a run in bzip2 that would not fit into 32 bits', () => {
  // One symbol, two tables; then 64 times the symbol that doubles the run.
  const bits = ['314159265359', '00000000'].map((hex) => BigInt(`0x${hex}`).toString(2).padStart(hex.length * 4, '0')).join('')
    + `0${'0'.repeat(24)}${'1'.padStart(16, '0')}${'1'.padStart(16, '0')}010${'000000000000010'}00` + `${'00010'}000`.repeat(2) + '0'.repeat(128);
  const packed = Buffer.concat([Buffer.from('BZh9'), Buffer.from(bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2)))]);
  expect(outcome(packed, 'bzip2')).toBe('BYTES.DAMAGED');
});

it('tells what a gzip header says', () => {
  const header = Buffer.from([0x1f, 0x8b, 8, 8, 0x80, 0x96, 0x98, 0x00, 2, 3]);
  const packed = Buffer.concat([header, Buffer.from('vmlinux\0'), gzipSync(TEXT).subarray(10)]);
  expect(decompress(packed, 'gzip', LIMITS).facts).toMatchObject({
    memberCount: 1, members: [{ name: 'vmlinux', mtime: 10_000_000, extraFlags: 2, operatingSystem: 3, sizeBytes: TEXT.length }],
  });
});

it('names what it knows and does not read', () => {
  const lzop = Buffer.from([0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]);
  expect(detectCompression(lzop)).toBe('lzo');
  expect(() => decompress(lzop, 'lzo', LIMITS)).toThrow('sample: compression lzo is not read');
  expect(detectCompression(Buffer.from('plain text'))).toBeUndefined();
  expect(detectCompression(Buffer.alloc(64))).toBeUndefined();
});
