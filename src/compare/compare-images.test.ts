import { gzipSync, zstdCompressSync } from 'node:zlib';

import { craftGpt } from '../../tests/support/crafted-disk.ts';
import { imagePairs, saidOf, type ImagePair } from '../../tests/support/image-pairs.ts';
import { bytesOf, everything, sampleTree, type SampleTree } from '../../tests/support/sample-trees.ts';
import { bufferSource } from '../bytes/byte-source.ts';
import { writeCpio } from '../image/write-cpio.ts';
import { writeExt4 } from '../image/write-ext4.ts';
import { writeTar } from '../image/write-tar.ts';
import { compareImages } from './compare.ts';
import type { Comparison } from './comparison.ts';
import { comparisonJson } from './comparison-json.ts';
import { comparisonText } from './comparison-text.ts';
import { exitOf } from './verdict.ts';

type Write = (sample: SampleTree, epochSeconds: number) => Promise<Buffer>;
const tar: Write = ({ tree, blobs }, epochSeconds) => bytesOf(writeTar(tree, blobs, { epochSeconds }));
const cpio: Write = ({ tree, blobs }, epochSeconds) => bytesOf(writeCpio(tree, blobs, { epochSeconds }));
const ext4: Write = ({ tree, blobs }, epochSeconds) => bytesOf(writeExt4(tree, blobs, { epochSeconds }));
const FORMATS: readonly (readonly [string, Write])[] = [
  ['tar', tar], ['ext4', ext4], ['cpio', cpio], ['a tar packed with gzip', async (...words) => gzipSync(await tar(...words))], ['a cpio packed with zstd', async (...words) => zstdCompressSync(await cpio(...words))],
  ['an ext4 on a disk', async (...words) => craftGpt([{ name: 'boot', bytes: Buffer.alloc(4096, 'loader') }, { name: 'root', bytes: await ext4(...words) }])],
];
const compare = (left: Buffer, right: Buffer): Promise<Comparison> => compareImages(bufferSource(left), bufferSource(right));
const EPOCH = 1_700_000_000;
const PAIRS = imagePairs();

describe.each(FORMATS)('two images, each %s', (name, write) => {
  const canHold = ({ needsXattrs = false }: ImagePair): boolean => !needsXattrs || !name.includes('cpio');
  test.each(PAIRS.filter(canHold).map((pair) => [pair.name, pair] as const))('tell %s, and nothing else', async (_title, { left, right, expected, epochs }) => {
    const comparison = await compare(await write(left, epochs[0]), await write(right, epochs[1]));
    expect(saidOf(comparison.changes)).toEqual(expected);
    expect(comparison.verdict.bytesEqual).toBe(expected.length === 0);
  });
});

it('calls an image identical to itself, without reading it as anything', async () => {
  const bytes = await ext4(everything(), EPOCH);
  const comparison = await compare(bytes, Buffer.from(bytes));
  expect(comparison).toEqual({ verdict: { bytesEqual: true, layoutEqual: true, metadataEqual: true, contentEqual: true }, layout: [], changes: [], findings: [] });
  expect(exitOf(comparison)).toBe(0);
});

it('judges one tree in two formats equal in content and metadata, different in layout: noise', async () => {
  const sample = everything();
  const images = [await tar(sample, EPOCH), await ext4(sample, EPOCH), gzipSync(await tar(sample, EPOCH)), craftGpt([{ name: 'root', bytes: await ext4(sample, EPOCH) }])];
  for (const left of images) {
    for (const right of images.filter((image) => image !== left)) {
      const comparison = await compare(left, right);
      expect(comparison.verdict).toEqual({ bytesEqual: false, layoutEqual: false, metadataEqual: true, contentEqual: true });
      expect(exitOf(comparison)).toBe(3);
    }
  }
});

