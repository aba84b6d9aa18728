import fc from 'fast-check';

import { bufferSource } from '../bytes/byte-source.ts';
import { holesOf, jffs2Content } from './jffs2-data.ts';
import type { Jffs2Write } from './jffs2-log.ts';

const ZERO = 1;
const drawn = fc.record({
  sizeBytes: fc.nat(400), writes: fc.array(fc.record({ offset: fc.nat(450), length: fc.nat(120), isHole: fc.boolean() }), { maxLength: 25 }),
});

it('holds of every byte what the newest write has there, whatever overlaps', () => {
  fc.assert(fc.property(drawn, ({ sizeBytes, writes }) => {
    const flash = Buffer.alloc(120 * 26);
    const expected = Buffer.alloc(sizeBytes);
    const stored = new Uint8Array(sizeBytes);
    const log = writes.map(({ offset, length, isHole }, i): Jffs2Write => {
      const dataAt = i * 120;
      flash.fill(i + 1, dataAt, dataAt + length);
      for (let at = offset; at < Math.min(offset + length, sizeBytes); at++) { expected[at] = isHole ? 0 : i + 1; stored[at] = isHole ? 0 : 1; }
      return { version: i, mode: 0, uid: 0, gid: 0, sizeBytes, accessed: 0, modified: 0, changed: 0, offset, packedBytes: isHole ? 0 : length, plainBytes: length, compressor: isHole ? ZERO : 0, dataAt };
    });
    const shuffled = log.toSorted((a, b) => (a.offset - b.offset) || (b.version - a.version));
    const pieces = [...jffs2Content(bufferSource(flash), sizeBytes, shuffled, 'a file')].map((piece) => (typeof piece === 'number' ? Buffer.alloc(piece) : Buffer.from(piece)));
    expect(Buffer.concat(pieces).equals(expected)).toBe(true);
    expect(holesOf(sizeBytes, shuffled)).toBe(stored.filter((byte) => byte === 0).length);
  }), { numRuns: 500 });
});
