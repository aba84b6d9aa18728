import { anyTree, bytesOf, everything, sampleTree } from '../../tests/support/sample-trees.ts';
import { sha256 } from '../foundation/digest.ts';
import type { PathBytes, TreeEntry } from '../tree/entry.ts';
import { makeTree } from '../tree/tree.ts';
import fc from 'fast-check';

import { CRC32C_START, crc32c } from '../bytes/crc32c.ts';
import { hasSuperblock, MIB } from './ext4-format.ts';
import { ext4Size, writeExt4 } from './write-ext4.ts';

const EPOCH = { epochSeconds: 1_700_000_000 };
const owned = { mode: 0o644, uid: 0, gid: 0 };
const file = (sizeBytes: number): TreeEntry => ({ kind: 'file', ...owned, sizeBytes, sha256: sha256('any') });

describe('writing an ext4', () => {
  test('the bytes are what this version of the writer writes', async () => {
    const { tree, blobs } = everything();
    // Another digest here means another image for every user: raise EXT4_WRITER_VERSION with it.
    expect(sha256(await bytesOf(writeExt4(tree, blobs, EPOCH)))).toBe('70443062d8e1496db8f5f495539659fea26c2ceeea63230231cfbf7719ee80ab');
  });

  test('the same tree gives the same bytes, in whatever order its entries were named', async () => {
    await fc.assert(fc.asyncProperty(anyTree({ xattrs: true }), async ({ tree, blobs }) => {
      const again = makeTree([...tree.entries].toReversed());
      expect(sha256(await bytesOf(writeExt4(again, blobs, EPOCH)))).toBe(sha256(await bytesOf(writeExt4(tree, blobs, EPOCH))));
    }), { numRuns: 5 });
  });

  test('an image without a given size is as small as leaves an eighth and 4 MiB free, in whole MiB', () => {
    const sizeOf = (mebibytes: number): number => ext4Size(makeTree([['f' as PathBytes, file(mebibytes * MIB)]]), {}) / MIB;
    expect([0, 1, 16, 64, 100, 200, 1024].map(sizeOf)).toEqual([9, 10, 25, 78, 119, 245, 1203]);
  });

  test('a size that is too small is refused with what is needed, and what is needed is enough', async () => {
    const { tree, blobs } = sampleTree([['f', { kind: 'file', ...owned, content: Buffer.alloc(3 * MIB) }]]);
    let neededBytes = 0;
    try { writeExt4(tree, blobs, { ...EPOCH, sizeBytes: 4 * MIB }); } catch (error) {
      expect(error).toMatchObject({ code: 'IMAGE.TOO_LARGE', details: { givenBytes: 4 * MIB } });
      neededBytes = (error as { details: { neededBytes: number } }).details.neededBytes;
    }
    expect((await bytesOf(writeExt4(tree, blobs, { ...EPOCH, sizeBytes: neededBytes }))).length).toBe(neededBytes);
    expect(() => writeExt4(tree, blobs, { ...EPOCH, sizeBytes: neededBytes - MIB })).toThrow(/needs/);
  });

  test.each<[string, [string, TreeEntry][], string]>([
    ['an attribute of a name space that is no plain bytes', [['f', { kind: 'fifo', ...owned, xattrs: { 'system.posix_acl_access': 'x' } }]], 'f'],
    ['more attributes than inode and block hold', [['f', { kind: 'fifo', ...owned, xattrs: { 'user.a': 'x'.repeat(4050) } }]], 'f'],
    ['a device beyond 12 and 20 bits', [['d', { kind: 'block-device', ...owned, major: 4096, minor: 0 }]], 'd'],
    ['a lost+found that is no directory', [['lost+found', file(0)]], 'lost+found'],
  ])('refuses %s by path', (_title, rows, place) => {
    const { tree, blobs } = sampleTree(rows);
    expect(() => writeExt4(tree, blobs, EPOCH)).toThrow(expect.objectContaining({ code: 'IMAGE.UNSUPPORTED', place }) as Error);
  });

  test('fails where the store fails after the last byte of a file', async () => {
    const { tree } = sampleTree([['f', { kind: 'file', ...owned, content: Buffer.from('abc') }]]);
    const damaged = { async* readBlob() { yield Buffer.from('abc'); throw new RangeError('damaged'); } };
    await expect(bytesOf(writeExt4(tree, damaged, EPOCH))).rejects.toThrow('damaged');
  });
});

test('CRC-32C of the published check string', () => {
  expect((~crc32c(CRC32C_START, Buffer.from('123456789'))) >>> 0).toBe(0xe306_9283);
});

test('superblocks have copies in groups 0, 1 and the powers of 3, 5 and 7', () => {
  expect(Array.from({ length: 130 }, (_, group) => group).filter(hasSuperblock)).toEqual([0, 1, 3, 5, 7, 9, 25, 27, 49, 81, 125]);
});