it('tells what a format has no room for as lost, and does not call it noise', async () => {
  const { left, right } = PAIRS.find(({ name }) => name === 'attributes and capabilities')!;
  const comparison = await compare(await cpio(left, EPOCH), await tar(right, EPOCH));
  expect(comparison.changes).toEqual([]);
  expect(comparison.layout).toContainEqual({ place: '', key: 'entriesWithXattrs', left: 0, right: 2, cause: 'real-change', noise: false });
  expect(exitOf(comparison)).toBe(1);
});

it('calls another level of compression noise', async () => {
  const bytes = await tar(everything(), EPOCH);
  const comparison = await compare(gzipSync(bytes, { level: 1 }), gzipSync(bytes, { level: 9 }));
  expect([comparison.layout.map(({ key }) => key), exitOf(comparison)]).toEqual([['packing'], 3]);
});

it('reads every archive of a concatenated initramfs', async () => {
  const { left, right } = PAIRS.find(({ name }) => name === 'one line')!;
  const early = await cpio(everythingWithoutXattrs(), EPOCH);
  const comparison = await compare(Buffer.concat([early, gzipSync(await cpio(left, EPOCH))]), Buffer.concat([early, Buffer.alloc(512), gzipSync(await cpio(right, EPOCH))]));
  expect(saidOf(comparison.changes)).toEqual([{ path: 'etc/issue', kind: 'changed', classes: ['content'] }]);
});

it('says that a cut image is the beginning of the other', async () => {
  const bytes = await ext4(everything(), EPOCH);
  for (const length of [2048, 40_000, bytes.length - 4096 * 40]) {
    const comparison = await compare(bytes, bytes.subarray(0, length));
    expect(exitOf(comparison)).toBe(1);
    expect([...comparison.changes.flatMap(({ causes }) => causes.map(({ code }) => code)), ...comparison.layout.map(({ key }) => key)]).toEqual(expect.arrayContaining([expect.stringMatching(/truncated|findings/)]));
  }
});

describe('a disk', () => {
  const loader = Buffer.alloc(4096, 'loader');
  const root = (): Promise<Buffer> => ext4(PAIRS[0]!.left, EPOCH);

  it('has its partitions matched by name, wherever they lie, and tells those that one side has', async () => {
    const [a, other] = [await root(), await ext4(PAIRS[1]!.right, EPOCH)];
    const left = craftGpt([{ name: 'loader', bytes: loader }, { name: 'root', bytes: a, id: 'AAAAAAAA-0000-4000-8000-000000000001' }, { name: 'data', bytes: a }]);
    const right = craftGpt([{ name: 'root', bytes: other, id: 'BBBBBBBB-0000-4000-8000-000000000002' }, { name: 'loader', bytes: loader }]);
    const { changes, layout } = await compare(left, right);
    expect(changes.map(({ place, path, kind }) => [place, path, kind])).toEqual([['partition 1 "root"', 'etc/issue', 'changed'], ['partition 3 "data"', '', 'removed']]);
    expect(layout).toContainEqual(expect.objectContaining({ place: 'partition 1 "root"', key: 'partitionId', cause: 'random-id', noise: false }));
  });

  it('tells bytes between and before its partitions, and never calls them noise', async () => {
    const left = craftGpt([{ name: 'root', bytes: await root() }]);
    for (const [at, name] of [[100, 'boot code'], [20_000, 'before partition 1'], [470, 'hybrid partition table']] as const) {
      const right = Buffer.from(left);
      right.write('hidden', at);
      const comparison = await compare(left, right);
      expect(comparison.layout).toContainEqual(expect.objectContaining({ key: name, cause: 'unknown', noise: false }));
      expect([comparison.verdict.contentEqual, exitOf(comparison)]).toEqual([true, 1]);
    }
  });

  it('tells a loader that changed in a partition that holds no file system', async () => {
    const bytes = await root();
    const comparison = await compare(craftGpt([{ name: 'loader', bytes: loader }, { name: 'root', bytes }]), craftGpt([{ name: 'loader', bytes: Buffer.alloc(4096, 'Loader') }, { name: 'root', bytes }]));
    expect(comparison.changes).toMatchObject([{ place: 'partition 1 "loader"', path: '', kind: 'changed', classes: ['content'], noise: false }]);
  });
});

