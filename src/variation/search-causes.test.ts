import fc from 'fast-check';

import { VARIATION_NAMES, type VariationName } from '../catalog/variation-name.ts';
import type { Observation } from './observation.ts';
import { searchCauses, type StepFindings } from './search-causes.ts';

type Sets = readonly (readonly VariationName[])[];
const cause = fc.uniqueArray(fc.constantFrom(...VARIATION_NAMES), { minLength: 1, maxLength: 3 });

/** A step whose files change under these causes; one that is `new` differs each time it is made. */
interface Step { files: Readonly<Record<string, Sets | 'new' | 'unlike the build'>>; failsUnder?: Sets; unresolvedUnder?: readonly VariationName[] }

const STANDING = 'as built';

async function search({ files, failsUnder = [], unresolvedUnder }: Step, options: Parameters<typeof searchCauses>[3] = {}): Promise<StepFindings> {
  let times = 0;
  const run = async (conditions: readonly VariationName[]): Promise<Observation> => {
    times++;
    const under = (sets: Sets): Sets => sets.filter((set) => set.every((name) => conditions.includes(name)));
    if (unresolvedUnder?.every((name) => conditions.includes(name)) === true) return { kind: 'unresolved', message: 'ran out of memory' };
    if (under(failsUnder).length > 0) return { kind: 'failed', message: 'exited with 1' };
    const state = (how: Step['files'][string]): string => {
      if (how === 'new') return `made ${times}`;
      return how === 'unlike the build' ? 'always so' : [STANDING, ...under(how).map(String)].join(' ');
    };
    return { kind: 'outputs', files: new Map(Object.entries(files).map(([path, how]) => [path, state(how)])) };
  };
  return searchCauses(new Map(Object.keys(files).map((path) => [path, STANDING])), VARIATION_NAMES, run, options);
}

describe('the search for causes', () => {
  it('ends after one run where nothing differs', async () => {
    expect(await search({ files: { a: [], b: [] } })).toEqual({ state: 'same', blames: [], unsearched: [], runs: 1 });
  });

  it('finds every cause of every file, and none that is not', async () => {
    await fc.assert(fc.asyncProperty(fc.uniqueArray(fc.constantFrom(...VARIATION_NAMES), { minLength: 1, maxLength: 4 }), fc.uniqueArray(fc.constantFrom(...VARIATION_NAMES), { maxLength: 3 }), async (one, two) => {
      const found = await search({ files: { a: one.map((name) => [name]), b: two.map((name) => [name]), c: [] } });
      expect(found.blames.map(({ path, causes }) => [path, causes.flat().toSorted()])).toEqual([
        ['a', one.toSorted()], ...(two.length === 0 ? [] : [['b', two.toSorted()]]),
      ]);
    }));
  });

  it('finds conditions that only work together', async () => {
    await fc.assert(fc.asyncProperty(cause, async (set) => {
      const { blames } = await search({ files: { a: [set] } });
      expect(blames.map(({ causes }) => causes.map((found) => found.toSorted()))).toEqual([[set.toSorted()]]);
    }));
  });

  it('takes in the median at most seven builds after the first for a single cause', async () => {
    const builds = await Promise.all(VARIATION_NAMES.map(async (name) => (await search({ files: { a: [[name]], b: [[name]], c: [] } })).runs - 1));
    const sorted = builds.toSorted((x, y) => x - y);
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThanOrEqual(7);
    expect(sorted.at(-1)).toBeLessThanOrEqual(8);
  });

  it('takes three where the file shows a mark of it', async () => {
    const { blames, runs } = await search({ files: { a: [['umask']] } }, { suspectsOf: async () => ['umask'] });
    expect({ blames, runs }).toEqual({ blames: [{ path: 'a', causes: [['umask']] }], runs: 4 });
  });

  it('names the empty set for a file that is new each time, and goes on with the others', async () => {
    const { blames } = await search({ files: { a: 'new', b: [['time']] } });
    expect(blames).toEqual([{ path: 'a', causes: [[]] }, { path: 'b', causes: [['time']] }]);
  });

  it('names the empty set for a file that was otherwise in the build and is always the same now', async () => {
    expect((await search({ files: { a: 'unlike the build' } })).blames).toEqual([{ path: 'a', causes: [[]] }]);
  });

  it('blames a failure first, then what differs without it', async () => {
    const found = await search({ files: { a: [['locale']], b: [] }, failsUnder: [['user']] });
    expect(found).toMatchObject({ state: 'differs', blames: [{ path: '', causes: [['user']] }, { path: 'a', causes: [['locale']] }] });
  });

  it('decides nothing where the step fails with nothing varied, or can not be judged', async () => {
    expect(await search({ files: { a: [] }, failsUnder: [[]] })).toMatchObject({ state: 'undecided', blames: [], message: expect.stringContaining('exited with 1') });
    expect(await search({ files: { a: [] }, unresolvedUnder: [] })).toMatchObject({ state: 'undecided', runs: 1, message: 'ran out of memory' });
  });

  it('says which files it did not search when the runs are used up', async () => {
    const found = await search({ files: { a: [['time']], b: [['locale']], c: [['umask']] } }, { maxRuns: 5 });
    expect([found.blames.map(({ path }) => path), found.unsearched]).toEqual([['a'], ['b', 'c']]);
  });
});
