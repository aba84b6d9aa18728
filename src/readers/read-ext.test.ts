import fc from 'fast-check';

import { anyTree, bytesOf, everything } from '../../tests/support/sample-trees.ts';
import { bufferSource } from '../bytes/byte-source.ts';
import { Budget } from '../bytes/caps.ts';
import { writeExt4 } from '../image/write-ext4.ts';
import type { FileEntry, PathBytes } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';
import { sha256 } from '../foundation/digest.ts';
import type { BlobReader } from '../image/file-content.ts';
import { readExt } from './read-ext.ts';

const EPOCH = { epochSeconds: 1_700_000_000 };
const image = async (tree: Tree, blobs: BlobReader): Promise<Buffer> => Buffer.from(await bytesOf(writeExt4(tree, blobs, EPOCH)));

it('gives back one of everything as it was written, without a finding, every time the epoch', async () => {
  const { tree, blobs } = everything();
  const read = readExt(bufferSource(await image(tree, blobs)), new Budget());
  expect(read.tree).toEqual(tree);
  expect(read.findings).toEqual([]);
  expect(read.format).toBe('ext4');
  expect(new Set([...read.facts.values()].map(({ modified }) => modified!.seconds))).toEqual(new Set([EPOCH.epochSeconds]));
  for (const [path, entry] of tree.entries) {
    const file = (entry.kind === 'hard-link' ? tree.entries.get(entry.target) : entry) as FileEntry;
    if (file.kind !== 'file') { expect(read.content(path)).toBeUndefined(); continue; }
    expect(sha256(Buffer.concat([...read.content(path) as Iterable<Uint8Array>].map((piece) => Buffer.from(piece))))).toBe(file.sha256);
  }
});

it('gives back any tree that our writer can say', async () => {
  await fc.assert(fc.asyncProperty(anyTree({ xattrs: true, maxEntries: 30 }), async ({ tree, blobs }) => {
    const read = readExt(bufferSource(await image(tree, blobs)), new Budget());
    expect(read.tree).toEqual(tree);
    expect(read.findings).toEqual([]);
  }), { numRuns: 15 });
});

it('reports the structure whose checksum does not match, and reads on', async () => {
  const { tree, blobs } = everything();
  const bytes = await image(tree, blobs);
  bytes.write('renamed', 1024 + 120);
  expect(readExt(bufferSource(bytes), new Budget()).findings).toEqual([expect.objectContaining({ rule: 'checksum-mismatch', path: 'superblock' })]);
  expect((await image(tree, blobs)).equals(bytes)).toBe(false);
  expect(readExt(bufferSource(bytes), new Budget()).tree.entries.get('etc/motd' as PathBytes)).toEqual(tree.entries.get('etc/motd' as PathBytes));
});
