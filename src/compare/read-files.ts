import { isReadFailure } from '../bytes/read-failure.ts';
import type { Content } from '../readers/image-content.ts';
import type { FileEntry, PathBytes } from '../tree/entry.ts';
import type { LookBudget } from './budget.ts';
import type { Side } from './comparison.ts';
import { resolved } from './entry-classes.ts';

/** Whole files of both sides, within what may be spent on looking into them. */
export class FileReader {
  readonly #budget: LookBudget;

  constructor(budget: LookBudget) {
    this.#budget = budget;
  }

  /** Undefined where there is no content at hand, or too much of it. The bytes are a copy. */
  async read(side: Side, path: PathBytes): Promise<Buffer | undefined> {
    const { sizeBytes } = resolved(side.tree, path) as FileEntry;
    const content = sizeBytes > this.#budget.fileBytes ? undefined : side.content?.(path);
    if (content === undefined || !this.#budget.take(sizeBytes)) return undefined;
    try {
      return await wholeFile(content, sizeBytes);
    } catch (error) {
      // A packed image that would have to be unpacked too often: its files are no longer looked into.
      if (!isReadFailure(error)) throw error;
      return undefined;
    }
  }
}

async function wholeFile(content: Content, sizeBytes: number): Promise<Buffer | undefined> {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  let at = 0;
  for await (const piece of content) {
    // More than the digest was taken of cannot come; a piece is valid until the next is asked for.
    bytes.set(piece.subarray(0, sizeBytes - at), at);
    at += piece.byteLength;
  }
  return at === sizeBytes ? bytes : undefined;
}
