import fc from 'fast-check';

import { craftGpt } from '../../tests/support/crafted-disk.ts';
import { imagePairs } from '../../tests/support/image-pairs.ts';
import { Mutator } from '../../tests/support/mutations.ts';
import { repairTar } from '../../tests/support/repaired-checksums.ts';
import { anyTree, bytesOf, everything, type SampleTree } from '../../tests/support/sample-trees.ts';
import { bufferSource, type ByteSource } from '../bytes/byte-source.ts';
import { writeExt4 } from '../image/write-ext4.ts';
import { writeTar } from '../image/write-tar.ts';
import { sha256 } from '../foundation/digest.ts';
import type { PathBytes } from '../tree/entry.ts';
import type { ImageContent } from './image-content.ts';
import { KnownContents } from './known-contents.ts';
import { readImage } from './read-image.ts';

type Write = (sample: Pick<SampleTree, 'tree' | 'blobs'>, epochSeconds: number) => Promise<Buffer>;
const tar: Write = ({ tree, blobs }, epochSeconds) => bytesOf(writeTar(tree, blobs, { epochSeconds }));
const ext4: Write = async ({ tree, blobs }, epochSeconds) => Buffer.from(await bytesOf(writeExt4(tree, blobs, { epochSeconds })));
const disk: Write = async (...words) => craftGpt([{ name: 'boot', bytes: Buffer.alloc(4096, 'loader') }, { name: 'root', bytes: await ext4(...words) }, { name: 'data', bytes: await tar(...words) }]);
const FORMATS = [['tar', tar], ['ext4', ext4], ['a disk', disk]] as const;
const CAPS = { contentBytes: 2 ** 26, heldBytes: 2 ** 26, entries: 10_000 };
const MUTATIONS = 30;

/** All that is known of an image, digests asked for and contents read. */
function told(content: ImageContent): unknown {
  switch (content.kind) {
    case 'tree': return [content.format, content.layout, content.findings, [...content.tree.entries].map(([path, entry]) => [path, { ...entry }, bytesAt(content.content(path))]), [...content.facts]];
    case 'disk': return [content.layout, content.findings, content.partitions.map(({ content: within, ...row }) => [row, told(within)])];
    case 'opaque': return [content.sha256, content.format, content.reason, content.findings];
    default: return content.kind;
  }
}

function bytesAt(pieces: unknown): string | undefined {
  return pieces === undefined ? undefined : sha256(Buffer.concat(Array.from(pieces as Iterable<Uint8Array>, (piece) => Buffer.from(piece))));
}

/** As text: fields in another order would be printed in another order. */
const alone = (image: Buffer): string => JSON.stringify(told(readImage(bufferSource(image), CAPS)));

/** Both, one after the other, the second knowing the first. */
function together(left: Buffer, right: Buffer): string[] {
  const known = new KnownContents();
  return [left, right].map((image) => readImage(bufferSource(image), CAPS, known)).map((content) => JSON.stringify(told(content)));
}

describe.each(FORMATS)('two images that know each other, each %s', (_name, write) => {
  test.each(imagePairs().map((pair) => [pair.name, pair] as const))('are told as if read alone: %s', async (_title, { left, right, epochs }) => {
    const images = [await write(left, epochs[0]), await write(right, epochs[1])] as const;
    expect(together(...images)).toEqual(images.map(alone));
  });

  test('are told as if read alone, whatever two trees they hold', async () => {
    await fc.assert(fc.asyncProperty(anyTree({ xattrs: true, maxEntries: 12 }), anyTree({ xattrs: true, maxEntries: 12 }), fc.nat(3), async (a, b, epoch) => {
      const images = [await write(a, epoch), await write(b, epoch)] as const;
      expect(together(...images)).toEqual(images.map(alone));
    }), { numRuns: 12 });
  });

  test('are told as if read alone, however damaged either is', async () => {
    const sample = everything();
    const image = await write(sample, 1_700_000_000);
    const mutator = new Mutator(image);
    const damages = Array.from({ length: MUTATIONS }, (_, seed) => {
      const mutated = mutator.mutated(seed);
      if (write === tar && seed % 2 === 0) repairTar(mutated);
      return mutated;
    });
    for (const [seed, damaged] of damages.entries()) {
      const pair = [[image, damaged], [damaged, image], [damaged, damages[(seed + 1) % MUTATIONS]!]][seed % 3] as [Buffer, Buffer];
      expect({ seed, told: together(...pair) }).toEqual({ seed, told: pair.map(alone) });
    }
  });
});

