import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { bufferSource } from '../../src/bytes/byte-source.ts';
import type { Caps } from '../../src/bytes/caps.ts';
import type { ImageContent } from '../../src/readers/image-content.ts';
import { readImage } from '../../src/readers/read-image.ts';
import { missing, tool } from '../support/foreign-images.ts';
import { fuzzed, isTold, readDamaged, SMALL_CAPS } from '../support/fuzzed-image.ts';
import { SMALL_IMAGES, smallDirectory, smallImage } from '../support/small-images.ts';

const MUTATIONS = 60;

describe('hostile images', () => {
  let scratch: string;
  const images = new Map<string, Buffer>();
  const make = (name: string): Buffer => {
    const image = images.get(name) ?? smallImage(scratch, name);
    images.set(name, image);
    return image;
  };
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'readers-hostile-'));
    smallDirectory(scratch);
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  const read = (image: Buffer, caps: Partial<Caps> = {}): ImageContent => readImage(bufferSource(image), { ...SMALL_CAPS, ...caps });
  const able = (name: string): boolean => missing(...SMALL_IMAGES[name]!.needs).length === 0;
  const names = Object.keys(SMALL_IMAGES).filter(able);
  const without = Object.keys(SMALL_IMAGES).filter((name) => !able(name));
  const skipped = without.length > 0 ? test.skip : undefined;
  skipped?.each(without)('%s: its tools are not installed', () => undefined);

  test.each(names)('%s, damaged anywhere, ends in what is left of it or in a reason', (name) => {
    const damage = fuzzed(make(name), SMALL_IMAGES[name]!.repair);
    for (let seed = 0; seed < MUTATIONS; seed++) expect([seed, isTold(readDamaged(damage(seed)))]).toEqual([seed, true]);
  });

  /** A log may end anywhere, and flash has as many blocks as there are: whether more were to come, nothing tells. */
  const ENDS_ANYWHERE = /^(UBI|JFFS2.*)$/;
  test.each(names.filter((name) => !ENDS_ANYWHERE.test(name)))('%s, cut at any block, says so or lacks nothing', (name) => {
    const image = make(name);
    const whole = read(image);
    const step = Math.max(512, Math.ceil(image.length / 64 / 512) * 512);
    for (let end = 0; end < image.length; end += step) {
      const content = read(image.subarray(0, end));
      if (content.kind === 'opaque' || content.findings.length > whole.findings.length) continue;
      // Between two archives of an initramfs, nothing tells that another was to come.
      if (name === 'initramfs of two' && image.readUInt16BE(end) === 0x1f8b) continue;
      expect(essence(content)).toEqual(essence(whole));
    }
  });

  /** All that is read, without where it lies. */
  function essence(content: ImageContent): unknown {
    switch (content.kind) {
      case 'tree': return content.tree;
      case 'disk': return content.partitions.map(({ content: inner, ...row }) => [row, essence(inner)]);
      case 'compressed': case 'layered': return essence(content.content);
      case 'opaque': return content.sha256;
    }
  }
  const reasonOf = (content: ImageContent): string | undefined => content.kind === 'opaque' ? content.reason?.code : undefined;
  const rules = (content: ImageContent): string[] => content.findings.map(({ rule }) => rule);
  const debugfs = (image: string, request: string): void => { tool('debugfs', ['-w', '-R', request, image]); };
  const withDebugfs = (name: string, ...requests: string[]): Buffer => {
    const path = join(scratch, 'patched');
    writeFileSync(path, make(name));
    for (const request of requests) debugfs(path, request);
    return readFileSync(path);
  };

  test('ext: a directory inside itself, absurd sizes, blocks of two files, a loop of indirect blocks', () => {
    expect(reasonOf(read(withDebugfs('ext4', 'ln / /a/b/c/loop')))).toBe('BYTES.DAMAGED');
    expect(reasonOf(read(withDebugfs('ext4', 'sif /file size 0x7fffffffffff')))).toBe('BYTES.LIMIT');
    expect(reasonOf(read(withDebugfs('ext2', 'sif /file size 0x7fffffffffff')))).toBe('BYTES.LIMIT');
    expect(reasonOf(read(withDebugfs('ext2', 'sif /file size 100000000', 'sif /file block[2] 0x7fffffff', 'sif /file block[TIND] 0x7ffffff')))).toBe('BYTES.DAMAGED');
    expect(rules(read(withDebugfs('ext2', 'sif /file block[1] 100', 'sif /file block[2] 100')))).toContain('overlapping-blocks');
    const self = withDebugfs('ext2', 'sif /file size 120000000');
    const looping = read(self, { fileBytes: 1e9, contentBytes: 1e9 });
    expect(looping.kind).toBe('tree');
  });

  test('ext: names that no kernel takes', () => {
    for (const bad of ['file-with-a-nam/-7', '..\0e-with-a-name-7']) {
      const image = Buffer.from(make('ext2'));
      image.write(bad, image.indexOf('file-with-a-name-7'), 'latin1');
      expect(reasonOf(read(image))).toBe('BYTES.DAMAGED');
    }
  });

  test('tar and cpio: paths that climb or hold a NUL, files below links', () => {
    const outside = execFileSync('sh', ['-euc', 'cd many && tar -P -cf - ../file'], { cwd: join(scratch, 'src') });
    expect(reasonOf(read(outside))).toBe('BYTES.DAMAGED');
    const cpio = Buffer.from(make('cpio'));
    cpio.write('many/../../../../etc/x\0', cpio.indexOf('many/file-with-a-name-7'), 'latin1');
    expect(reasonOf(read(cpio))).toBe('BYTES.DAMAGED');
    const through = execFileSync('sh', ['-euc', 'mkdir t; ln -s /etc t/d; tar -C t -cf t.tar d; rm t/d; mkdir t/d; : > t/d/passwd; tar -C t -rf t.tar d/passwd; cat t.tar; rm -r t t.tar'], { cwd: scratch });
    expect(reasonOf(read(through))).toBe('BYTES.DAMAGED');
  });

  test('bombs: compressed zeros, wrappers in wrappers, a file of nothing but a hole, one block many times', () => {
    expect(reasonOf(read(gzipSync(Buffer.alloc(100_000_000))))).toBe('BYTES.LIMIT');
    let nested: Buffer = make('tar');
    for (let i = 0; i < 12; i++) nested = gzipSync(nested);
    const levels: ImageContent[] = [];
    for (let content: ImageContent = read(nested); ; content = content.content) {
      levels.push(content);
      if (content.kind !== 'compressed') break;
    }
    expect(levels).toHaveLength(9);
    expect(reasonOf(levels.at(-1)!)).toBe('BYTES.LIMIT');
    const directory = join(scratch, 'bomb');
    mkdirSync(directory);
    execFileSync('truncate', ['-s', '300M', join(directory, 'hole')]);
    for (const script of ['mksquashfs bomb image -quiet -no-progress', 'mke2fs -q -t ext4 -d bomb image 1M', 'mksquashfs bomb image -quiet -no-progress -no-sparse -comp lz4']) {
      rmSync(join(scratch, 'image'), { force: true });
      execFileSync('sh', ['-euc', script], { cwd: scratch, stdio: ['ignore', 'ignore', 'pipe'] });
      expect(reasonOf(read(readFileSync(join(scratch, 'image'))))).toBe('BYTES.LIMIT');
    }
  });

  (able('MBR') ? test : test.skip)('a partition that cannot be read leaves the others as they are', () => {
    const disk = Buffer.alloc(4 * 2 ** 20);
    make('MBR').copy(disk, 0, 0, 512);
    const first = disk.readUInt32LE(446 + 8) * 512;
    make('ext4').subarray(0, 400_000).copy(disk, first);
    disk.writeUInt32LE(0x7fff_ffff, first + 1024 + 40);
    const content = read(disk);
    expect(content).toMatchObject({ kind: 'opaque', format: 'mbr', reason: { code: 'BYTES.DAMAGED' } });
    const plain = Buffer.from(make('MBR'));
    make('ext4').subarray(0, 400_000).copy(plain, first);
    plain.writeUInt32LE(0, first + 1024 + 32);
    expect(read(plain)).toMatchObject({ kind: 'disk', partitions: [{ content: { kind: 'opaque', format: 'ext', reason: { code: 'BYTES.DAMAGED' } } }, { number: 5 }, { number: 6 }] });
  });
});
