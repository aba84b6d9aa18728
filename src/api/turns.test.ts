import { errorCodeOf } from '../foundation/failure.ts';
import { Turns } from './turns.ts';

/** Work that ends when it is told to. */
function work(turns: Turns): { begun: () => boolean; end: (error?: Error) => void; outcome: Promise<string> } {
  let begun = false;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const outcome = turns.take(async () => { begun = true; return promise; }).catch((error: unknown) => errorCodeOf(error) ?? 'failed');
  return { begun: () => begun, end: (error) => { if (error === undefined) resolve('done'); else reject(error); }, outcome };
}

const settle = async (): Promise<void> => { await new Promise((resolve) => { setImmediate(resolve); }); };

describe('work that takes turns', () => {
  it('begins in the order in which it is asked for, only so much at once', async () => {
    const turns = new Turns(2, 10);
    const all = Array.from({ length: 4 }, () => work(turns));
    const begun = async (): Promise<boolean[]> => { await settle(); return all.map((each) => each.begun()); };
    expect(await begun()).toEqual([true, true, false, false]);
    all[1]!.end();
    expect(await begun()).toEqual([true, true, true, false]);
    all[0]!.end();
    expect(await begun()).toEqual([true, true, true, true]);
    for (const each of all) each.end();
    expect(await Promise.all(all.map(({ outcome }) => outcome))).toEqual(['done', 'done', 'done', 'done']);
  });

  it('gives its turn on where it fails', async () => {
    const turns = new Turns(1, 10);
    const [first, second] = [work(turns), work(turns)];
    await settle();
    first.end(new Error('it broke'));
    await settle();
    expect([await first.outcome, second.begun()]).toEqual(['failed', true]);
    second.end();
    expect(await second.outcome).toBe('done');
  });

  it('is refused where too much waits, and not a moment longer', async () => {
    const turns = new Turns(1, 1);
    const [first, second, third] = [work(turns), work(turns), work(turns)];
    expect(await third.outcome).toBe('API.TOO_MANY_REPORTS');
    first.end();
    await settle();
    const fourth = work(turns);
    second.end();
    fourth.end();
    expect(await Promise.all([first.outcome, second.outcome, fourth.outcome])).toEqual(['done', 'done', 'done']);
  });
});
