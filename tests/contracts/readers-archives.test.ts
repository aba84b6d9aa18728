import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { bufferSource } from '../../src/bytes/byte-source.ts';
import { openFileSource } from '../../src/bytes/file-source.ts';
import type { CompressedContent, DiskContent, ImageContent, TreeContent } from '../../src/readers/image-content.ts';
import { readImage } from '../../src/readers/read-image.ts';
import type { PathBytes, TreeEntry } from '../../src/tree/entry.ts';
import { filterTree } from '../../src/tree/merge.ts';
import { fileAt, makeTree, type Tree } from '../../src/tree/tree.ts';
import { directoryOfEverything, EPOCH, missing, tool } from '../support/foreign-images.ts';

const MIB = 2 ** 20;
const withoutXattrs = (tree: Tree): Tree => makeTree([...tree.entries].map(([path, entry]): [PathBytes, TreeEntry] => [path, entry.kind === 'hard-link' ? entry : { ...entry, xattrs: {} }]));
const asTree = (content: ImageContent): TreeContent => {
  if (content.kind !== 'tree') throw new RangeError(`read as ${JSON.stringify({ ...content, bytes: undefined })}`);
  return content;
};

describe('archives and disks that other people\'s tools made', () => {
  let scratch: string;
  let directory: string;
  let tree: Tree;
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'readers-'));
    directory = join(scratch, 'directory');
    tree = await directoryOfEverything(directory);
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  const read = (path: string): ImageContent => {
    const source = openFileSource(path);
    try { return readImage(source); } finally { source.close(); }
  };
  const sh = (script: string): Buffer => execFileSync('sh', ['-euc', script], { cwd: directory, maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'pipe'] });

  test.each(['posix', 'gnu', 'pax'])('tar in the format %s', (format) => {
    const content = asTree(readImage(bufferSource(sh(`tar --format=${format} --numeric-owner -cf - .`))));
    expect(content.tree).toEqual(withoutXattrs(tree));
    expect(content.findings).toEqual([]);
  });

  const compressors = missing('gzip', 'xz', 'bzip2', 'zstd').length === 0 ? test : test.skip;
  // Not among what `provenroot test` installs.
  const lz4 = missing('lz4').length === 0 ? test : test.skip;
  const packedTar = (options: readonly string[]): void => {
    for (const option of options) {
      const content = readImage(bufferSource(sh(`tar --format=posix --xattrs --xattrs-include='*' --numeric-owner ${option} -cf - .`)));
      const inner = asTree(option === '' ? content : (content as CompressedContent).content);
      expect(inner.tree).toEqual(tree);
      expect(inner.facts.get([...tree.entries.keys()].find((path) => path.endsWith('/random'))!)!.modified).toEqual({ seconds: EPOCH, nanoseconds: 500_000_000 });
    }
  };
  compressors('tar with attributes and fractions of seconds, packed with each compressor', () => packedTar(['', '-z', '-J', '-j', '--zstd']));
  lz4('tar packed with lz4', () => packedTar(['--use-compress-program=lz4']));

  test.each(['--format=gnu', '--format=posix', '--format=posix --sparse-version=0.1'])('tar with sparse files, %s', (words) => {
    const content = asTree(readImage(bufferSource(sh(`tar --sparse ${words} --numeric-owner -cf - .`))));
    expect(content.tree).toEqual(withoutXattrs(tree));
    expect(content.findings).toEqual([]);
    expect(content.facts.get('holes' as PathBytes)!.holeBytes).toBeGreaterThan(3_900_000);
  });

  test('tar: a later member stands for an earlier one, links to what comes later are kept', () => {
    const path = join(scratch, 'twice.tar');
    writeFileSync(join(scratch, 'file'), 'first');
    tool('tar', ['-C', scratch, '-cf', path, './file']);
    writeFileSync(join(scratch, 'file'), 'second');
    tool('tar', ['-C', scratch, '-rf', path, 'file']);
    const content = asTree(read(path));
    expect(fileAt(content.tree, 'file' as PathBytes)!.sizeBytes).toBe(6);
    expect(content.findings).toEqual([expect.objectContaining({ rule: 'replaced', path: '"/file"' })]);
  });

  test.each(['newc', 'crc'])('cpio in the format %s', (format) => {
    const content = asTree(readImage(bufferSource(sh(`find . -print0 | sort -z | cpio -0 --quiet -o -H ${format}`))));
    expect(content.tree).toEqual(withoutXattrs(tree));
    expect(content.findings).toEqual([]);
    expect(content.facts.get('empty' as PathBytes)!.modified!.seconds).toBe(EPOCH);
  });

  const initramfs = (packers: readonly string[]): void => {
    for (const pack of packers) {
      mkdirSync(join(scratch, 'early/kernel/x86'), { recursive: true });
      writeFileSync(join(scratch, 'early/kernel/x86/microcode'), 'microcode');
      writeFileSync(join(scratch, 'early/empty'), 'not empty here');
      const image = join(scratch, 'initramfs');
      sh(`(cd ../early && find . -print0 | sort -z | cpio -0 --quiet -o -H newc) > ${image}; find . -print0 | sort -z | cpio -0 --quiet -o -H newc | ${pack} >> ${image}`);
      const content = asTree(read(image));
      expect(content.layout['segments']).toBe(2);
      expect(content.findings).toEqual([expect.objectContaining({ rule: 'replaced', path: '"/empty"' })]);
      expect(fileAt(content.tree, 'kernel/x86/microcode' as PathBytes)!.sizeBytes).toBe(9);
      expect(filterTree(content.tree, (path) => !path.startsWith('kernel'))).toEqual(withoutXattrs(tree));
    }
  };
  compressors('an initramfs of an archive as it is and one that is packed, the later over the earlier', () => initramfs(['gzip -n', 'xz --check=crc32', 'zstd -q', 'bzip2']));
  lz4('an initramfs whose second archive is packed with lz4 as for a kernel', () => initramfs(['lz4 -l -q']));

  describe('FAT', () => {
    const needed = missing('mkfs.vfat', 'mcopy').length === 0 ? test : test.skip;
    const fat = (words: readonly string[], sizeBytes: number): string => {
      const image = join(scratch, 'fat');
      rmSync(image, { force: true });
      execFileSync('truncate', ['-s', String(sizeBytes), image]);
      tool('mkfs.vfat', ['--invariant', ...words, image]);
      const folder = join(scratch, 'for-fat');
      mkdirSync(join(folder, 'EFI/BOOT/A long name with spaces, and ümläuts'), { recursive: true });
      writeFileSync(join(folder, 'EFI/BOOT/BOOTX64.EFI'), Buffer.alloc(123_457, 'efi'));
      writeFileSync(join(folder, 'EFI/BOOT/grub.cfg'), 'set default=0\n');
      writeFileSync(join(folder, 'empty'), '');
      for (let i = 0; i < 200; i++) writeFileSync(join(folder, `EFI/BOOT/A long name with spaces, and ümläuts/number ${i} of two hundred.txt`), `content ${i}`);
      execFileSync('sh', ['-euc', `MTOOLS_SKIP_CHECK=1 mcopy -s -m -i ${image} ${folder}/* ::`], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, LC_ALL: 'C.UTF-8' } });
      return image;
    };

    needed.each<[string, string, string[], number]>([
      ['FAT12', 'fat12', ['-F', '12'], 4 * MIB], ['FAT16', 'fat16', ['-F', '16', '-n', 'BOOT'], 32 * MIB], ['FAT32', 'fat32', ['-F', '32', '-s', '1'], 48 * MIB], ['FAT16 with sectors of 4 KiB', 'fat16', ['-F', '16', '-S', '4096'], 64 * MIB],
    ])('%s as mtools fills it', async (_title, format, words, sizeBytes) => {
      const content = asTree(read(fat(words, sizeBytes)));
      expect(content.format).toBe(format);
      expect(content.findings).toEqual([]);
      const found = [...content.tree.entries].map(([path, entry]): [string, string] => [Buffer.from(path, 'latin1').toString('utf8'), entry.kind === 'file' ? entry.sha256 : entry.kind]);
      const folder = join(scratch, 'for-fat');
      const listed = execFileSync('sh', ['-euc', 'find . -mindepth 1 -type d -printf "directory  %P\\n"; find . -type f -exec sha256sum {} + | sed "s# \\./# #"'], { cwd: folder, encoding: 'utf8' });
      const expected = listed.trimEnd().split('\n').map((line) => { const [what, ...path] = line.split('  '); return [path.join('  ').replace(/^\.\//, ''), what]; });
      expect(new Map(found.filter(([path]) => path !== ''))).toEqual(new Map(expected as [string, string][]));
      if (words.includes('BOOT')) expect(content.layout['label']).toBe('BOOT');
    });
  });

  describe('disks', () => {
    const needed = missing('sfdisk').length === 0 ? test : test.skip;
    const disk = (): string => {
      const image = join(scratch, 'disk');
      rmSync(image, { force: true });
      execFileSync('truncate', ['-s', String(96 * MIB), image]);
      return image;
    };
    const place = (image: string, part: Uint8Array, sector: number): void => {
      const path = join(scratch, 'part');
      writeFileSync(path, part);
      execFileSync('dd', [`if=${path}`, `of=${image}`, 'bs=512', `seek=${sector}`, 'conv=notrunc', 'status=none']);
    };
    const squashfs = (): Buffer => {
      const path = join(scratch, 'squashfs');
      rmSync(path, { force: true });
      tool('mksquashfs', [directory, path, '-quiet', '-no-progress']);
      return readFileSync(path);
    };

    needed('GPT as sfdisk writes it: partitions with ids and names, each with its own tree', () => {
      const image = disk();
      tool('sfdisk', ['--quiet', image], Buffer.from('label: gpt\nlabel-id: 11111111-2222-3333-4444-555555555555\nsize=2048, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="ESP"\nsize=65536, type=L, name="root a", uuid=AAAAAAAA-BBBB-CCCC-DDDD-EEEEEEEEEEEE, attrs="63"\nsize=2048, type=L\n'));
      const told = JSON.parse(tool('sfdisk', ['--json', image])) as { partitiontable: { id: string; partitions: { start: number; size: number; type: string; uuid: string; name?: string }[] } };
      const rows = told.partitiontable.partitions;
      place(image, squashfs(), rows[1]!.start);
      const content = read(image) as DiskContent;
      expect(content).toMatchObject({ kind: 'disk', format: 'gpt', findings: [], layout: { diskId: told.partitiontable.id } });
      expect(content.partitions.map(({ offsetBytes, sizeBytes, type, id, name }) => ({ start: offsetBytes / 512, size: sizeBytes / 512, type, uuid: id, name }))).toEqual(rows.map(({ start, size, type, uuid, name }) => ({ start, size, type, uuid, name: name ?? '' })));
      expect(content.partitions[1]!.attributes).toBe('0x8000000000000000');
      expect(asTree(content.partitions[1]!.content).tree).toEqual(tree);
      expect(content.partitions[2]!.content).toMatchObject({ kind: 'opaque', sizeBytes: MIB });
      // The backup lies in the last sector: another disk id there is seen.
      execFileSync('sh', ['-euc', `printf x | dd of=${image} bs=1 seek=$((96 * 1048576 - 512 + 56)) conv=notrunc status=none`]);
      expect((read(image) as DiskContent).findings.map(({ rule }) => rule)).toEqual(['backup-differs', 'backup-differs']);
      execFileSync('truncate', ['-s', String(90 * MIB), image]);
      expect((read(image) as DiskContent).findings.map(({ rule }) => rule)).toEqual(['backup-missing']);
    });

    needed('MBR with logical partitions as sfdisk writes it', () => {
      const image = disk();
      tool('sfdisk', ['--quiet', image], Buffer.from('label: dos\nlabel-id: 0x12345678\nd1: size=2048, type=c, bootable\nd2: size=4096, type=83\nd3: size=100000, type=5\nd5: size=2048, type=83\nd6: size=60000, type=83\nd7: size=2048, type=82\n'));
      const rows = (JSON.parse(tool('sfdisk', ['--json', image])) as { partitiontable: { partitions: { node: string; start: number; size: number; type: string; bootable?: boolean }[] } }).partitiontable.partitions.filter(({ type }) => type !== '5');
      place(image, squashfs(), rows.find(({ size }) => size === 60_000)!.start);
      const content = read(image) as DiskContent;
      expect(content).toMatchObject({ kind: 'disk', format: 'mbr', findings: [], layout: { diskId: '0x12345678', extended: true } });
      expect(content.partitions.map(({ number, offsetBytes, sizeBytes, type, attributes }) => ({ number, start: offsetBytes / 512, size: sizeBytes / 512, type, active: attributes === 'active' })))
        .toEqual(rows.map(({ node, start, size, type, bootable }) => ({ number: Number(/\d+$/.exec(node)![0]), start, size, type: `0x${type.padStart(2, '0')}`, active: bootable === true })));
      expect(asTree(content.partitions.find(({ sizeBytes }) => sizeBytes === 60_000 * 512)!.content).tree).toEqual(tree);
    });
  });
});
