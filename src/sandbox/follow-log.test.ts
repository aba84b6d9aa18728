import fc from 'fast-check';

import { logChunks } from './follow-log.ts';

function framed(pieces: readonly Uint8Array[]): Buffer {
  return Buffer.concat(pieces.flatMap((piece, i) => {
    const header = Buffer.alloc(8);
    header[0] = 1 + i % 2;
    header.writeUInt32BE(piece.byteLength, 4);
    return [header, piece];
  }));
}

/** The same bytes as they might arrive. */
async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncIterable<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

describe('the log of an attached container', () => {
  it('is what was printed, however it arrives', async () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 });
    const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 10 });
    await fc.assert(fc.asyncProperty(pieces, sizes, async (printed, arrival) => {
      const read: Uint8Array[] = [];
      for await (const chunk of logChunks(cut(framed(printed), arrival))) read.push(Buffer.from(chunk));
      expect(Buffer.concat(read).equals(Buffer.concat(printed))).toBe(true);
    }));
  });
});
