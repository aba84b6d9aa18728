import type { Sha256 } from '../foundation/digest.ts';

/** More files than an image of 640 MB has, by far; what comes later is decoded again. */
const MOST = 500_000;

/**
 * Digests of contents, by digests of the packed bytes they were decoded from and of all that says how: what two images store alike
 * is decoded once. One for the images that are compared with each other.
 */
export class KnownContents {
  readonly #digests = new Map<string, Sha256>();

  get(packed: string): Sha256 | undefined {
    return this.#digests.get(packed);
  }

  set(packed: string, content: Sha256): void {
    if (this.#digests.size < MOST) this.#digests.set(packed, content);
  }
}
