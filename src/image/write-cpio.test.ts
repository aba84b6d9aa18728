import fc from 'fast-check';

import { anyTree, bytesOf, everything, sampleTree, type SampleTree } from '../../tests/support/sample-trees.ts';
import { sha256 } from '../foundation/digest.ts';
import type { PathBytes, TreeEntry } from '../tree/entry.ts';
import { makeTree, type Tree } from '../tree/tree.ts';
import { writeCpio } from './write-cpio.ts';

const EPOCH = { epochSeconds: 1_700_000_000 };

/** Unpacks as init/initramfs.c of the kernel does: hard links by inode number, content where it stands. */
function unpackedAsTheKernelDoes(archive: Buffer): Tree {
  const entries = new Map<PathBytes, TreeEntry>();
  const first = new Map<number, PathBytes>();
  for (let at = 0; ;) {
    const field = (index: number): number => Number.parseInt(archive.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    expect(archive.toString('latin1', at, at + 6)).toBe('070701');
    const [ino, mode, uid, gid, links, mtime, size, major, minor] = [0, 1, 2, 3, 4, 5, 6, 9, 10].map(field) as [number, number, number, number, number, number, number, number, number];
    const name = archive.toString('latin1', at + 110, at + 110 + field(11) - 1) as PathBytes;
    const start = at + Math.ceil((110 + field(11)) / 4) * 4;
    const content = archive.subarray(start, start + size);
    at = start + Math.ceil(size / 4) * 4;
    if (name === 'TRAILER!!!') { expect(archive.subarray(at).every((byte) => byte === 0)).toBe(true); return makeTree(entries); }
    expect(mtime).toBe(EPOCH.epochSeconds);
    const owned = { mode: mode & 0o7777, uid, gid };
    const path = name === '.' ? '' as PathBytes : name;
    const file = (): TreeEntry => ({ kind: 'file', ...owned, sizeBytes: size, sha256: sha256(content) });
    switch (mode & 0o170000) {
      case 0o040000: entries.set(path, { kind: 'directory', ...owned }); break;
      case 0o120000: entries.set(path, { kind: 'symlink', ...owned, target: content.toString('latin1') as PathBytes }); break;
      case 0o010000: case 0o020000: case 0o060000: case 0o100000: {
        const standing = links >= 2 ? first.get(ino) : undefined;
        if (standing === undefined) {
          first.set(ino, path);
          const type = mode & 0o170000;
          entries.set(path, type === 0o100000 ? file() : type === 0o010000 ? { kind: 'fifo', ...owned }
            : { kind: type === 0o020000 ? 'character-device' : 'block-device', ...owned, major, minor });
        } else {
          entries.set(path, { kind: 'hard-link', target: standing });
          if (size > 0) entries.set(standing, file());
        }
        break;
      }
      default: throw new RangeError(`mode ${mode.toString(8)}`);
    }
  }
}

/** cpio and the kernel know no hard links between symlinks: each is one of its own. */
function withSeparateSymlinks(tree: Tree): Tree {
  return makeTree([...tree.entries].map(([path, entry]) => {
    const target = entry.kind === 'hard-link' ? tree.entries.get(entry.target)! : entry;
    return [path, target.kind === 'symlink' ? target : entry];
  }));
}

/** `everything` without extended attributes. */
function everythingPlain(): SampleTree {
  const { tree, blobs } = everything();
  return { tree: makeTree([...tree.entries].map(([path, entry]) => [path, entry.kind === 'hard-link' ? entry : { ...entry, xattrs: {} }])), blobs };
}

describe('writing a cpio', () => {
  test('the kernel unpacks the tree that was written', async () => {
    await fc.assert(fc.asyncProperty(anyTree({ xattrs: false }), async ({ tree, blobs }) => {
      const bytes = await bytesOf(writeCpio(tree, blobs, EPOCH));
      expect(bytes.length % 512).toBe(0);
      expect(unpackedAsTheKernelDoes(bytes)).toEqual(withSeparateSymlinks(tree));
    }), { numRuns: 60 });
  });

  test('one of everything survives, and the bytes are what this version of the writer writes', async () => {
    const { tree, blobs } = everythingPlain();
    const bytes = await bytesOf(writeCpio(tree, blobs, EPOCH));
    expect(unpackedAsTheKernelDoes(bytes)).toEqual(withSeparateSymlinks(tree));
    // Another digest here means another image for every user: raise the writer's version in image-formats.ts with it.
    expect(sha256(bytes)).toBe('2dbbae2f4992ca932624c46bce41a58ba0f19b4aa8a30061ff3b81f51d25b2c8');
  });

  test.each([
    ['extended attributes', [['f', { kind: 'fifo', mode: 0, uid: 0, gid: 0, xattrs: { 'user.a': '1' } }]], 'f'],
    ['the name that ends an archive', [['TRAILER!!!', { kind: 'fifo', mode: 0, uid: 0, gid: 0 }]], 'TRAILER!!!'],
  ] as const)('refuses %s by path', async (_title, rows, place) => {
    const { tree, blobs } = sampleTree(rows);
    await expect(bytesOf(writeCpio(tree, blobs, EPOCH))).rejects.toMatchObject({ code: 'IMAGE.UNSUPPORTED', place });
  });

  test('refuses a file of 4 GiB', async () => {
    const tree = makeTree([['f' as PathBytes, { kind: 'file', mode: 0, uid: 0, gid: 0, sizeBytes: 2 ** 32, sha256: sha256('') }]]);
    await expect(bytesOf(writeCpio(tree, everything().blobs, EPOCH))).rejects.toMatchObject({ code: 'IMAGE.UNSUPPORTED', place: 'f' });
  });
});
