import type { Sha256 } from '../foundation/digest.ts';
import type { KnownFiles } from './ext-twins.ts';
import type { KnownMembers } from './tar-twins.ts';

/** More files than an image of 640 MB has, by far; what comes later is decoded again. */
const MOST = 500_000;

/**
 * What the reading of one image leaves for the reading of another of much the same content: what both store alike is read, decoded
 * and hashed once. One for the images that are compared with each other; what is read with it keeps its source open as long as anything of it is asked.
 */
export class KnownContents {
  readonly #digests: Map<string, Sha256>;
  readonly #nested = new Map<string, KnownContents>();
  /** Left by the first tar, and by the first ext, at this place. */
  members?: KnownMembers;
  files?: KnownFiles;

  constructor(digests = new Map<string, Sha256>()) {
    this.#digests = digests;
  }

  /** The digest of a content, by the digest of the packed bytes it was decoded from and of all that says how. */
  get(packed: string): Sha256 | undefined {
    return this.#digests.get(packed);
  }

  set(packed: string, content: Sha256): void {
    if (this.#digests.size < MOST) this.#digests.set(packed, content);
  }

  /** What lies in a place of the image goes with what lies in the same place of the other. */
  nested(place: string): KnownContents {
    const known = this.#nested.get(place) ?? new KnownContents(this.#digests);
    this.#nested.set(place, known);
    return known;
  }
}
