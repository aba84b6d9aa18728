/** True after the time, false as soon as the signal ends it. */
export function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) { resolve(false); return; }
    const ended = (): void => { clearTimeout(timer); resolve(false); };
    const timer = setTimeout(() => { signal.removeEventListener('abort', ended); resolve(true); }, ms);
    signal.addEventListener('abort', ended, { once: true });
  });
}

/**
 * A generator that stops at once when it is no longer wanted. `return()` of a plain one waits for its next `yield`,
 * which may never come: a follower of a silent build would go on reading for ever.
 */
export function stoppable<T>(start: (signal: AbortSignal) => AsyncGenerator<T, void>): AsyncIterableIterator<T, void> & { throw(error: unknown): Promise<IteratorResult<T, void>> } {
  const stop = new AbortController();
  const inner = start(stop.signal);
  return {
    next: () => inner.next(),
    return: () => { stop.abort(); return inner.return(); },
    throw: (error) => { stop.abort(); return inner.throw(error); },
    [Symbol.asyncIterator]() { return this; },
  };
}
