import { borrow, ROOM_BYTES, type ByteSource } from '../bytes/byte-source.ts';

/** What is looked at first where a run begins: a run that is short costs little, a long one doubles it each time. */
const FIRST_BYTES = 2 ** 14;

/** How far two sources hold the same bytes one after the other, from one place of each on; for places that only ever move forward. */
export class SameRun {
  readonly #left: ByteSource;
  readonly #right: ByteSource;
  readonly #rooms = [Buffer.allocUnsafeSlow(ROOM_BYTES), Buffer.allocUnsafeSlow(ROOM_BYTES)] as const;
  /** What is known, as offsets of the right; of the left `shift` less. */
  #from = 0;
  #to = 0;
  #shift = 0;
  #nextBytes = FIRST_BYTES;
  #isOver = false;

  constructor(left: ByteSource, right: ByteSource) {
    this.#left = left;
    this.#right = right;
  }

  holds(leftAt: number, rightAt: number, length: number): boolean {
    if (rightAt - leftAt !== this.#shift || rightAt < this.#from || rightAt > this.#to) this.#begin(leftAt, rightAt);
    while (this.#to < rightAt + length && !this.#isOver) this.#goOn();
    return rightAt + length <= this.#to;
  }

  #begin(leftAt: number, rightAt: number): void {
    this.#from = rightAt;
    this.#to = rightAt;
    this.#shift = rightAt - leftAt;
    this.#nextBytes = FIRST_BYTES;
    this.#isOver = false;
  }

  #goOn(): void {
    const leftAt = this.#to - this.#shift;
    const length = Math.min(this.#nextBytes, this.#left.sizeBytes - leftAt, this.#right.sizeBytes - this.#to);
    const a = borrow(this.#left, leftAt, length, this.#rooms[0]);
    const b = borrow(this.#right, this.#to, length, this.#rooms[1]);
    const same = a.equals(b) ? length : firstDifference(a, b);
    this.#to += same;
    this.#isOver = same < length || length === 0;
    this.#nextBytes = Math.min(2 * this.#nextBytes, ROOM_BYTES);
  }
}

/** Of two that are as long as each other and not the same. */
function firstDifference(a: Buffer, b: Buffer): number {
  let [same, end] = [0, a.byteLength];
  while (end - same > 1) {
    const middle = (same + end) >>> 1;
    if (a.subarray(same, middle).equals(b.subarray(same, middle))) same = middle;
    else end = middle;
  }
  return same;
}
