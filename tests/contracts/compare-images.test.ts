import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { bufferSource } from '../../src/bytes/byte-source.ts';
import { openFileSource } from '../../src/bytes/file-source.ts';
import { NOTHING_KNOWN } from '../../src/causes/cause.ts';
import { compareImages } from '../../src/compare/compare.ts';
import type { CompareOptions, Comparison } from '../../src/compare/comparison.ts';
import { exitOf } from '../../src/compare/verdict.ts';
import { writeExt4 } from '../../src/image/write-ext4.ts';
import { writeTar } from '../../src/image/write-tar.ts';
import { missing, tool } from '../support/foreign-images.ts';
import { imagePairs, saidOf } from '../support/image-pairs.ts';
import { bytesOf, sampleTree, type SampleTree } from '../support/sample-trees.ts';

const PAIRS = imagePairs();
const EPOCH = 1_700_000_000;
let scratch: string;
beforeAll(() => { scratch = mkdtempSync(join(tmpdir(), 'compare-')); });
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function compareFiles(left: string, right: string): Promise<Comparison> {
  const [a, b] = [openFileSource(left), openFileSource(right)];
  try {
    return await compareImages(a, b);
  } finally {
    a.close();
    b.close();
  }
}

/** A directory as root makes it, owners and devices and all. */
async function directoryOf({ tree, blobs }: SampleTree, epochSeconds: number, name: string): Promise<string> {
  const directory = join(scratch, name);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
  const archive = join(scratch, `${name}.tar`);
  writeFileSync(archive, await bytesOf(writeTar(tree, blobs, { epochSeconds })));
  tool('tar', ['--xattrs', '--xattrs-include=*', '--numeric-owner', '--same-owner', '-C', directory, '-xpf', archive]);
  return directory;
}

type Make = (directory: string, image: string, epochSeconds: number) => void;
const MAKERS: readonly (readonly [string, Make])[] = [
  ['squashfs of mksquashfs, zstd', (directory, image, epoch) => { tool('sh', ['-c', `unset SOURCE_DATE_EPOCH; rm -f ${image}; mksquashfs ${directory} ${image} -quiet -no-progress -comp zstd -mkfs-time ${epoch} -all-time ${epoch}`]); }],
  ['erofs of mkfs.erofs, lz4', (directory, image, epoch) => { tool('sh', ['-c', `unset SOURCE_DATE_EPOCH; rm -f ${image}; mkfs.erofs -zlz4 -T${epoch} -U 00000000-0000-4000-8000-000000000001 ${image} ${directory}`]); }],
];

describe.each(MAKERS)('two images, each a %s', (_name, make) => {
  test.each(PAIRS.map((pair) => [pair.name, pair] as const))('tell %s, and nothing else', async (_title, { left, right, expected, epochs }) => {
    const images = [join(scratch, 'left'), join(scratch, 'right')] as const;
    make(await directoryOf(left, epochs[0], 'one'), images[0], epochs[0]);
    make(await directoryOf(right, epochs[1], 'two'), images[1], epochs[1]);
    const comparison = await compareFiles(...images);
    expect(saidOf(comparison.changes)).toEqual(expected);
    expect(comparison.findings).toEqual([]);
  });
});

it('judges one tree in squashfs, erofs and ext4 equal in content and metadata: all that differs is layout', async () => {
  const sample = PAIRS.find(({ name }) => name === 'attributes and capabilities')!.right;
  const directory = await directoryOf(sample, EPOCH, 'one');
  const paths = MAKERS.map(([, make], i) => { const image = join(scratch, `same-${i}`); make(directory, image, EPOCH); return image; });
  const ext4 = join(scratch, 'same-ext4');
  writeFileSync(ext4, await bytesOf(writeExt4(sample.tree, sample.blobs, { epochSeconds: EPOCH })));
  for (const [left, right] of [[paths[0]!, ext4], [ext4, paths[1]!], [paths[1]!, paths[0]!]] as const) {
    const comparison = await compareFiles(left, right);
    expect(comparison.changes).toEqual([]);
    expect([comparison.verdict.contentEqual, comparison.verdict.metadataEqual, comparison.verdict.layoutEqual, exitOf(comparison)]).toEqual([true, true, false, 3]);
  }
});

it('says that a squashfs cut anywhere is the beginning of the other', async () => {
  const image = join(scratch, 'whole');
  MAKERS[0]![1](await directoryOf(PAIRS[0]!.left, EPOCH, 'one'), image, EPOCH);
  const bytes = readFileSync(image);
  for (const length of [200, 4096, bytes.length >> 1, bytes.length - 4096 - 100]) {
    const comparison = await compareImages(bufferSource(bytes), bufferSource(bytes.subarray(0, length)));
    expect([comparison.changes.map(({ causes }) => causes[0]!.code), exitOf(comparison)]).toEqual([['truncated'], 1]);
  }
});

