import { systemClock } from '../foundation/clock.ts';
import { StepLog } from './step-log.ts';

describe('the log of a step', () => {
  test('pieces are announced in order and add up to the whole text', async () => {
    const pieces: [number, string][] = [];
    const log = new StepLog(systemClock, async (offset, bytes) => {
      await new Promise((resolve) => { setTimeout(resolve, offset === 0 ? 5 : 0); });
      pieces.push([offset, Buffer.from(bytes).toString()]);
    });
    const big = 'x'.repeat(70_000);
    for (const text of ['one\n', big, '\ntwo\n']) log.write(Buffer.from(text));
    const { text } = await log.finish();
    expect(Buffer.from(text).toString()).toBe(`one\n${big}\ntwo\n`);
    expect(pieces.map(([, piece]) => piece).join('')).toBe(Buffer.from(text).toString());
    expect(pieces.map(([offset]) => offset)).toEqual([0, 70_004]);
  });

  test('times stand apart from the text, by offset', async () => {
    let nowMs = 0;
    const log = new StepLog({ now: () => new Date(0), monotonicMs: () => nowMs }, async () => undefined);
    log.write(Buffer.from('abc'));
    nowMs = 1500;
    log.write(Buffer.from('de'));
    expect((await log.finish()).times).toEqual([[0, 0], [3, 1500]]);
  });

  test('a flood is cut with a line that says so', async () => {
    const log = new StepLog(systemClock, async () => undefined);
    const chunk = Buffer.alloc(1024 * 1024, 'y');
    for (let i = 0; i < 70; i++) log.write(chunk);
    const { text } = await log.finish();
    expect(text.byteLength).toBeLessThan(66 * 1024 * 1024);
    expect(log.lastLines(1)).toEqual(['[the log is cut here: a step may write 67108864 bytes]']);
  });

  test('a failed announcement fails the step, at the end', async () => {
    const log = new StepLog(systemClock, async () => { throw new TypeError('database gone'); });
    log.write(Buffer.from('a'));
    await expect(log.finish()).rejects.toThrow('database gone');
  });
});
