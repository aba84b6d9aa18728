import { constants, gzipSync } from 'node:zlib';

import fc from 'fast-check';

import { isCoded } from '../foundation/failure.ts';
import { bufferSource, wholeOf, type ByteSource } from './byte-source.ts';
import { decompress } from './decompress.ts';
import { readGzipStretches } from './gzip-stretches.ts';
import { stretchedSource } from './stretched-source.ts';

const MIB = 2 ** 20;
const LIMITS = { place: 'sample', heldBytes: 0, freeBytes: 0, repeatedBytes: 2 ** 40 };
const open = (packed: Buffer, limits = LIMITS): ByteSource => stretchedSource(bufferSource(packed), readGzipStretches(bufferSource(packed), 'sample', 2 ** 40), limits);

/** Words in an order that a seed decides: neither zeros nor noise, with long and short matches. */
function prose(seed: number, bytes: number): Buffer {
  const result = Buffer.alloc(bytes);
  let state = seed;
  for (let at = 0; at < bytes;) {
    state = Math.imul(state, 1_664_525) + 1_013_904_223 >>> 0;
    at += result.write(`${(state >>> 20).toString(36)}${state % 7 === 0 ? ' and so it goes on and on' : ','}`, at, 'latin1') || 1;
  }
  return result;
}

function noise(seed: number, bytes: number): Buffer {
  const result = Buffer.alloc(bytes);
  let state = seed;
  for (let at = 0; at < bytes; at++) result[at] = (state = Math.imul(state, 1_103_515_245) + 12_345 >>> 0) >>> 16;
  return result;
}

const LONG = Buffer.concat([prose(1, 4 * MIB), noise(2, 2 * MIB), Buffer.alloc(9 * MIB), prose(3, 3 * MIB)]);
const PACKINGS: Readonly<Record<string, Buffer>> = {
  'level 9': gzipSync(LONG, { level: 9 }), 'level 1': gzipSync(LONG, { level: 1 }), 'stored blocks': gzipSync(LONG, { level: 0 }),
  'the fixed codes': gzipSync(LONG, { strategy: constants.Z_FIXED }), 'no matches': gzipSync(LONG, { strategy: constants.Z_HUFFMAN_ONLY }), 'runs': gzipSync(LONG, { strategy: constants.Z_RLE }),
  'a small window and small blocks': gzipSync(LONG, { windowBits: 9, memLevel: 1 }),
  'several members': Buffer.concat([gzipSync(LONG.subarray(0, 5 * MIB)), gzipSync(''), gzipSync(LONG.subarray(5 * MIB, 5 * MIB + 1)), gzipSync(LONG.subarray(5 * MIB + 1))]),
};

describe.each(Object.entries(PACKINGS))('a gzip file with %s', (_, packed) => {
  it('has the same bytes and facts in stretches as in one piece', () => {
    const found = readGzipStretches(bufferSource(packed), 'sample', 2 ** 40);
    const { bytes: _bytes, ...whole } = decompress(packed, 'gzip', { place: 'sample', maxBytes: 2 ** 40 });
    expect(found).toMatchObject({ ...whole, sizeBytes: LONG.byteLength });
    expect(found.stretches.length).toBeGreaterThan(2);
    expect(wholeOf(open(packed)).equals(LONG)).toBe(true);
  });

  it('gives the same bytes however it is read', () => {
    const source = open(packed);
    const room = Buffer.alloc(300_000);
    fc.assert(fc.property(fc.nat(LONG.byteLength), fc.oneof(fc.nat(600), fc.nat(300_000)), fc.boolean(), (offset, wanted, isBorrowed) => {
      const length = Math.min(wanted, LONG.byteLength - offset);
      const bytes = isBorrowed ? source.readInto!(offset, length, room) : source.read(offset, length);
      expect(bytes.equals(LONG.subarray(offset, offset + length))).toBe(true);
    }), { seed: 6, numRuns: 40 });
  });

  it('is refused where it is cut', () => {
    for (const length of [0, 5, 17, 18, 100, packed.length >> 1, packed.length - 9, packed.length - 8, packed.length - 1]) {
      expect(() => open(packed.subarray(0, length))).toThrow(expect.objectContaining({ code: length === 0 ? 'BYTES.DAMAGED' : 'BYTES.TRUNCATED' }));
    }
  });
});

/** What came out, or the code of the refusal; an error of any other kind fails the test. */
function outcome(run: () => Buffer): Buffer | string {
  try {
    return run();
  } catch (error) {
    if (isCoded(error) && error.name === 'Failure') return error.code;
    throw error;
  }
}

it('takes and refuses the same streams as in one piece, however broken', () => {
  const text = Buffer.concat([prose(4, 4000), noise(5, 300), Buffer.alloc(1000)]);
  const samples = [gzipSync(text), gzipSync(text, { level: 0 }), gzipSync(text, { strategy: constants.Z_FIXED }), Buffer.concat([gzipSync(text), gzipSync(text)])];
  fc.assert(fc.property(fc.constantFrom(...samples), fc.array(fc.tuple(fc.nat(5000), fc.nat(7)), { minLength: 1, maxLength: 3 }), fc.nat(5000), (sample, flips, cut) => {
    const broken = Buffer.from(cut % 4 === 0 ? sample.subarray(0, cut) : sample);
    for (const [at, bit] of flips) if (broken.byteLength > 0) broken[at % Math.min(broken.byteLength, 1 + at % 200)]! ^= 1 << bit;
    const whole = outcome(() => decompress(broken, 'gzip', { place: 'sample', maxBytes: MIB }).bytes);
    const found = outcome(() => wholeOf(open(broken)));
    if (typeof whole === 'string' || typeof found === 'string') expect([typeof whole, typeof found]).toEqual(['string', 'string']);
    else expect(found.equals(whole)).toBe(true);
  }), { seed: 6, numRuns: 1500 });
});

/** Reads a byte of each end in turn: no stretch is kept when it is asked for again. */
function backAndForth(source: ByteSource, times: number): void {
  for (let i = 0; i < times; i++) expect(source.read(i % 2 === 0 ? 0 : source.sizeBytes - 1, 1)).toHaveLength(1);
}

describe('read back and forth', () => {
  const packed = Buffer.concat([gzipSync(prose(6, 3 * MIB)), ...Array.from({ length: 3 }, () => gzipSync(Buffer.alloc(9 * MIB))), gzipSync(prose(7, 3 * MIB))]);
  const through = (source: ByteSource): Buffer => wholeOf(source);
  const limits = { place: 'sample', heldBytes: 0, freeBytes: 50 * MIB, repeatedBytes: 50 * MIB };

  it('is refused once it has cost more than it may', () => {
    const source = open(packed, limits);
    through(source);
    backAndForth(source, 2);
    expect(() => { for (let i = 0; i < 9; i++) through(source); }).toThrow(expect.objectContaining({ code: 'BYTES.LIMIT' }));
  });

  it('is held as a whole where that is allowed, and not refused then', () => {
    const source = open(packed, { ...limits, heldBytes: 40 * MIB });
    const whole = through(source);
    for (let i = 0; i < 9; i++) expect(through(source).equals(whole)).toBe(true);
    backAndForth(source, 1000);
  });
});
