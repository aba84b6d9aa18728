import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openFileSource } from '../../src/bytes/file-source.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import type { DiskContent, ImageContent, TreeContent } from '../../src/readers/image-content.ts';
import { readImage } from '../../src/readers/read-image.ts';
import type { PathBytes, TreeEntry } from '../../src/tree/entry.ts';
import { directoryOfEverything, missing, tool } from '../support/foreign-images.ts';
import { sevenZip, type SevenZipRow } from '../support/seven-zip.ts';

/** As `ls -l` writes them. */
function modeText(entry: Exclude<TreeEntry, { kind: 'hard-link' }>): string {
  const letter = { 'file': '-', 'directory': 'd', 'symlink': 'l', 'character-device': 'c', 'block-device': 'b', 'fifo': 'p' }[entry.kind];
  const bits = (shift: number): string => `${(entry.mode >> shift & 4) !== 0 ? 'r' : '-'}${(entry.mode >> shift & 2) !== 0 ? 'w' : '-'}`;
  const third = (shift: number, special: number, letters: string): string => (entry.mode & special) !== 0 ? letters[(entry.mode >> shift & 1) !== 0 ? 0 : 1]! : (entry.mode >> shift & 1) !== 0 ? 'x' : '-';
  return `${letter}${bits(6)}${third(6, 0o4000, 'sS')}${bits(3)}${third(3, 0o2000, 'sS')}${bits(0)}${third(0, 0o1000, 'tT')}`;
}

const EMPTY = sha256('');

