import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { bufferSource } from '../../src/bytes/byte-source.ts';
import { isReadFailure } from '../../src/bytes/read-failure.ts';
import { compareContents, compareImages } from '../../src/compare/compare.ts';
import type { Comparison } from '../../src/compare/comparison.ts';
import type { ImageContent } from '../../src/readers/image-content.ts';
import { KnownContents } from '../../src/readers/known-contents.ts';
import { readImage } from '../../src/readers/read-image.ts';
import { directoryOfEverything, missing, tool } from '../support/foreign-images.ts';
import { Mutator } from '../support/mutations.ts';

const MUTATIONS = 15;
/** Damage may name more than there is; what a mutation asks for must not make this test slow. */
const CAPS = { contentBytes: 2 ** 27, heldBytes: 2 ** 26 };

/** All but the bytes themselves; throws where digests show damage. */
function told(content: ImageContent): unknown {
  if (content.kind === 'tree') return [content.layout, content.findings, [...content.tree.entries].map(([path, entry]) => [path, { ...entry }]), [...content.facts]];
  return content.kind === 'opaque' ? [content.sha256, content.format, content.reason] : [content.kind];
}

(missing('mksquashfs').length === 0 ? describe : describe.skip)('what an image stores like one that was read before', () => {
  let scratch: string;
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'known-'));
    await directoryOfEverything(join(scratch, 'directory'));
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  const squashfs = (...words: string[]): Buffer => {
    const image = join(scratch, 'image');
    rmSync(image, { force: true });
    tool('mksquashfs', [join(scratch, 'directory'), image, '-quiet', '-no-progress', ...words]);
    return readFileSync(image);
  };
  const alone = (image: Buffer): ImageContent => readImage(bufferSource(image), CAPS);
  const knownOf = (image: Buffer): KnownContents => {
    const known = new KnownContents();
    readImage(bufferSource(image), CAPS, known);
    return known;
  };
  /** What is damaged may show only as digests are asked for: whoever asks reads again then. */
  const knowing = (image: Buffer, known: KnownContents): unknown => {
    try {
      return told(readImage(bufferSource(image), CAPS, known));
    } catch (error) {
      if (!isReadFailure(error)) throw error;
      return told(alone(image));
    }
  };
  const KINDS = [['zstd', []], ['gzip', []], ['zstd', ['-no-fragments']], ['gzip', ['-noD', '-noF']]] as const;

  test.each(KINDS)('is told as without it, however damaged (%s %s)', (compressor, words) => {
    const left = squashfs('-comp', compressor, ...words);
    appendFileSync(join(scratch, 'directory/many/-0'), 'one more line\n');
    const right = squashfs('-comp', compressor, ...words);
    const known = knownOf(left);
    expect(told(readImage(bufferSource(right), CAPS, known))).toEqual(told(alone(right)));
    const mutator = new Mutator(right);
    for (let i = 0; i < MUTATIONS; i++) {
      const image = mutator.mutated(i);
      expect({ i, told: knowing(image, known) }).toEqual({ i, told: told(alone(image)) });
    }
  });

  test.each(KINDS)('makes no difference to a comparison, however damaged one of them is (%s %s)', async (compressor, words) => {
    const left = squashfs('-comp', compressor, ...words);
    const mutator = new Mutator(left);
    const expected = (right: Buffer): Promise<Comparison> => {
      const [a, b] = [left, right].map((image) => ({ content: alone(image), source: () => bufferSource(image) }));
      return compareContents(a!, b!, []);
    };
    for (let i = 0; i < MUTATIONS; i++) {
      const right = mutator.mutated(i);
      const { changes, findings } = await compareImages(bufferSource(left), bufferSource(right), CAPS);
      const { changes: changesAlone, findings: findingsAlone } = await expected(right);
      expect({ i, changes, findings }).toEqual({ i, changes: changesAlone, findings: findingsAlone });
    }
  });

  it('is no difference where it is damaged in both, and is not unpacked to find out', async () => {
    const left = squashfs('-comp', 'zstd', '-no-fragments');
    appendFileSync(join(scratch, 'directory/many/-1'), 'one more line\n');
    const right = squashfs('-comp', 'zstd', '-no-fragments');
    // The first block of data, which both have at the same place.
    for (const image of [left, right]) image.fill(0xff, 100, 110);
    expect([left, right].map((image) => alone(image).kind)).toEqual(['opaque', 'opaque']);
    const { changes } = await compareImages(bufferSource(left), bufferSource(right), CAPS);
    expect(changes.map(({ path }) => path)).toEqual(['many/-1']);
  });

  it('is the same object in both, and is read once and not decoded', () => {
    const [image, known] = [squashfs('-comp', 'zstd'), new KnownContents()];
    const source = bufferSource(image);
    let bytes = 0;
    const read = (): ImageContent => readImage({ ...source, read: (offset, length) => { bytes += length; return source.read(offset, length); } }, CAPS, known);
    const [left, right] = [read(), read()];
    if (left.kind !== 'tree' || right.kind !== 'tree') throw new TypeError('is no tree');
    const files = [...left.tree.entries].filter(([, { kind }]) => kind === 'file');
    // Of equal files with other owners in one image the first alone is shared.
    expect(files.filter(([path, entry]) => right.tree.entries.get(path) === entry).length).toBeGreaterThan(0.8 * files.length);
    expect(bytes).toBeLessThan(2 * 1.2 * image.length);
  });
});
