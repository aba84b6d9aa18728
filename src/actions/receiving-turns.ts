interface Taken { stop: AbortController; done: Promise<unknown> }

/** One at a time for each key; who comes later has the one before stopped, and waits until it has. */
export class ReceivingTurns {
  readonly #taken = new Map<string, Taken>();

  isTaken(key: string): boolean {
    return this.#taken.has(key);
  }

  async take<T>(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    // Of several who wait, each stops the one that was let in before it.
    for (let standing = this.#taken.get(key); standing !== undefined; standing = this.#taken.get(key)) {
      standing.stop.abort();
      await standing.done;
    }
    const stop = new AbortController();
    const working = work(AbortSignal.any([signal, stop.signal]));
    const done = working.catch(() => undefined).finally(() => { this.#taken.delete(key); });
    this.#taken.set(key, { stop, done });
    return working;
  }
}
