import { bufferSource } from '../../src/bytes/byte-source.ts';
import type { Caps } from '../../src/bytes/caps.ts';
import type { ImageContent } from '../../src/readers/image-content.ts';
import { readImage } from '../../src/readers/read-image.ts';
import { Mutator } from './mutations.ts';

/** What a damaged image may cost: little, since the images are little. */
export const SMALL_CAPS: Partial<Caps> = { entries: 20_000, contentBytes: 256e6, fileBytes: 128e6, metadataBytes: 8e6, heldBytes: 64e6 };

/** One damaged image a seed: every tenth cut at a block, every other one with its checksums made good. */
export function fuzzed(image: Buffer, repair?: (image: Buffer) => void): (seed: number) => Buffer {
  const mutator = new Mutator(image);
  const blocks = Math.floor(image.length / 512);
  return (seed) => {
    if (seed % 10 === 9) return image.subarray(0, (Math.floor(seed / 10) % blocks) * 512);
    const mutated = mutator.mutated(seed);
    if (repair !== undefined && seed % 2 === 0) repair(mutated);
    return mutated;
  };
}

export function readDamaged(image: Buffer): ImageContent {
  return readImage(bufferSource(image), SMALL_CAPS);
}

/** Whatever cannot be read says why, in a code for people and machines. */
export function isTold(content: ImageContent): boolean {
  return content.kind !== 'opaque' || content.format === undefined || /^(BYTES|TREE)\./.test(content.reason?.code ?? '');
}
