import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';

import type { BlobReader } from '../../src/image/file-content.ts';
import { writeExt4, type Ext4Options } from '../../src/image/write-ext4.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import { treeDigest } from '../../src/tree/node.ts';
import type { PathBytes, TreeEntry } from '../../src/tree/entry.ts';
import { filterTree } from '../../src/tree/merge.ts';
import { makeTree, type Tree } from '../../src/tree/tree.ts';
import { treeThroughDebugfs } from '../support/ext4-through-debugfs.ts';
import { writeSparse } from '../support/image-file.ts';
import { anyTree, everything, sampleTree } from '../support/sample-trees.ts';
import { treeOnDisk } from '../support/unpacked.ts';

const EPOCH = 1_700_000_000;
const MIB = 2 ** 20;
const owned = { mode: 0o644, uid: 0, gid: 0 };

describe('ext4 read by other people\'s tools', () => {
  let directory: string;
  beforeEach(() => { directory = mkdtempSync(join(tmpdir(), 'image-ext4-')); });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const write = async (tree: Tree, blobs: BlobReader, options: Partial<Ext4Options> = {}): Promise<string> => {
    const path = join(directory, 'image');
    await writeSparse(path, writeExt4(tree, blobs, { epochSeconds: EPOCH, ...options }));
    return path;
  };

  /** Forced, read-only, every pass; a complaint is a line that the clean run does not have. */
  const expectClean = (image: string, now?: number): void => {
    const env = { ...process.env, ...(now === undefined ? {} : { E2FSCK_TIME: String(now) }) };
    const { status, stdout } = spawnSync('e2fsck', ['-fn', image], { encoding: 'utf8', env });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(0, 5).map((line) => line.slice(0, 7))).toEqual(['Pass 1:', 'Pass 2:', 'Pass 3:', 'Pass 4:', 'Pass 5:']);
    expect(lines).toHaveLength(6);
    expect(status).toBe(0);
  };

  const mounted = async <T>(image: string, options: string, use: (root: string) => Promise<T>): Promise<T> => {
    const root = join(directory, 'mnt');
    mkdirSync(root, { recursive: true });
    execFileSync('mount', ['-t', 'ext4', '-o', `loop,${options}`, image, root]);
    try {
      return await use(root);
    } finally {
      execFileSync('umount', [root]);
    }
  };

  const withoutEmptyLostAndFound = (tree: Tree): Tree => filterTree(tree, (path) => path !== 'lost+found');

  /** The kernel hands out user attributes of files and directories only; GNU tar sees hard links of files and symlinks only. */
  const visible = (tree: Tree): Tree => makeTree([...tree.entries].map(([path, given]): [PathBytes, TreeEntry] => {
    const target = given.kind === 'hard-link' ? tree.entries.get(given.target)! : given;
    const entry = target.kind === 'file' || target.kind === 'symlink' ? given : target;
    if (entry.kind === 'hard-link' || entry.kind === 'file' || entry.kind === 'directory' || entry.xattrs === undefined) return [path, entry];
    return [path, { ...entry, xattrs: Object.fromEntries(Object.entries(entry.xattrs).filter(([name]) => !name.startsWith('user.'))) }];
  }));

  test('one of everything: e2fsck has no complaint, debugfs and the kernel read the whole tree', async () => {
    const { tree, blobs } = everything();
    const image = await write(tree, blobs);
    expectClean(image);
    expect(treeThroughDebugfs(image)).toEqual(tree);
    expect(withoutEmptyLostAndFound(await mounted(image, 'ro,noload', (root) => treeOnDisk(root, blobs)))).toEqual(tree);
  });

  test('any tree', async () => {
    await fc.assert(fc.asyncProperty(anyTree({ xattrs: true, maxEntries: 30 }), async (drawn) => {
      const tree = visible(drawn.tree);
      const image = await write(tree, drawn.blobs);
      expectClean(image);
      expect(withoutEmptyLostAndFound(await mounted(image, 'ro,noload', (root) => treeOnDisk(root, drawn.blobs)))).toEqual(tree);
    }), { numRuns: 15 });
  });

  test('a mount for writing takes files and directories, uses the journal and leaves it clean', async () => {
    const { tree, blobs } = everything();
    const image = await write(tree, blobs, { sizeBytes: 64 * MIB });
    await mounted(image, 'rw', async (root) => {
      execFileSync('sh', ['-c', `mkdir -p ${root}/new && for i in $(seq 300); do : > ${root}/new/file-$i; done && rm -r ${root}/srv && sync`]);
    });
    const { status } = spawnSync('e2fsck', ['-fn', image]);
    expect(status).toBe(0);
    expect(treeThroughDebugfs(image).entries.get('etc/motd' as PathBytes)).toEqual(tree.entries.get('etc/motd' as PathBytes));
  });

  test('large directories, attributes that overflow into a block, and a lost+found of the tree\'s own', async () => {
    const { tree, blobs } = sampleTree([
      ...Array.from({ length: 1500 }, (_, i): [string, TreeEntry] => [`big/${'n'.repeat(i % 40)}${i}`, { kind: 'fifo', ...owned }]),
      ['attributes', { kind: 'file', ...owned, content: Buffer.from('x'), xattrs: Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`user.${'a'.repeat(i + 1)}`, 'v'.repeat(i * 25)])) }],
      ['inline', { kind: 'directory', ...owned, xattrs: { 'trusted.overlay.opaque': 'y' } }],
      ['lost+found', { kind: 'directory', mode: 0o755, uid: 5, gid: 6 }],
      ['lost+found/kept', { kind: 'fifo', ...owned }],
    ]);
    const image = await write(tree, blobs);
    expectClean(image);
    expect(await mounted(image, 'ro,noload', (root) => treeOnDisk(root, blobs))).toEqual(tree);
  });

  test('a file over several groups, in more pieces than an inode names, with every copy of the superblock good', async () => {
    const sizeBytes = 650 * MIB + 5;
    const block = Buffer.alloc(MIB);
    const holes: BlobReader = { async* readBlob() { for (let left = sizeBytes; left > 0; left -= MIB) yield block.subarray(0, Math.min(left, MIB)); } };
    const tree = makeTree([['huge' as PathBytes, { kind: 'file', ...owned, sizeBytes, sha256: sha256('stands for zeros') }], ['after' as PathBytes, { kind: 'symlink', ...owned, target: '/x'.repeat(200) as PathBytes }]]);
    const image = await write(tree, holes);
    expectClean(image);
    for (const group of [1, 3, 5]) expect(spawnSync('e2fsck', ['-fn', '-b', String(group * 32_768), '-B', '4096', image]).status).toBe(0);
    const told = execFileSync('debugfs', ['-R', 'stat /huge', image], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    expect(told).toContain(`Size: ${sizeBytes}`);
    expect(told).toMatch(/\(ETB0\):/);
  });

  test.each([16, 127, 128, 129, 130, 136, 257, 300])('an image of %i MiB', async (mebibytes) => {
    const { tree, blobs } = everything();
    const image = await write(tree, blobs, { sizeBytes: mebibytes * MIB });
    expect(execFileSync('stat', ['-c', '%s', image], { encoding: 'utf8' }).trim()).toBe(String(mebibytes * MIB));
    expectClean(image);
  });

  test('times beyond 2038 and beyond 2106 are the epoch', async () => {
    const { tree, blobs } = sampleTree([]);
    for (const epochSeconds of [0, 2 ** 31 + 5, 2 ** 32 + 7]) {
      const image = await write(tree, blobs, { epochSeconds });
      expectClean(image, epochSeconds + 1);
      await mounted(image, 'ro,noload', async (root) => {
        expect(execFileSync('stat', ['-c', '%X %Y %Z %W', root], { encoding: 'utf8' }).trim()).toBe(Array<number>(4).fill(epochSeconds).join(' '));
      });
    }
  });

  test('the ids name the tree and the parameters', async () => {
    const { tree, blobs } = everything();
    const ids = async (other: Tree, options: Partial<Ext4Options>): Promise<string[]> => {
      const told = execFileSync('dumpe2fs', ['-h', await write(other, blobs, options)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
      return [/UUID:\s+(\S+)/.exec(told)![1]!, /Hash Seed:\s+(\S+)/.exec(told)![1]!];
    };
    const changed = filterTree(tree, (path) => path !== 'empty');
    expect(treeDigest(changed)).not.toBe(treeDigest(tree));
    const all = [await ids(tree, {}), await ids(changed, {}), await ids(tree, { sizeBytes: 32 * MIB }), await ids(tree, { epochSeconds: 1 })].flat();
    expect(new Set(all).size).toBe(8);
    expect(await ids(tree, {})).toEqual(all.slice(0, 2));
  });
});
