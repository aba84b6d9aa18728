import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { bufferSource } from '../../src/bytes/byte-source.ts';
import type { ImageContent } from '../../src/readers/image-content.ts';
import { KnownContents } from '../../src/readers/known-contents.ts';
import { readImage } from '../../src/readers/read-image.ts';
import { directoryOfEverything, missing, tool } from '../support/foreign-images.ts';
import { Mutator } from '../support/mutations.ts';

const MUTATIONS = 15;
/** Damage may name more than there is; what a mutation asks for must not make this test slow. */
const CAPS = { contentBytes: 2 ** 27, heldBytes: 2 ** 26 };

/** All but the bytes themselves. */
function told(content: ImageContent): unknown {
  if (content.kind === 'tree') return [content.layout, content.findings, [...content.tree.entries], [...content.facts]];
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
  const knownOf = (image: Buffer): KnownContents => {
    const known = new KnownContents();
    readImage(bufferSource(image), CAPS, known);
    return known;
  };

  test.each([['zstd', []], ['gzip', []], ['zstd', ['-no-fragments']], ['gzip', ['-noD', '-noF']]] as const)('is told as without it, however damaged (%s %s)', (compressor, words) => {
    const left = squashfs('-comp', compressor, ...words);
    appendFileSync(join(scratch, 'directory/many/-0'), 'one more line\n');
    const right = squashfs('-comp', compressor, ...words);
    const known = knownOf(left);
    expect(told(readImage(bufferSource(right), CAPS, known))).toEqual(told(readImage(bufferSource(right), CAPS)));
    const mutator = new Mutator(right);
    for (let i = 0; i < MUTATIONS; i++) {
      const image = mutator.mutated(i);
      expect({ i, told: told(readImage(bufferSource(image), CAPS, known)) }).toEqual({ i, told: told(readImage(bufferSource(image), CAPS)) });
    }
  });

  it('is not decoded again', () => {
    const [image, known] = [squashfs('-comp', 'zstd'), new KnownContents()];
    const source = bufferSource(image);
    const reads = (): number => {
      let bytes = 0;
      readImage({ ...source, read: (offset, length) => { bytes += length; return source.read(offset, length); } }, CAPS, known);
      return bytes;
    };
    const first = reads();
    expect(reads()).toBeLessThan(first);
  });
});
