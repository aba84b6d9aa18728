import type { ComparedImage } from '../../src/compare/image-changes.ts';
import { sha256 } from '../../src/foundation/digest.ts';

/** An image with other bytes on the right; null: it holds the root. */
export function otherImage(name: string, owner: string | null): ComparedImage {
  return { name, format: 'tar', left: sha256('left'), right: sha256('right'), sizeBytes: { left: 1024, right: 2048 }, equal: false, owner };
}
