import { execFileSync } from 'node:child_process';

import fc from 'fast-check';

import { inPieces } from '../../tests/support/crafted-tar.ts';
import { anyTree, bytesOf, everything, sampleTree } from '../../tests/support/sample-trees.ts';
import { sha256 } from '../foundation/digest.ts';
import type { PathBytes } from '../tree/entry.ts';
import { treeFromTar } from './tree-from-tar.ts';
import { writeTar } from './write-tar.ts';

const EPOCH = { epochSeconds: 1_700_000_000 };

describe('writing a tar', () => {
  test('what is read back is the tree that was written', async () => {
    await fc.assert(fc.asyncProperty(anyTree({ xattrs: true }), fc.nat(2000), async ({ tree, blobs }, piece) => {
      const bytes = await bytesOf(writeTar(tree, blobs, EPOCH));
      expect(await treeFromTar(inPieces(bytes, piece + 1), blobs, { devices: 'keep' })).toEqual(tree);
    }), { numRuns: 60 });
  });

  test('one of everything survives, and the bytes are what this version of the writer writes', async () => {
    const { tree, blobs } = everything();
    const bytes = await bytesOf(writeTar(tree, blobs, EPOCH));
    expect(await treeFromTar(inPieces(bytes), blobs, { devices: 'keep' })).toEqual(tree);
    // Another digest here means another image for every user: raise the writer's version in image-formats.ts with it.
    expect(sha256(bytes)).toBe('8f9e096feceec7683061419e90c407cc69e016663117eb1daa74a64cde8ba9e8');
  });

  test('GNU tar lists what the tree holds', async () => {
    const { tree, blobs } = everything();
    const listed = execFileSync('tar', ['--numeric-owner', '--quoting-style=literal', '--full-time', '--utc', '-tvf', '-'], { input: await bytesOf(writeTar(tree, blobs, EPOCH)), encoding: 'latin1', stdio: ['pipe', 'pipe', 'pipe'] });
    expect(listed.trimEnd().split('\n')).toHaveLength(tree.entries.size);
    expect(listed).toContain('-rwsr-xr-x 0/0          300000 2023-11-14 22:13:20 bin/busybox');
    expect(listed).toContain('hrwsr-xr-x 0/0               0 2023-11-14 22:13:20 bin/sh link to bin/busybox');
    expect(listed).toContain('brw-rw---- 0/0       259,70000 2023-11-14 22:13:20 dev/big');
    expect(listed).toContain('---------- 70000/4000000000  0 2023-11-14 22:13:20 empty');
  });

  test('a pax header stands only where ustar has no room', async () => {
    const owned = { mode: 0o644, uid: 0, gid: 0 };
    const blocks = async (path: string): Promise<number> => {
      const { tree, blobs } = sampleTree([[path, { kind: 'fifo', ...owned }]]);
      return (await bytesOf(writeTar({ entries: new Map([[path as PathBytes, tree.entries.get(path as PathBytes)!]]) }, blobs, EPOCH))).length / 512 - 2;
    };
    expect(await blocks('a'.repeat(100))).toBe(1);
    expect(await blocks('a'.repeat(101))).toBe(3);
    expect(await blocks(`${'a'.repeat(155)}/${'b'.repeat(100)}`)).toBe(1);
    expect(await blocks(`${'a'.repeat(156)}/${'b'.repeat(100)}`)).toBe(3);
  });

  test('refuses an attribute that a pax record cannot say', async () => {
    const { tree, blobs } = sampleTree([['f', { kind: 'fifo', mode: 0, uid: 0, gid: 0, xattrs: { 'user.a=b': '1' } }]]);
    await expect(bytesOf(writeTar(tree, blobs, EPOCH))).rejects.toMatchObject({ code: 'IMAGE.UNSUPPORTED', place: 'f' });
  });

  test('refuses to go on with content that is not as long as the tree says', async () => {
    const { tree, blobs } = sampleTree([['f', { kind: 'file', mode: 0, uid: 0, gid: 0, content: Buffer.from('abc') }]]);
    for (const other of ['ab', 'abcd']) {
      blobs.blobs.set(sha256('abc'), Buffer.from(other));
      await expect(bytesOf(writeTar(tree, blobs, EPOCH))).rejects.toMatchObject({ name: 'Bug' });
    }
  });
});
