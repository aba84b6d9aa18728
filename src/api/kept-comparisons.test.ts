import { KeptComparisons, type BuildChange, type ShownComparison } from './kept-comparisons.ts';

const EQUAL = { verdict: { bytesEqual: true, layoutEqual: true, metadataEqual: true, contentEqual: true }, layout: [], findings: [] };
const changes = (count: number, more: Partial<BuildChange> = {}): BuildChange[] => Array.from({ length: count }, () => ({ ...more }) as BuildChange);
const shown = (given: readonly BuildChange[]): ShownComparison => ({ left: 'a', right: 'b', builds: { left: 'a', right: 'b' }, uploads: { left: undefined, right: undefined }, titles: { left: 'a', right: 'b' }, path: '', contents: undefined, packageOf: new Map(), compared: { comparison: { ...EQUAL, changes: given }, images: [], packages: [], owner: () => undefined } });

/** How often each of the keys, asked for in this order, was made. */
async function made(keys: readonly string[], given: readonly BuildChange[]): Promise<Record<string, number>> {
  const kept = new KeptComparisons(2);
  const counts: Record<string, number> = {};
  for (const key of keys) await kept.get(key, async () => { counts[key] = (counts[key] ?? 0) + 1; return shown(given); });
  return counts;
}

describe('comparisons that are kept', () => {
  it('are those that were asked for last', async () => {
    expect(await made(['a', 'b', 'a', 'c', 'a', 'b'], changes(1))).toEqual({ a: 1, b: 2, c: 1 });
  });

  it('are none that would fill the memory, with what is nested in files', async () => {
    expect(await made(['a', 'a'], changes(20_000))).toEqual({ a: 1 });
    expect(await made(['a', 'a'], changes(20_001))).toEqual({ a: 2 });
    expect(await made(['a', 'a'], changes(2, { inside: { ...EQUAL, changes: changes(10_000) } }))).toEqual({ a: 2 });
  });

  it('are none that failed', async () => {
    const kept = new KeptComparisons(2);
    await expect(kept.get('a', async () => { throw new RangeError('it failed'); })).rejects.toThrow('it failed');
    expect(await kept.get('a', async () => shown([]))).toMatchObject({ left: 'a' });
  });
});