(missing('mkfs.vfat', 'mcopy').length === 0 ? it : it.skip)('tells what differs between FAT images by path', async () => {
  const image = (name: string, files: Readonly<Record<string, string>>): string => {
    const path = join(scratch, name);
    rmSync(path, { force: true });
    tool('mkfs.vfat', ['-C', '-i', '12345678', path, '2048']);
    for (const [file, content] of Object.entries(files)) {
      const from = join(scratch, 'from');
      writeFileSync(from, content);
      tool('touch', ['-d', `@${EPOCH}`, from]);
      tool('mcopy', ['-m', '-i', path, from, `::${file}`]);
    }
    return path;
  };
  const comparison = await compareFiles(image('a', { 'kernel.img': 'kernel one', 'loader.conf': 'timeout 3\n', 'a long name.txt': 'the same' }), image('b', { 'loader.conf': 'timeout 5\n', 'a long name.txt': 'the same', 'vmlinuz': 'kernel one' }));
  const hidden = image('c', { 'loader.conf': 'timeout 3\n' });
  tool('mattrib', ['-i', hidden, '+h', '::loader.conf']);
  expect(saidOf((await compareFiles(image('d', { 'loader.conf': 'timeout 3\n' }), hidden)).changes)).toEqual([{ path: 'loader.conf', kind: 'changed', classes: ['mode'] }]);
  expect(saidOf(comparison.changes)).toEqual([{ path: 'loader.conf', kind: 'changed', classes: ['content'] }, { path: 'vmlinuz', otherPath: 'kernel.img', kind: 'moved', classes: [] }]);
});

describe('a program that a compiler made', () => {
  const source = '#include <assert.h>\n#include <stdio.h>\nint main(int argc, char **argv) { assert(argc < 9); puts(argv[0]); puts(__FILE__); return 0; }\n';
  const compiled = (directory: string, ...flags: string[]): Buffer => {
    const path = join(scratch, directory, 'src/main.c');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, source.replace('< 9', flags.includes('changed') ? '< 8' : '< 9'));
    tool('sh', ['-c', `cd ${scratch}/${directory} && gcc ${flags.filter((flag) => flag !== 'changed').join(' ')} -o out ${join(scratch, directory)}/src/main.c`]);
    return readFileSync(join(scratch, directory, 'out'));
  };
  const compare = async (left: Buffer, right: Buffer, options: Partial<CompareOptions> = {}): Promise<Comparison> => {
    const tar = async (content: Buffer): Promise<Buffer> => { const { tree, blobs } = sampleTree([['bin/out', { kind: 'file', mode: 0o755, uid: 0, gid: 0, content }]]); return bytesOf(writeTar(tree, blobs, { epochSeconds: EPOCH })); };
    return compareImages(bufferSource(await tar(left)), bufferSource(await tar(right)), {}, options);
  };
  const codes = ({ changes }: Comparison): string[] => changes.flatMap(({ causes }) => causes.map(({ code }) => code)).toSorted();
  const withCompiler = missing('gcc').length === 0 ? it : it.skip;

  withCompiler('in another directory of the same length is noise, proved where the record knows both', async () => {
    const known = { left: { ...NOTHING_KNOWN, paths: [join(scratch, 'one')] }, right: { ...NOTHING_KNOWN, paths: [join(scratch, 'two')] } };
    const comparison = await compare(compiled('one'), compiled('two'), { known });
    expect([codes(comparison), exitOf(comparison)]).toEqual([['build-id', 'build-path'], 3]);
  });
  // Linkers sort strings by what is in them, and the name of the directory is another each time: where the order is another too, no rule undoes it.
  withCompiler('with debug information is noise where that is proved, and else told apart', async () => {
    const comparison = await compare(compiled('one', '-g'), compiled('two', '-g'));
    expect([[['build-id', 'build-path', 'debug-only'], 1], [['build-id', 'build-path'], 3]]).toContainEqual([codes(comparison), exitOf(comparison)]);
  });
  withCompiler('in a directory of another length is suspected of its path, and no noise', async () => {
    const comparison = await compare(compiled('one', '-g'), compiled('three', '-g'));
    expect([codes(comparison).includes('build-path'), exitOf(comparison)]).toEqual([true, 1]);
  });
  withCompiler('from another source in another directory is no noise', async () => {
    expect(exitOf(await compare(compiled('one', '-g'), compiled('two', '-g', 'changed')))).toBe(1);
  });
  withCompiler('with another kind of build id is the same program', async () => {
    const comparison = await compare(compiled('one', '-Wl,--build-id=0x0011223344556677'), compiled('one', '-Wl,--build-id=0x8899aabbccddeeff'));
    expect([codes(comparison), exitOf(comparison)]).toEqual([['build-id'], 3]);
  });
  withCompiler('of objects in another order is told so, and is no noise', async () => {
    const linked = (...names: string[]): Buffer => {
      for (const name of ['a', 'b']) writeFileSync(join(scratch, `${name}.c`), `int ${name}(int x) { return x * ${name === 'a' ? 3 : 5} + ${name === 'a' ? 'x / 7' : '11'}; }\n${name === 'a' ? 'int main(void) { return 0; }' : ''}\n`);
      tool('sh', ['-c', `cd ${scratch} && gcc -c a.c b.c && gcc -o out ${names.join(' ')}`]);
      return readFileSync(join(scratch, 'out'));
    };
    const comparison = await compare(linked('a.o', 'b.o'), linked('b.o', 'a.o'));
    expect([codes(comparison).includes('link-order'), exitOf(comparison)]).toEqual([true, 1]);
  });
  withCompiler('with other flags is told by them', async () => {
    expect(codes(await compare(compiled('one', '-g', '-O0'), compiled('one', '-g', '-O2')))).toContain('compiler-flags');
  });
});
