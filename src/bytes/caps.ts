import { overLimit } from './read-failure.ts';

/** How much one input may make us do, everything nested in it included. */
export interface Caps {
  /** Directory entries, archive members, partitions. */
  entries: number;
  /** Bytes of content that are produced: file contents, holes too, and whatever is decompressed. */
  contentBytes: number;
  /** Bytes of one file, holes included. */
  fileBytes: number;
  /** Bytes of names, link targets and attributes that are kept. */
  metadataBytes: number;
  /** Containers in containers: a disk, its partition, an archive in that … */
  depth: number;
  /** Bytes that are held in memory because a format inside a compressed wrapper needs random access. */
  heldBytes: number;
}

const GIB = 2 ** 30;

export const DEFAULT_CAPS: Caps = {
  entries: 2_000_000, contentBytes: 16 * GIB, fileBytes: 16 * GIB, metadataBytes: GIB / 4, depth: 8, heldBytes: GIB / 2,
};

/** What takes it, in words; a function where it is asked thousands of times and refused never. */
type Place = string | (() => string);

const told = (place: Place): string => (typeof place === 'string' ? place : place());

/** What has been used of the caps; one for everything that is nested in one input. Every method throws BYTES.LIMIT. */
export class Budget {
  readonly caps: Caps;
  readonly #used = { entries: 0, contentBytes: 0, metadataBytes: 0, heldBytes: 0 };
  #depth = 0;

  constructor(caps: Partial<Caps> = {}) {
    this.caps = { ...DEFAULT_CAPS, ...caps };
  }

  entry(place: Place, metadataBytes: number): void {
    this.#take('entries', 1, place);
    this.#take('metadataBytes', metadataBytes, place);
  }

  /** Before a file's content is read, so that a bomb is refused by what it states. */
  file(place: Place, sizeBytes: number): void {
    if (!(sizeBytes <= this.caps.fileBytes)) overLimit(told(place), `has ${sizeBytes} bytes, allowed are ${this.caps.fileBytes}`, this.caps.fileBytes, sizeBytes);
    this.content(place, sizeBytes);
  }

  /** Content that is about to be produced. */
  content(place: Place, bytes: number): void {
    this.#take('contentBytes', bytes, place);
  }

  held(place: Place, bytes: number): void {
    this.#take('heldBytes', bytes, place);
  }

  /** Whether `held` would take so much. */
  mayHold(bytes: number): boolean {
    return this.#used.heldBytes + bytes <= this.caps.heldBytes;
  }

  /** Runs one level deeper. */
  nested<T>(place: string, run: () => T): T {
    if (this.#depth >= this.caps.depth) overLimit(place, `lies ${this.#depth + 1} containers deep, allowed are ${this.caps.depth}`, this.caps.depth, this.#depth + 1);
    this.#depth++;
    try {
      return run();
    } finally {
      this.#depth--;
    }
  }

  #take(what: 'entries' | 'contentBytes' | 'metadataBytes' | 'heldBytes', amount: number, place: Place): void {
    this.#used[what] += amount;
    const limit = this.caps[what];
    if (!(this.#used[what] <= limit)) overLimit(told(place), `brings ${WORDS[what]} to ${this.#used[what]}, allowed are ${limit}`, limit, this.#used[what]);
  }
}

const WORDS = {
  entries: 'the number of entries', contentBytes: 'the bytes of content', metadataBytes: 'the bytes of names and attributes', heldBytes: 'the bytes held in memory',
} as const;
