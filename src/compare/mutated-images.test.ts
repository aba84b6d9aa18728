import { gzipSync } from 'node:zlib';

import fc from 'fast-check';

import { craftGpt } from '../../tests/support/crafted-disk.ts';
import { imagePairs } from '../../tests/support/image-pairs.ts';
import { bytesOf } from '../../tests/support/sample-trees.ts';
import { bufferSource } from '../bytes/byte-source.ts';
import { writeCpio } from '../image/write-cpio.ts';
import { writeTar } from '../image/write-tar.ts';
import { compareImages } from './compare.ts';
import { comparisonJson } from './comparison-json.ts';
import { comparisonText } from './comparison-text.ts';
import { exitOf } from './verdict.ts';

const { left: { tree, blobs } } = imagePairs()[0]!;
const EPOCH = { epochSeconds: 1_700_000_000 };
const tar = (): Promise<Buffer> => bytesOf(writeTar(tree, blobs, EPOCH));
const cpio = (): Promise<Buffer> => bytesOf(writeCpio(tree, blobs, EPOCH));
const IMAGES: readonly (readonly [string, () => Promise<Buffer>])[] = [
  ['a tar', tar], ['a cpio', cpio], ['a packed tar', async () => gzipSync(await tar())], ['two archives, one packed', async () => Buffer.concat([await cpio(), gzipSync(await cpio())])],
  ['a disk with a tar and a cpio', async () => craftGpt([{ name: 'one', bytes: await tar() }, { name: 'two', bytes: await cpio() }])],
];
const CAPS = { contentBytes: 2 ** 26, heldBytes: 2 ** 26, entries: 10_000 };
const compare = (a: Buffer, b: Buffer): ReturnType<typeof compareImages> => compareImages(bufferSource(a), bufferSource(b), CAPS);

describe.each(IMAGES)('%s', (_name, make) => {
  it('changed or cut anywhere is compared and printed, and never called identical', async () => {
    const image = await make();
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.nat(image.length - 1), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 5 }), fc.option(fc.nat(image.length - 1)), async (flips, cut) => {
      const other = Buffer.from(image);
      for (const [at, bits] of flips) other[at]! ^= bits;
      const right = cut === null ? other : other.subarray(0, cut);
      if (right.equals(image)) return;
      const comparison = await compare(image, right);
      expect([1, 3]).toContain(exitOf(comparison));
      expect(comparisonText(comparison, { lines: 40 }).split('\n').length).toBeLessThanOrEqual(41);
      expect(() => JSON.parse(comparisonJson(comparison)) as unknown).not.toThrow();
    }), { numRuns: 40 });
  });
});

it('a byte of any file that is not what it was is told, and is no noise', async () => {
  const image = await tar();
  const content = [...blobs.blobs.values()].filter(({ length }) => length > 100);
  for (const [i, bytes] of content.entries()) {
    const at = image.indexOf(bytes) + (i * 37) % bytes.length;
    const other = Buffer.from(image);
    other[at]! ^= 1 + i;
    const comparison = await compare(image, other);
    expect([comparison.changes.length, comparison.changes[0]!.classes, exitOf(comparison)]).toEqual([1, ['content'], 1]);
  }
});
