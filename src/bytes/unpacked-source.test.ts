import { gzipSync, zstdCompressSync } from 'node:zlib';

import { bufferSource, streamOf, type ByteSource } from './byte-source.ts';
import { Budget, type Caps } from './caps.ts';
import { unpackedSource, type Unpacked } from './unpacked-source.ts';

const MIB = 2 ** 20;
const BLOCK = Buffer.from(Array.from({ length: MIB }, (_, i) => i * i >> 5 & 0xff));
const LARGE = gzipSync(Buffer.concat(Array.from({ length: 90 }, () => BLOCK)), { level: 1 });

const open = (packed: Buffer, caps: Partial<Caps> = {}, compression: 'gzip' | 'zstd' = 'gzip'): Unpacked => unpackedSource(bufferSource(packed), compression, new Budget(caps), 'sample');

function expectBlocks(source: ByteSource, count: number): void {
  expect(source.sizeBytes).toBe(count * MIB);
  for (const piece of streamOf(source, 0, source.sizeBytes, Buffer.alloc(MIB))) if (!piece.equals(BLOCK)) throw new Error('other bytes came out');
}

it('unpacks more than it may hold', () => {
  const { bytes, packedBytes, facts } = open(Buffer.concat([LARGE, Buffer.from('behind')]), { heldBytes: 20 * MIB });
  expectBlocks(bytes, 90);
  expect(packedBytes).toBe(LARGE.byteLength);
  expect(facts).toMatchObject({ compression: 'gzip', memberCount: 1, members: [{ sizeBytes: 90 * MIB }] });
});

it('does so, too, where the last member states next to nothing', () => {
  expectBlocks(open(Buffer.concat([LARGE, gzipSync('')]), { heldBytes: 20 * MIB }).bytes, 90);
});

it('refuses what would have to be gone through for too long, and what it can only hold', () => {
  expect(() => open(LARGE, { contentBytes: 4 * 80 * MIB })).toThrow(expect.objectContaining({ code: 'BYTES.LIMIT' }));
  expect(() => open(zstdCompressSync(Buffer.alloc(30 * MIB)), { heldBytes: 20 * MIB }, 'zstd')).toThrow(expect.objectContaining({ code: 'BYTES.LIMIT' }));
});

it('counts what it goes through against what else the input may make of us', () => {
  const budget = new Budget({ contentBytes: 400 * MIB });
  unpackedSource(bufferSource(LARGE), 'gzip', budget, 'sample');
  expect(() => budget.content('what is in it', 50 * MIB)).toThrow(expect.objectContaining({ code: 'BYTES.LIMIT' }));
});

it.each([['in its middle', LARGE.byteLength >> 1], ['in its checksum', LARGE.byteLength - 6]])('refuses damage %s before anybody reads', (_, at) => {
  const broken = Buffer.from(LARGE);
  broken[at]! ^= 0x10;
  expect(() => open(broken)).toThrow(expect.objectContaining({ code: expect.stringMatching(/^BYTES\.(DAMAGED|TRUNCATED)$/) as string }));
});
