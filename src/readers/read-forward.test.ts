import fc from 'fast-check';

import { anyTree, bytesOf } from '../../tests/support/sample-trees.ts';
import { bufferSource, type ByteSource } from '../bytes/byte-source.ts';
import { writeCpio } from '../image/write-cpio.ts';
import { writeTar } from '../image/write-tar.ts';
import type { TreeContent } from './image-content.ts';
import { readImage } from './read-image.ts';

const EPOCH = { epochSeconds: 1_700_000_000 };

/** Where each read began, the first 4 KiB left out: a format is known by them. */
function watched(bytes: Buffer): { source: ByteSource; reads: number[] } {
  const reads: number[] = [];
  const plain = bufferSource(bytes);
  const read = (offset: number, length: number): Buffer => { if (offset >= 4096) reads.push(offset); return plain.read(offset, length); };
  return { source: { sizeBytes: plain.sizeBytes, isForward: true, read }, reads };
}

it.each([['cpio', writeCpio], ['tar', writeTar]] as const)('tells the same of a %s that is dear to go back in, replaced entries too', async (_, write) => {
  await fc.assert(fc.asyncProperty(anyTree({ xattrs: false, maxEntries: 20 }), anyTree({ xattrs: false, maxEntries: 20 }), async (one, two) => {
    const bytes = Buffer.concat([await bytesOf(write(one.tree, one.blobs, EPOCH)), await bytesOf(write(two.tree, two.blobs, EPOCH)), await bytesOf(write(one.tree, one.blobs, EPOCH))]);
    const [plain, forward] = [readImage(bufferSource(bytes)), readImage(watched(bytes).source)];
    expect(forward).toMatchObject({ kind: plain.kind, findings: plain.findings });
    if (plain.kind === 'tree') expect([...(forward as TreeContent).tree.entries]).toEqual([...plain.tree.entries]);
  }), { seed: 6, numRuns: 60 });
});

it('goes through a cpio without going back', async () => {
  const files = Array.from({ length: 40 }, (_, i) => Buffer.alloc(3000 + i, i));
  const header = (name: string, bytes: Buffer, inode: number): Buffer => {
    const fields = [inode, 0o100644, 0, 0, 1, 0, bytes.length, 0, 0, 0, 0, name.length + 1, 0].map((field) => field.toString(16).padStart(8, '0'));
    const head = Buffer.from(`070701${fields.join('')}${name}\0`);
    const padded = (part: Buffer): Buffer => Buffer.concat([part, Buffer.alloc((4 - part.length % 4) % 4)]);
    return Buffer.concat([padded(head), padded(bytes)]);
  };
  const { source, reads } = watched(Buffer.concat([...files.map((bytes, i) => header(`file${i}`, bytes, i + 1)), header('TRAILER!!!', Buffer.alloc(0), 0)]));
  expect((readImage(source) as TreeContent).tree.entries.size).toBe(41);
  expect(reads).toEqual(reads.toSorted((a, b) => a - b));
});
