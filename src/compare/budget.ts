import type { CompareOptions } from './comparison.ts';

/** What may still be looked into, over both sides and everything nested in them. */
export class LookBudget {
  readonly fileBytes: number;
  #left: number;

  constructor({ fileBytes, totalBytes }: CompareOptions) {
    this.fileBytes = fileBytes;
    this.#left = totalBytes;
  }

  get left(): number {
    return this.#left;
  }

  /** False where it would be too much: nothing is taken then. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }

  /** For what was spent before its size was known. */
  spend(bytes: number): void {
    this.#left = Math.max(0, this.#left - bytes);
  }
}
