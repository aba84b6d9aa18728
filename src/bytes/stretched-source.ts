import { checkRange, type ByteSource } from './byte-source.ts';
import { StretchReader } from './deflate-stretch.ts';
import type { GzipStretches } from './gzip-stretches.ts';
import { overLimit } from './read-failure.ts';

/** Of what is unpacked, the last that was asked for: an inode here, its blocks there, without unpacking either again. */
export const STRETCHED_KEPT_BYTES = 2 ** 24;

interface StretchLimits {
  place: string;
  /** All of it comes to be held, if it is no more than this, once more than `freeBytes` were unpacked. */
  heldBytes: number;
  freeBytes: number;
  /** What may be unpacked beyond that. */
  repeatedBytes: number;
}

/**
 * What is in a gzip file, unpacked as it is asked for: forwards, it costs what unpacking costs; back and forth, a stretch each
 * time, until all of it is kept or, where that is too much, BYTES.LIMIT is thrown.
 */
export function stretchedSource(packed: ByteSource, { stretches, sizeBytes }: GzipStretches, limits: StretchLimits): ByteSource {
  const reader = new StretchReader(packed, limits.place);
  const kept = new KeptStretches((index) => reader.unpack(stretches[index]!), sizeBytes, limits);
  let last = 0;
  const indexAt = (offset: number): number => {
    const isIn = (index: number): boolean => index < stretches.length && offset >= stretches[index]!.offset && offset < stretches[index]!.offset + stretches[index]!.sizeBytes;
    last = isIn(last) ? last : isIn(last + 1) ? last + 1 : search(stretches, offset);
    return last;
  };
  const copy = (offset: number, length: number, room: Buffer): Buffer => {
    for (let done = 0; done < length;) {
      const index = indexAt(offset + done);
      done += kept.at(index).copy(room, done, offset + done - stretches[index]!.offset, offset + length - stretches[index]!.offset);
    }
    return room.subarray(0, length);
  };
  return {
    sizeBytes,
    isForward: true,
    read: (offset, length) => {
      checkRange(sizeBytes, offset, length);
      return copy(offset, length, Buffer.allocUnsafe(length));
    },
    readInto: (offset, length, room) => {
      checkRange(sizeBytes, offset, length);
      return copy(offset, length, room);
    },
  };
}

class KeptStretches {
  readonly #unpack: (index: number) => Buffer;
  readonly #sizeBytes: number;
  readonly #limits: StretchLimits;
  /** The one that was asked for last stands last. */
  readonly #kept = new Map<number, Buffer>();
  #keptBytes = 0;
  #unpackedBytes = 0;

  constructor(unpack: (index: number) => Buffer, sizeBytes: number, limits: StretchLimits) {
    this.#unpack = unpack;
    this.#sizeBytes = sizeBytes;
    this.#limits = limits;
  }

  at(index: number): Buffer {
    const known = this.#kept.get(index);
    if (known !== undefined) {
      this.#kept.delete(index);
      this.#kept.set(index, known);
      return known;
    }
    const bytes = this.#unpack(index);
    this.#count(bytes.byteLength);
    this.#keptBytes += bytes.byteLength;
    this.#kept.set(index, bytes);
    if (!this.#holdsAll()) this.#forget();
    return bytes;
  }

  #count(bytes: number): void {
    const { place, freeBytes, repeatedBytes } = this.#limits;
    this.#unpackedBytes += bytes;
    const allowed = freeBytes + repeatedBytes;
    if (this.#unpackedBytes > allowed && !this.#holdsAll()) overLimit(place, `is read back and forth: ${this.#unpackedBytes} bytes were unpacked, allowed are ${allowed}`, allowed, this.#unpackedBytes);
  }

  #holdsAll(): boolean {
    return this.#sizeBytes <= this.#limits.heldBytes && this.#unpackedBytes > this.#limits.freeBytes;
  }

  #forget(): void {
    for (const [index, bytes] of this.#kept) {
      if (this.#keptBytes <= STRETCHED_KEPT_BYTES || this.#kept.size === 1) return;
      this.#kept.delete(index);
      this.#keptBytes -= bytes.byteLength;
    }
  }
}

/** The last stretch that begins at or before the offset. */
function search(stretches: GzipStretches['stretches'], offset: number): number {
  let [low, high] = [0, stretches.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (stretches[middle]!.offset <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
