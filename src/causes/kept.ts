import type { BytePair } from '../foundation/both.ts';

/** What is derived of a pair is derived once, however many rules ask: `about` must be the same for one pair each time. Held as long as the pair is. */
export function keptOf<A extends unknown[], T>(derive: (pair: BytePair, ...about: A) => T): (pair: BytePair, ...about: A) => T {
  const known = new WeakMap<BytePair, { value: T }>();
  return (pair, ...about) => {
    const found = known.get(pair) ?? { value: derive(pair, ...about) };
    known.set(pair, found);
    return found.value;
  };
}
