import type { PathBytes } from '../tree/entry.ts';
import type { KnownFiles } from './ext-twins.ts';
import type { ReadPieces } from './hash-pieces.ts';
import { isAlike, LaterFile, type OwnedFile } from './later-file.ts';
import type { KnownMembers } from './tar-twins.ts';

/** More files than an image of 640 MB has, by far; what comes later is decoded again. */
const MOST = 500_000;

/**
 * What the reading of one image leaves for the reading of another of much the same content: what both store alike is read
 * once, and decoded and hashed once or never. One for the images that are compared with each other; what is read with it keeps its source open as long as anything of it is asked.
 */
export class KnownContents {
  readonly #packed: Map<string, LaterFile>;
  readonly #nested = new Map<string, KnownContents>();
  /** Left by the first tar, and by the first ext, at this place. */
  members?: KnownMembers;
  files?: KnownFiles;

  constructor(packed = new Map<string, LaterFile>()) {
    this.#packed = packed;
  }

  /** `packed`: the digest of the packed bytes that a content is decoded from, and of all that says how. Equal ones are decoded once, if at all. */
  packedFile(packed: string, path: PathBytes, file: OwnedFile, read: ReadPieces): LaterFile {
    const same = this.#packed.get(packed);
    if (same !== undefined) return isAlike(same, file) ? same : new LaterFile(path, file, read, same);
    const entry = new LaterFile(path, file, read);
    if (this.#packed.size < MOST) this.#packed.set(packed, entry);
    return entry;
  }

  /** What lies in a place of the image goes with what lies in the same place of the other. */
  nested(place: string): KnownContents {
    const known = this.#nested.get(place) ?? new KnownContents(this.#packed);
    this.#nested.set(place, known);
    return known;
  }
}
