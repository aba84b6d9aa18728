import fc from 'fast-check';

import { minimalSet } from './minimal-set.ts';

const ITEMS = Array.from({ length: 19 }, (_, i) => i);
const subset = fc.uniqueArray(fc.integer({ min: 0, max: 18 }), { minLength: 1, maxLength: 5 });

interface Asked { found: readonly number[]; questions: number }

/** Asks each set once, as a search does. */
async function ask(differs: (set: readonly number[]) => boolean, suspects: readonly number[] = []): Promise<Asked> {
  const known = new Map<string, boolean>();
  const found = await minimalSet(ITEMS, async (set) => {
    const key = set.toSorted((a, b) => a - b).join();
    known.set(key, known.get(key) ?? differs(set));
    return known.get(key)!;
  }, suspects);
  return { found, questions: known.size };
}

const contains = (set: readonly number[], all: readonly number[]): boolean => all.every((item) => set.includes(item));

describe('a minimal set', () => {
  it('is the one set that is needed, whatever its size', async () => {
    await fc.assert(fc.asyncProperty(subset, async (cause) => {
      const { found } = await ask((set) => contains(set, cause));
      expect(new Set(found)).toEqual(new Set(cause));
      expect(found).toHaveLength(cause.length);
    }));
  });

  it('is one of several causes, whole and with nothing beside it', async () => {
    await fc.assert(fc.asyncProperty(fc.array(subset, { minLength: 1, maxLength: 4 }), async (causes) => {
      const { found } = await ask((set) => causes.some((cause) => contains(set, cause)));
      expect(causes.some((cause) => contains(found, cause))).toBe(true);
      for (const item of found) expect(causes.some((cause) => contains(found.filter((one) => one !== item), cause))).toBe(false);
    }));
  });

  it('differs and loses that with any one item less, even where more items can hide a difference', async () => {
    await fc.assert(fc.asyncProperty(fc.integer(), async (seed) => {
      const differs = (set: readonly number[]): boolean => set.length === ITEMS.length || (set.length > 0 && hash(set, seed) % 3 === 0);
      const { found } = await ask(differs);
      expect(differs(found)).toBe(true);
      for (const item of found) expect(differs(found.filter((one) => one !== item))).toBe(false);
    }));
  });

  it.each(ITEMS)('of one item takes at most six questions: item %i', async (item) => {
    const { found, questions } = await ask((set) => set.includes(item));
    expect(found).toEqual([item]);
    expect(questions).toBeLessThanOrEqual(6);
  });

  it('of two items takes at most fourteen', async () => {
    for (const [i, one] of ITEMS.entries()) {
      for (const other of ITEMS.slice(i + 1)) {
        const { found, questions } = await ask((set) => contains(set, [one, other]));
        expect(new Set(found)).toEqual(new Set([one, other]));
        expect(questions).toBeLessThanOrEqual(14);
      }
    }
  });

  it('takes one question where it is suspected, and is right where the suspicion is not', async () => {
    expect(await ask((set) => set.includes(7), [7])).toEqual({ found: [7], questions: 1 });
    expect((await ask((set) => set.includes(7), [3, 99])).found).toEqual([7]);
  });
});

function hash(set: readonly number[], seed: number): number {
  return set.toSorted((a, b) => a - b).reduce((state, item) => Math.imul(state ^ (item + 1), 0x0100_0193) >>> 0, seed >>> 0);
}
