import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';

import { bufferSource } from '../../src/bytes/byte-source.ts';
import { Budget } from '../../src/bytes/caps.ts';
import { openFileSource } from '../../src/bytes/file-source.ts';
import { imageStep } from '../../src/image/image-formats.ts';
import { readErofs } from '../../src/readers/read-erofs.ts';
import { readExt } from '../../src/readers/read-ext.ts';
import { readSquashfs } from '../../src/readers/read-squashfs.ts';
import type { TreeContent } from '../../src/readers/image-content.ts';
import type { PathBytes, TreeEntry } from '../../src/tree/entry.ts';
import { filterTree } from '../../src/tree/merge.ts';
import { makeTree, type Tree } from '../../src/tree/tree.ts';
import { anyTree, bytesOf } from '../support/sample-trees.ts';
import { directoryOfEverything, EPOCH, missing, tool } from '../support/foreign-images.ts';

describe('images that other people\'s tools made of one directory', () => {
  let scratch: string;
  let directory: string;
  let tree: Tree;
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'readers-'));
    directory = join(scratch, 'directory');
    tree = await directoryOfEverything(directory);
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  afterEach(() => { for (const name of readdirSync(scratch).toSorted()) if (name !== 'directory') rmSync(join(scratch, name), { recursive: true }); });

  const reading = (path: string, read: (source: ReturnType<typeof openFileSource>) => TreeContent): TreeContent => {
    const source = openFileSource(path);
    try { return read(source); } finally { source.close(); }
  };
  const ext = (words: readonly string[], size = '96M'): TreeContent => {
    const image = join(scratch, 'image');
    tool('mke2fs', ['-q', '-d', directory, ...words, image, size]);
    return reading(image, (source) => readExt(source, new Budget()));
  };

  test.each<[string, string, string[]]>([
    ['ext2 with blocks of 1 KiB', 'ext2', ['-t', 'ext2', '-b', '1024']],
    ['ext3 with blocks of 2 KiB and inodes of 128 bytes', 'ext3', ['-t', 'ext3', '-b', '2048', '-I', '128']],
    ['ext4 as mke2fs makes it', 'ext4', ['-t', 'ext4']],
    ['ext4 with blocks of 1 KiB, 64 bits and checksums', 'ext4', ['-t', 'ext4', '-b', '1024', '-O', '64bit,metadata_csum']],
    ['ext4 with meta groups and a seed of its own', 'ext4', ['-t', 'ext4', '-O', 'meta_bg,^resize_inode,metadata_csum,metadata_csum_seed', '-b', '1024']],
    ['ext4 with clusters', 'ext4', ['-t', 'ext4', '-O', 'bigalloc', '-C', '16384']],
    ['ext4 with attributes in inodes', 'ext4', ['-t', 'ext4', '-O', 'ea_inode']],
    ['ext4 without checksums and file types', 'ext4', ['-t', 'ext4', '-O', '^metadata_csum,^filetype,^has_journal']],
  ])('%s', (_title, format, words) => {
    const read = ext(words);
    expect(read.format).toBe(format);
    expect(read.findings).toEqual([]);
    expect(read.tree).toEqual(tree);
    expect(read.facts.get('holes' as PathBytes)!.holeBytes).toBeGreaterThan(3_900_000);
    expect(read.facts.get('empty' as PathBytes)!.modified!.seconds).toBe(EPOCH);
  });

  test('ext4 with indexed directories, as e2fsck makes them; a damaged index is told and the names are read', () => {
    const image = join(scratch, 'image');
    tool('mke2fs', ['-q', '-d', directory, '-t', 'ext4', '-b', '1024', image, '96M']);
    // Rebuilding directories changes them, which e2fsck says with its exit code.
    tool('sh', ['-c', `e2fsck -fyD ${image} || [ $? = 1 ]`]);
    expect(tool('debugfs', ['-R', 'htree /many', image])).toContain('Root node dump');
    const read = reading(image, (source) => readExt(source, new Budget()));
    expect(read.findings).toEqual([]);
    expect(read.tree).toEqual(tree);
    const first = Number(/\(0\):(\d+)|\(0-\d+\):(\d+)/.exec(tool('debugfs', ['-R', 'stat /many', image]))!.slice(1).find((text) => text !== undefined));
    const bytes = readFileSync(image);
    bytes[first * 1024 + 24 + 8 + 8]! ^= 1;
    const damaged = readExt(bufferSource(bytes), new Budget());
    expect(damaged.tree).toEqual(tree);
    expect(damaged.findings).toEqual([expect.objectContaining({ rule: 'checksum-mismatch', path: expect.stringMatching(/^directory inode \d+$/) })]);
  });

  test.each<[string, string[]]>([
    ['groups that are not initialised', ['-O', 'uninit_bg,^metadata_csum']], ['quotas and projects', ['-O', 'quota,project']], ['names without case', ['-O', 'casefold']],
    ['room for encryption and verity', ['-O', 'encrypt,verity']], ['protection against two mounts', ['-O', 'mmp']], ['two copies of the superblock', ['-O', 'sparse_super2']],
    ['all metadata at the start', ['-E', 'packed_meta_blocks=1', '-G', '4']], ['a file of orphans and a fast journal', ['-O', 'orphan_file,fast_commit']], ['large directories', ['-O', 'large_dir,stable_inodes']],
  ])('ext4 with %s', (_title, words) => {
    const read = ext(['-t', 'ext4', ...words]);
    expect(read.findings).toEqual([]);
    expect(read.tree).toEqual(tree);
  });

  test('ext4 that was made larger: its groups lie elsewhere', () => {
    const image = join(scratch, 'image');
    tool('mke2fs', ['-q', '-d', directory, '-t', 'ext4', image, '48M']);
    tool('sh', ['-c', `e2fsck -fp ${image} || [ $? = 1 ]; resize2fs ${image} 400M 2>&1; e2fsck -fn ${image}`]);
    expect(reading(image, (source) => readExt(source, new Budget())).tree).toEqual(tree);
  });

  test('a journal that lies on a device of its own, and erofs over two devices, are refused by name', () => {
    const image = join(scratch, 'image');
    tool('mke2fs', ['-q', '-O', 'journal_dev', image, '8M']);
    expect(() => reading(image, (source) => readExt(source, new Budget()))).toThrow(expect.objectContaining({ code: 'BYTES.UNSUPPORTED', message: expect.stringContaining('journal device') }));
    if (missing('mkfs.erofs').length > 0) return;
    tool('mkfs.erofs', ['--quiet', '--chunksize=4096', `--blobdev=${join(scratch, 'blob')}`, join(scratch, 'two'), directory]);
    expect(() => reading(join(scratch, 'two'), (source) => readErofs(source, new Budget()))).toThrow(expect.objectContaining({ code: 'BYTES.UNSUPPORTED', message: expect.stringContaining('several devices') }));
  });

  /** Thousands of pieces, more than an inode names; and one beyond what two levels of blocks by number reach. */
  test.each<[string, string, (source: ReturnType<typeof openFileSource>) => TreeContent]>([
    ['ext4', 'mke2fs -q -t ext4 -b 1024 -d scattered image 64M', (source) => readExt(source, new Budget())],
    ['ext2', 'mke2fs -q -t ext2 -b 1024 -d scattered image 64M', (source) => readExt(source, new Budget())],
    ['squashfs', 'mksquashfs scattered image -quiet -no-progress', (source) => readSquashfs(source, new Budget())],
    ...(missing('mkfs.erofs').length > 0 ? [] : [['erofs in chunks', 'mkfs.erofs --quiet --chunksize=4096 image scattered', (source) => readErofs(source, new Budget())] as [string, string, (source: ReturnType<typeof openFileSource>) => TreeContent]]),
  ])('%s: a file in three thousand pieces, and one of three with 200 MB between them', (format, script, read) => {
    mkdirSync(join(scratch, 'scattered'));
    const pieces = openSync(join(scratch, 'scattered/pieces'), 'w');
    for (let i = 0; i < 3000; i++) writeSync(pieces, `piece ${i}`, i * 9000);
    closeSync(pieces);
    const far = openSync(join(scratch, 'scattered/far'), 'w');
    for (const at of [0, 90_000_000, 200_000_000]) writeSync(far, `at ${at}`, at);
    closeSync(far);
    tool('sh', ['-euc', `cd ${scratch}; ${script}`]);
    const told = tool('sh', ['-euc', `cd ${scratch}/scattered; sha256sum far pieces`]).trimEnd().split('\n').map((line) => line.slice(0, 64));
    const content = reading(join(scratch, 'image'), read);
    expect(['far', 'pieces'].map((path) => (content.tree.entries.get(path as PathBytes) as { sha256: string }).sha256)).toEqual(told);
    expect(content.findings).toEqual([]);
    // mkfs.erofs writes one chunk of zeros and names it many times.
    if (!format.startsWith('erofs')) expect(content.facts.get('far' as PathBytes)!.holeBytes).toBeGreaterThan(199_000_000);
  });

  test('ext4 with data in inodes', () => {
    const read = ext(['-t', 'ext4', '-O', 'inline_data', '-I', '512']);
    // With this feature, mke2fs 1.47.0 itself writes files that end in a hole too short.
    const rest = (whole: Tree): Tree => filterTree(whole, (path) => path !== 'holes');
    expect(rest(read.tree)).toEqual(rest(tree));
    expect(read.findings).toEqual([]);
  });

  test.each(['gzip', 'xz', 'lzma', 'lzo', 'lz4', 'zstd'])('squashfs with %s', (compressor) => {
    const image = join(scratch, 'image');
    tool('mksquashfs', [directory, image, '-quiet', '-no-progress', '-comp', compressor, '-b', '65536']);
    const read = reading(image, (source) => readSquashfs(source, new Budget()));
    expect(read.findings).toEqual([]);
    expect(read.tree).toEqual(tree);
    expect(read.layout).toMatchObject({ compressor, blockBytes: 65_536, madeAt: EPOCH });
    expect(read.facts.get('holes' as PathBytes)!.holeBytes).toBeGreaterThan(3_800_000);
    expect(read.facts.get('empty' as PathBytes)!.modified!.seconds).toBe(EPOCH);
  });

  test.each<[string, string[]]>([
    ['nothing compressed', ['-noI', '-noD', '-noF', '-noX']], ['no fragments and no export table', ['-no-fragments', '-no-exports']],
    ['fragments for every tail', ['-always-use-fragments']], ['blocks of 1 MiB and duplicates', ['-b', '1M', '-no-duplicates']],
  ])('squashfs with %s', (_title, words) => {
    const image = join(scratch, 'image');
    tool('mksquashfs', [directory, image, '-quiet', '-no-progress', ...words]);
    expect(reading(image, (source) => readSquashfs(source, new Budget())).tree).toEqual(tree);
  });

  (missing('sqfstar', 'fakeroot').length === 0 ? test : test.skip)('squashfs as our own images are finished: any tree comes back as it was', async () => {
    await fc.assert(fc.asyncProperty(anyTree({ xattrs: true, maxEntries: 30 }), async (drawn) => {
      const step = imageStep({ format: 'squashfs' }, drawn.tree, EPOCH);
      rmSync(join(scratch, 'images'), { recursive: true, force: true });
      writeFileSync(join(scratch, step.inputName), await bytesOf(step.write(drawn.blobs)));
      tool('sh', ['-euc', step.phase!.replaceAll('/src/', `${scratch}/`).replaceAll('/out/', `${scratch}/`)]);
      const read = reading(join(scratch, 'images', step.fileName), (source) => readSquashfs(source, new Budget()));
      // sqfstar 4.5.1 writes every symlink as 0777.
      const written = makeTree([...drawn.tree.entries].map(([path, entry]): [PathBytes, TreeEntry] => [path, entry.kind === 'symlink' ? { ...entry, mode: 0o777 } : entry]));
      expect(read.tree).toEqual(written);
      expect(read.findings).toEqual([]);
    }), { numRuns: 15 });
  });

  const needsErofs = missing('mkfs.erofs').length === 0 ? test : test.skip;
  needsErofs.each<[string, string[]]>([
    ['nothing compressed', []], ['extended inodes', ['-E', 'force-inode-extended']], ['compact inodes and blocks of one cluster', ['-E', 'force-inode-compact', '-zlz4']],
    ['lz4hc', ['-zlz4hc']], ['big clusters', ['-zlz4hc', '-C65536']], ['the old index', ['-zlz4hc', '-E', 'legacy-compress']], ['tails behind the index', ['-zlz4hc', '-E', 'ztailpacking']],
    ['big clusters and tails behind the index', ['-zlz4hc,12', '-C65536', '-E', 'ztailpacking']], ['fragments', ['-zlz4hc', '-E', 'fragments']], ['everything in fragments', ['-zlz4hc', '-E', 'all-fragments', '-C65536']],
    ['deduplicated clusters', ['-zlz4hc', '-E', 'dedupe']], ['chunks', ['--chunksize=16384']], ['chunks without an index', ['--chunksize=4096', '-E', 'force-chunk-indexes']], ['attributes in inodes', ['-x', '10000']],
  ])('erofs with %s', (_title, words) => {
    const image = join(scratch, 'image');
    tool('mkfs.erofs', [...words, image, directory]);
    const read = reading(image, (source) => readErofs(source, new Budget()));
    expect(read.findings).toEqual([]);
    expect(read.tree).toEqual(tree);
  });
});
