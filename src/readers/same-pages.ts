import { borrow, ROOM_BYTES, type ByteSource } from '../bytes/byte-source.ts';

const PAGE_BYTES = 4096;
const PAGES = ROOM_BYTES / PAGE_BYTES;
const UNKNOWN = 0;
const SAME = 1;
const DIFFERS = 2;

/** Where two sources hold the same bytes at the same place: looked up when it is asked, each stretch once, in whatever order. */
export class SamePages {
  readonly #left: ByteSource;
  readonly #right: ByteSource;
  readonly #sizeBytes: number;
  readonly #stretches: Uint8Array;
  /** Of stretches that differ: which of their pages do. */
  readonly #pages = new Map<number, Uint8Array>();
  readonly #rooms = [Buffer.allocUnsafeSlow(ROOM_BYTES), Buffer.allocUnsafeSlow(ROOM_BYTES)] as const;

  constructor(left: ByteSource, right: ByteSource) {
    this.#left = left;
    this.#right = right;
    this.#sizeBytes = Math.min(left.sizeBytes, right.sizeBytes);
    this.#stretches = new Uint8Array(Math.ceil(this.#sizeBytes / ROOM_BYTES));
  }

  /** False, too, where only other bytes of a page differ. */
  holds(offset: number, length: number): boolean {
    if (offset + length > this.#sizeBytes) return false;
    for (let stretch = Math.floor(offset / ROOM_BYTES); stretch * ROOM_BYTES < offset + length; stretch++) {
      if (this.#stretches[stretch] === UNKNOWN) this.#look(stretch);
      if (this.#stretches[stretch] === DIFFERS && !this.#pagesHold(stretch, offset, length)) return false;
    }
    return true;
  }

  #pagesHold(stretch: number, offset: number, length: number): boolean {
    const pages = this.#pages.get(stretch)!;
    const first = Math.max(0, Math.floor((offset - stretch * ROOM_BYTES) / PAGE_BYTES));
    const end = Math.min(PAGES, Math.ceil((offset + length - stretch * ROOM_BYTES) / PAGE_BYTES));
    for (let page = first; page < end; page++) if (pages[page] === DIFFERS) return false;
    return true;
  }

  #look(stretch: number): void {
    const at = stretch * ROOM_BYTES;
    const length = Math.min(ROOM_BYTES, this.#sizeBytes - at);
    const a = borrow(this.#left, at, length, this.#rooms[0]);
    const b = borrow(this.#right, at, length, this.#rooms[1]);
    this.#stretches[stretch] = a.equals(b) ? SAME : DIFFERS;
    if (this.#stretches[stretch] === SAME) return;
    const pages = new Uint8Array(PAGES);
    for (let page = 0; page < PAGES; page++) {
      const [from, to] = [page * PAGE_BYTES, (page + 1) * PAGE_BYTES] as const;
      if (!a.subarray(from, to).equals(b.subarray(from, to))) pages[page] = DIFFERS;
    }
    this.#pages.set(stretch, pages);
  }
}