describe('images that 7-Zip reads, too', () => {
  let scratch: string;
  let image: string;
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'readers-seven-'));
    image = join(scratch, 'image');
    await directoryOfEverything(join(scratch, 'everything'));
    // 7-Zip tells names that are no UTF-8 in its own way.
    rmSync(join(scratch, 'everything/srv'), { recursive: true });
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  afterEach(() => { for (const name of readdirSync(scratch).toSorted()) if (name !== 'everything') rmSync(join(scratch, name), { recursive: true }); });
  const sh = (script: string): void => { tool('sh', ['-euc', `cd ${scratch}; ${script}`]); };
  const read = (): ImageContent => {
    const source = openFileSource(image);
    try { return readImage(source); } finally { source.close(); }
  };
  const asTree = (content: ImageContent): TreeContent => {
    if (content.kind !== 'tree') throw new RangeError(`read as ${JSON.stringify({ ...content, bytes: undefined })}`);
    return content;
  };

  /** Fields that 7-Zip gives for a path, as ours give them. */
  function rowOf(content: TreeContent, path: PathBytes, theirs: SevenZipRow): SevenZipRow {
    const entry = content.tree.entries.get(path);
    const standing = entry?.kind === 'hard-link' ? content.tree.entries.get(entry.target)! : entry;
    if (standing === undefined || standing.kind === 'hard-link') throw new RangeError(`there is no "${path}"`);
    // Of a hard link in a tar it tells no size.
    const sizeBytes = entry?.kind === 'hard-link' && theirs.sizeBytes === 0 ? 0 : standing.kind === 'file' ? standing.sizeBytes : standing.kind === 'symlink' ? standing.target.length : theirs.sizeBytes;
    const seconds = content.facts.get(path)?.modified?.seconds;
    return {
      isFolder: standing.kind === 'directory', sizeBytes,
      ...(theirs.mode === undefined ? {} : { mode: modeText(standing) }), ...(theirs.uid === undefined ? {} : { uid: standing.uid }), ...(theirs.gid === undefined ? {} : { gid: standing.gid }),
      ...(theirs.modifiedSeconds === undefined ? {} : { modifiedSeconds: seconds! }),
    };
  }

  async function agrees(type: string, least: number, leave: readonly string[] = []): Promise<void> {
    const content = asTree(read());
    const theirs = await sevenZip(image);
    expect(theirs.type).toBe(type);
    const paths = [...content.tree.entries.keys()].filter((path) => path !== '');
    const listed = [...theirs.rows].filter(([path]) => path !== '.' && path !== '' && !path.startsWith('[SYS]') && !leave.includes(path));
    expect(listed.map(([path]) => path).toSorted()).toEqual(paths.map((path) => Buffer.from(path, 'latin1').toString('utf8')).toSorted());
    for (const [path, row] of listed) expect([path, rowOf(content, Buffer.from(path).toString('latin1') as PathBytes, row)]).toEqual([path, row]);
    let compared = 0;
    for (const [path, digest] of theirs.digests) {
      const entry = content.tree.entries.get(Buffer.from(path).toString('latin1') as PathBytes);
      // It gives nothing of a file with holes in blocks by number.
      if (entry?.kind !== 'file' || (digest === EMPTY && path === 'holes')) continue;
      expect([path, entry.sha256]).toEqual([path, digest]);
      compared++;
    }
    expect(compared).toBeGreaterThanOrEqual(least);
  }

  // Of lz4, its WebAssembly knows nothing.
  test.each(['gzip', 'xz', 'zstd'])('squashfs with %s', async (compressor) => {
    sh(`mksquashfs everything image -quiet -no-progress -comp ${compressor} -b 32768`);
    await agrees('SquashFS', 700);
  });

  test.each([['ext2', '-t ext2 -b 1024'], ['ext3', '-t ext3'], ['ext4', '-t ext4'], ['ext4 without checksums', '-t ext4 -O ^metadata_csum,^64bit']])('%s', async (_name, words) => {
    sh(`mke2fs -q -d everything ${words} image 96M`);
    await agrees('Ext', 700, ['lost+found']);
  });

  test.each(['newc', 'crc'])('cpio in the format %s', async (format) => {
    sh(`cd everything; find . -print0 | sort -z | cpio -0 --quiet -o -H ${format} > ../image`);
    await agrees('Cpio', 700);
  });

  test.each(['ustar', 'posix', 'gnu'])('tar in the format %s', async (format) => {
    // ustar has no room for the longest of targets and the largest of group numbers; 7-Zip does not know GNU's way to write these.
    sh(`tar --format=${format} --sort=name --numeric-owner ${format === 'posix' ? '' : '--exclude=./etc --exclude=./level-0 --exclude=./empty'} -C everything -cf image .`);
    await agrees('tar', 700);
  });

  const fat = missing('mkfs.vfat', 'mcopy').length === 0 ? test : test.skip;
  fat.each([['12', '4M'], ['16', '32M'], ['32', '48M']])('FAT%s', async (bits, size) => {
    mkdirSync(join(scratch, 'folder/A long name with ümläuts and 🐧'), { recursive: true });
    for (let i = 0; i < 150; i++) writeFileSync(join(scratch, `folder/A long name with ümläuts and 🐧/${i}`), `content ${i}`.repeat(i));
    writeFileSync(join(scratch, 'folder/SHORT.TXT'), 'short');
    writeFileSync(join(scratch, 'folder/lower.txt'), 'lower');
    execFileSync('sh', ['-euc', `cd ${scratch}; truncate -s ${size} image; mkfs.vfat -F ${bits} ${bits === '12' ? '' : '-s 1'} image; mcopy -s -m -i image folder/* ::`], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' } });
    await agrees('FAT', 152);
  });

  const disks = missing('sfdisk').length === 0 ? test : test.skip;
  disks.each([['GPT', 'label: gpt\nsize=2048, name="one"\nsize=4096, name="two"\n'], ['MBR', 'label: dos\nsize=2048, type=83\nsize=4096, type=c\n']])('a disk with %s', async (type, script) => {
    sh('truncate -s 16M image');
    tool('sfdisk', ['--quiet', image], Buffer.from(script));
    const disk = read() as DiskContent;
    const theirs = await sevenZip(image);
    expect(theirs.type).toBe(type);
    // It tells of what lies behind the last one, too.
    expect([...theirs.rows.values()].map(({ sizeBytes }) => sizeBytes).slice(0, 2)).toEqual(disk.partitions.map(({ sizeBytes }) => sizeBytes));
  });
});
