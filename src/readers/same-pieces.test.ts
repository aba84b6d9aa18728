import fc from 'fast-check';

import { sha256 } from '../foundation/digest.ts';
import { haveSameBytes, type PathBytes } from '../tree/entry.ts';
import type { Piece, ReadPieces } from './hash-pieces.ts';
import { LaterFile } from './later-file.ts';
import { samePieces } from './same-pieces.ts';

const pieces = fc.array(fc.oneof(fc.nat(5), fc.array(fc.nat(1), { maxLength: 5 }).map((bytes) => Uint8Array.from(bytes))), { maxLength: 6 });
const whole = (of: readonly Piece[]): Buffer => Buffer.concat(of.map((piece) => (typeof piece === 'number' ? Buffer.alloc(piece) : piece)));
const OWNED = { mode: 0o644, uid: 0, gid: 0 };

/** A file in these pieces, each of them in the room that it is given, and how often its content was read. */
function fileOf(of: readonly Piece[], sizeBytes = whole(of).byteLength): { file: LaterFile; reads(): number } {
  let reads = 0;
  const read: ReadPieces = function* inRoom(room = Buffer.alloc(64)) {
    reads++;
    for (const piece of of) {
      if (typeof piece === 'number') { yield piece; continue; }
      room.fill(7).set(piece);
      yield room.subarray(0, piece.byteLength);
    }
  };
  return { file: new LaterFile('a' as PathBytes, { ...OWNED, sizeBytes }, read), reads: () => reads };
}

test('contents are the same where their bytes are, however they are cut and whatever of them is a hole', () => {
  const pair = fc.oneof(fc.tuple(pieces, pieces), pieces.map((of) => [of, [...whole(of)].map((byte) => Uint8Array.of(byte))] as [Piece[], Piece[]]));
  fc.assert(fc.property(pair, ([left, right]) => {
    const [a, b] = [fileOf(left), fileOf(right)];
    const expected = whole(left).equals(whole(right));
    expect(samePieces(a.file.read, b.file.read, whole(left).byteLength)).toBe(expected);
    expect(haveSameBytes(a.file, b.file)).toBe(expected);
    expect([a.file.sha256, b.file.sha256]).toEqual([sha256(whole(left)), sha256(whole(right))]);
    expect(haveSameBytes(b.file, a.file)).toBe(expected);
  }), { numRuns: 300 });
});

test('one digest does for both once they are found to be the same, and none is made to find it', () => {
  const [a, b, c] = [fileOf([Buffer.from('one'), 2]), fileOf([Buffer.from('on'), Buffer.from('e\0'), 1]), fileOf([Buffer.from('one\0\0')])];
  expect([haveSameBytes(a.file, b.file), haveSameBytes(b.file, c.file), haveSameBytes(c.file, a.file)]).toEqual([true, true, true]);
  expect([a.reads(), b.reads(), c.reads()]).toEqual([1, 2, 1]);
  expect(new Set([c.file.sha256, b.file.sha256, a.file.sha256])).toEqual(new Set([sha256('one\0\0')]));
  expect(a.reads() + b.reads() + c.reads()).toBe(5);
});

test('a digest that is known is gone by: the one that has none is hashed once', () => {
  const [a, b] = [fileOf([Buffer.from('one')]), fileOf([Buffer.from('one')])];
  expect(a.file.sha256).toBe(sha256('one'));
  expect([haveSameBytes(a.file, b.file), haveSameBytes(b.file, { kind: 'file', ...OWNED, sizeBytes: 3, sha256: sha256('two') }), a.reads(), b.reads()]).toEqual([true, false, 1, 1]);
});

test.each([['shorter', [Buffer.from('ab')]], ['longer', [Buffer.from('ab'), 2]]])('contents that are %s than they say are damaged, also where both are', (_how, of) => {
  expect(() => haveSameBytes(fileOf(of, 3).file, fileOf(of, 3).file)).toThrow(expect.objectContaining({ code: 'BYTES.DAMAGED' }));
  expect(haveSameBytes(fileOf(of, 3).file, fileOf(of).file)).toBe(false);
});
