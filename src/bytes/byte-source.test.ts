import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';

import { bufferSource, MAX_PIECE_BYTES, peek, piecesOf, sliceSource } from './byte-source.ts';
import { Budget } from './caps.ts';
import { openFileSource } from './file-source.ts';

const directory = mkdtempSync(join(tmpdir(), 'provenroot-bytes-'));
afterAll(() => rmSync(directory, { recursive: true }));

it('gives the same bytes from a file as from memory, wherever they are asked for', () => {
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) >>> 3));
  const path = join(directory, 'file');
  writeFileSync(path, bytes);
  const file = openFileSource(path);
  fc.assert(fc.property(fc.nat(bytes.length), fc.nat(200_000), (offset, wanted) => {
    const length = Math.min(wanted, bytes.length - offset);
    expect(file.read(offset, length).equals(bytes.subarray(offset, offset + length))).toBe(true);
  }));
  expect(Buffer.concat([...piecesOf(sliceSource(file, 1000, 290_000))]).equals(bytes.subarray(1000, 291_000))).toBe(true);
  file.close();
});

it.each([[-1, 1], [0.5, 1], [0, 11], [11, 0], [Number.NaN, 1], [0, -1], [2 ** 60, 1]])('refuses a read of %d, %d from ten bytes', (offset, length) => {
  expect(() => bufferSource(Buffer.alloc(10)).read(offset, length)).toThrow(expect.objectContaining({ code: 'BYTES.TRUNCATED' }));
  expect(() => sliceSource(bufferSource(Buffer.alloc(20)), 5, 10).read(offset, length)).toThrow(expect.objectContaining({ code: 'BYTES.TRUNCATED' }));
});

it('refuses a part that is not all there, and a piece that is larger than is ever held', () => {
  expect(() => sliceSource(bufferSource(Buffer.alloc(10)), 5, 6)).toThrow(expect.objectContaining({ code: 'BYTES.TRUNCATED' }));
  const endless = { sizeBytes: 2 ** 40, read: () => Buffer.alloc(0) };
  expect(() => sliceSource(endless, 0, 2 ** 40).read(0, MAX_PIECE_BYTES + 1)).toThrow(expect.objectContaining({ code: 'BYTES.LIMIT' }));
});

it('peeks as far as there are bytes', () => {
  expect(peek(bufferSource(Buffer.from('abc')), 1, 10).toString()).toBe('bc');
  expect(peek(bufferSource(Buffer.from('abc')), 3, 10).length).toBe(0);
});

it('tells a file that is not there as a fault of the world', () => {
  expect(() => openFileSource(join(directory, 'none'))).toThrow(expect.objectContaining({ code: 'BYTES.IO' }));
});

it('counts what an input makes us do over everything that is nested in it', () => {
  const budget = new Budget({ entries: 2, contentBytes: 10, fileBytes: 8, metadataBytes: 100, depth: 1 });
  const limit = expect.objectContaining({ code: 'BYTES.LIMIT' });
  budget.entry('a', 50);
  budget.entry('b', 50);
  expect(() => budget.entry('c', 0)).toThrow(limit);
  expect(() => budget.file('f', 9)).toThrow(limit);
  budget.file('f', 8);
  expect(() => budget.file('g', 3)).toThrow(limit);
  expect(() => budget.nested('x', () => budget.nested('y', () => 1))).toThrow(limit);
  expect(budget.nested('x', () => 1)).toBe(1);
});