it('never calls damage on one side noise', async () => {
  const left = await ext4(everything(), EPOCH);
  const right = Buffer.from(left);
  right.write('renamed', 1024 + 120);
  expect(exitOf(await compare(left, right))).toBe(1);
});

describe('what is printed', () => {
  it('has so many lines at most, and no control character', async () => {
    const { left, right, epochs } = PAIRS.find(({ name }) => name === 'times')!;
    const text = comparisonText(await compare(await ext4(left, epochs[0]), await ext4(right, epochs[1])), { lines: 40 });
    expect(text.split('\n').length - 1).toBeLessThanOrEqual(40);
    expect(text).toMatch(/^Different: content equal, metadata differs, layout differs\.\n/);
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  it('is one canonical object that any reader of JSON takes, odd names and all', async () => {
    const [left, right] = [await tar(PAIRS[0]!.left, EPOCH), await tar(everything(), EPOCH)];
    const [one, two] = [await compare(left, right), await compare(left, right)];
    expect(comparisonJson(one)).toBe(comparisonJson(two));
    const value = JSON.parse(comparisonJson(one)) as { changes: { path: string; pathHex?: string }[] };
    expect(value.changes.find(({ pathHex }) => pathHex === '7372762ffffe')?.path).toBe('/srv/\\xff\\xfe');
  });
});

describe('hostile images', () => {
  const owned = { mode: 0o644, uid: 0, gid: 0 };
  const one = (path: string, content: string | Buffer): SampleTree => sampleTree([[path, { kind: 'file', ...owned, content: Buffer.from(content) }]]);

  it('with names made for terminals are printed without control characters, and as JSON', async () => {
    const disk = async (content: string): Promise<Buffer> => craftGpt([{ name: 'a\u001b[2J\ud800\u202e', bytes: await ext4(one('\x1b]0;title\x07\xc2\x9b31m', `\x1b[31m ${content} 2020-01-01\n`), EPOCH) }]);
    const comparison = await compare(await disk('one'), await disk('two'));
    expect(comparison.changes).toHaveLength(1);
    const text = comparisonText(comparison, { lines: 40 });
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
    expect(() => JSON.parse(comparisonJson(comparison)) as unknown).not.toThrow();
  });

  it('that unpack to more than may be looked into are said not to be', async () => {
    const bomb = (byte: string): Buffer => gzipSync(gzipSync(Buffer.alloc(20_000_000, byte)));
    const [left, right] = [await tar(one('bomb', bomb('a')), EPOCH), await tar(one('bomb', bomb('b')), EPOCH)];
    const few = { fileBytes: 1_000_000, totalBytes: 4_000_000 };
    const comparison = await compareImages(bufferSource(left), bufferSource(right), {}, few);
    expect(comparison.changes).toMatchObject([{ path: 'bomb', classes: ['content'], noise: false, causes: [{ code: 'unreadable' }] }]);
  });

  it('with files that are too large are told by their digests alone', async () => {
    const [left, right] = [await tar(one('large', Buffer.alloc(9000, 'a')), EPOCH), await tar(one('large', Buffer.alloc(9000, 'b')), EPOCH)];
    const comparison = await compareImages(bufferSource(left), bufferSource(right), {}, { fileBytes: 8000 });
    expect(comparison.changes).toMatchObject([{ causes: [{ code: 'unknown', evidence: ['not looked into: 9000 bytes'] }] }]);
  });

  it('packed in each other without end are looked into as deep as is allowed', async () => {
    const packed = (content: string): Buffer => Array.from({ length: 12 }).reduce<Buffer>((bytes) => gzipSync(bytes), Buffer.from(content));
    const [left, right] = [await tar(one('deep', packed('x')), EPOCH), await tar(one('deep', packed('y')), EPOCH)];
    expect(exitOf(await compare(left, right))).toBe(1);
  });
});

function everythingWithoutXattrs(): SampleTree {
  return PAIRS[0]!.left;
}