const BLOCK = 512;
/** The members of a tar that our writer made, each with all of its blocks. */
function members(archive: Buffer): Buffer[] {
  const found: Buffer[] = [];
  let [start, isWhole] = [0, true];
  for (let at = 0; archive[at] !== 0;) {
    if (isWhole) start = at;
    isWhole = archive[at + 156] !== 0x78;
    at += BLOCK * (1 + Math.ceil(Number.parseInt(archive.toString('latin1', at + 124, at + 135), 8) / BLOCK));
    if (isWhole) found.push(archive.subarray(start, at));
  }
  return found;
}

describe('members of a tar that are the same bytes', () => {
  const END = Buffer.alloc(2 * BLOCK);
  const parts = async (): Promise<Buffer[]> => members(await tar(imagePairs()[0]!.left, 1_700_000_000));

  test('are told as if read alone, in whatever order, however often and behind whatever they come', async () => {
    const all = await parts();
    const stray = Buffer.from(all[3]!);
    stray[BLOCK - 1] = 1;
    const global = Buffer.from(all[1]!.subarray(0, BLOCK));
    const rows = [...all, stray, Buffer.alloc(BLOCK, 7), global];
    const archive = (order: readonly number[]): Buffer => Buffer.concat([...order.map((i) => rows[i % rows.length]!), END]);
    const order = fc.array(fc.nat(rows.length - 1), { maxLength: 25 });
    fc.assert(fc.property(order, order, order, (before, left, right) => {
      const images = [archive([...before, ...left]), archive([...right, ...before, ...left, ...right])] as const;
      expect(together(...images)).toEqual(images.map(alone));
    }), { numRuns: 60 });
  });

  test('are refused below what is no directory there, as any other', async () => {
    const all = await parts();
    const directory = all.findIndex((member) => member.toString('latin1', 0, 4) === 'etc\0' || member.toString('latin1', 0, 5) === 'etc/\0');
    const asLink = Buffer.from(all[directory]!);
    asLink[156] = 0x32;
    asLink.write('elsewhere', 157);
    const right = Buffer.concat([...all.slice(0, directory), asLink, ...all.slice(directory + 1), END]);
    repairTar(right);
    const images = [Buffer.concat([...all, END]), right] as const;
    expect((readImage(bufferSource(right), CAPS) as { reason?: { message: string } }).reason?.message).toContain('lies below');
    expect(together(...images)).toEqual(images.map(alone));
  });
});

describe('what two images hold alike', () => {
  /** Bytes that are asked of a source. */
  const counted = (image: Buffer): { source: ByteSource; bytes(): number } => {
    let bytes = 0;
    const source = bufferSource(image);
    return { source: { ...source, read: (offset, length) => { bytes += length; return source.read(offset, length); } }, bytes: () => bytes };
  };

  test.each([['tar', tar], ['ext4', ext4]] as const)('is the same object in both and is not hashed: %s', async (_name, write) => {
    const sample = imagePairs()[1]!;
    const known = new KnownContents();
    const [left, right] = [await write(sample.left, 1), await write(sample.right, 1)].map((image) => readImage(bufferSource(image), CAPS, known));
    if (left?.kind !== 'tree' || right?.kind !== 'tree') throw new TypeError('is no tree');
    const paths = [...left.tree.entries.keys()].filter((path) => left.tree.entries.get(path)!.kind === 'file');
    const shared = paths.filter((path) => left.tree.entries.get(path) === right.tree.entries.get(path));
    expect(shared).not.toContain('etc/issue' as PathBytes);
    expect(shared.length).toBeGreaterThan(0.8 * paths.length);
  });

  test('is read once where nobody asks for a digest', async () => {
    const image = await tar(imagePairs()[0]!.left, 1);
    const known = new KnownContents();
    const [left, right] = [counted(image), counted(image)];
    readImage(left.source, CAPS, known);
    expect(left.bytes()).toBeLessThan(0.6 * image.length);
    readImage(right.source, CAPS, known);
    expect(right.bytes()).toBeLessThan(1.1 * image.length);
  });
});
