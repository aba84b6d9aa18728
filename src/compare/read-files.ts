import type { FileEntry, PathBytes } from '../tree/entry.ts';
import type { CompareOptions, Side } from './comparison.ts';
import { resolved } from './entry-classes.ts';

/** Whole files of both sides, within what may be spent on looking into them. */
export class FileReader {
  readonly #fileBytes: number;
  #left: number;

  constructor({ fileBytes, totalBytes }: CompareOptions) {
    this.#fileBytes = fileBytes;
    this.#left = totalBytes;
  }

  /** Undefined where there is no content at hand, or too much of it. The bytes are a copy. */
  async read(side: Side, path: PathBytes): Promise<Buffer | undefined> {
    const { sizeBytes } = resolved(side.tree, path) as FileEntry;
    if (sizeBytes > this.#fileBytes || sizeBytes > this.#left) return undefined;
    const content = side.content?.(path);
    if (content === undefined) return undefined;
    this.#left -= sizeBytes;
    const bytes = Buffer.allocUnsafe(sizeBytes);
    let at = 0;
    for await (const piece of content) {
      // More than the digest was taken of cannot come; a piece is valid until the next is asked for.
      bytes.set(piece.subarray(0, sizeBytes - at), at);
      at += piece.byteLength;
    }
    return at === sizeBytes ? bytes : undefined;
  }
}
