/** The most recently used results of a costly function, by number. */
export class Recent<T> {
  readonly #kept = new Map<number, T>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get(key: number, make: () => T): T {
    const known = this.#kept.get(key);
    if (known !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known;
    }
    const made = make();
    if (this.#kept.size >= this.#most) this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.set(key, made);
    return made;
  }
}
