import { createHash, hash } from 'node:crypto';

import { Failure } from './failure.ts';

/** A sha256 in full: 64 lower-case hexadecimal digits, no prefix. Never cut (CVE-2024-54143). */
export type Sha256 = string & { readonly brand: 'Sha256' };

const HEX64 = /^[0-9a-f]{64}$/;

export function isSha256(text: string): text is Sha256 {
  return HEX64.test(text);
}

/** Accepts `<hex>` and `sha256:<hex>`; `place` names where the text stood. */
export function parseSha256(text: string, place: string): Sha256 {
  const hex = text.startsWith('sha256:') ? text.slice(7) : text;
  if (!isSha256(hex)) {
    throw new Failure('FOUNDATION.BAD_DIGEST', `${place}: ${JSON.stringify(text)} is not a sha256 (64 lower-case hexadecimal digits)`);
  }
  return hex;
}

export function sha256(bytes: string | Uint8Array): Sha256 {
  // In one call: a Hash object that is thrown away costs twice the time and a finalizer.
  return hash('sha256', bytes, 'hex') as Sha256;
}

export interface BlobDigests {
  sha256: Sha256;
  /** 128 hexadecimal digits. */
  sha512: string;
  sizeBytes: number;
}

/** Both digests of a stream of chunks in one pass. */
export class BlobHasher {
  readonly #sha256 = createHash('sha256');
  readonly #sha512 = createHash('sha512');
  #sizeBytes = 0;

  update(chunk: Uint8Array): void {
    this.#sha256.update(chunk);
    this.#sha512.update(chunk);
    this.#sizeBytes += chunk.byteLength;
  }

  finish(): BlobDigests {
    return { sha256: this.#sha256.digest('hex') as Sha256, sha512: this.#sha512.digest('hex'), sizeBytes: this.#sizeBytes };
  }
}
