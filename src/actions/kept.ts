/** The last few things that were used, by key. */
export class Kept<K, V> {
  readonly #most: number;
  /** The one that was used last stands last. */
  readonly #values = new Map<K, V>();

  constructor(most: number) {
    this.#most = most;
  }

  get(key: K): V | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) { this.#values.delete(key); this.#values.set(key, value); }
    return value;
  }

  put(key: K, value: V): V {
    this.#values.set(key, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > this.#most) this.#values.delete(oldest!);
    return value;
  }
}
