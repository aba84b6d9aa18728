import { createHash, type Hash } from 'node:crypto';

import type { LayoutFacts } from './image-content.ts';

const ZEROS = Buffer.alloc(512);
/** Texts that end at their first NUL: name, target; of ustar the prefix and what is behind it too. */
const OLD_FIELDS = [[0, 100], [157, 100]] as const;
const USTAR_FIELDS = [...OLD_FIELDS, [345, 155], [500, 12]] as const;

/** Bytes of a tar that no entry has: what fills blocks, stands behind the end of a text or of the archive. Tools write zeros; anything else may be hidden there. */
export class StrayBytes {
  #hash: Hash | undefined;
  /** How often there were any. */
  count = 0;

  take(bytes: Buffer): void {
    if (isZero(bytes)) return;
    this.count++;
    this.#hash ??= createHash('sha256');
    this.#hash.update(bytes);
  }

  takeHeader(block: Buffer): void {
    const isUstar = block[262] === 0 && block.toString('latin1', 257, 262) === 'ustar';
    for (const [start, size] of isUstar ? USTAR_FIELDS : OLD_FIELDS) {
      const end = block.indexOf(0, start);
      if (end >= 0 && end < start + size) this.take(block.subarray(end, start + size));
    }
  }

  /** Nothing where all of them are zeros. */
  fact(): LayoutFacts {
    return this.#hash === undefined ? {} : { strayBytes: this.#hash.copy().digest('hex') };
  }
}

function isZero(bytes: Buffer): boolean {
  return bytes.byteLength <= ZEROS.byteLength ? bytes.equals(ZEROS.subarray(0, bytes.byteLength)) : bytes.every((byte) => byte === 0);
}
