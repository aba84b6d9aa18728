import fc from 'fast-check';

import { criticalPath, runGraph } from './run-graph.ts';

/** A random acyclic graph: node i needs only smaller ones. */
const graph = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.tuple(...Array.from({ length: size }, (_, i) => fc.subarray(Array.from({ length: i }, (_unused, j) => `n${j}`)))));

const never = new AbortController().signal;

describe('running a graph', () => {
  test('every node runs once, after all it needs, and never more than the limit at once', async () => {
    await fc.assert(fc.asyncProperty(graph, fc.integer({ min: 1, max: 4 }), async (needs, parallel) => {
      const nodes = needs.map((_, i) => `n${i}`);
      const finished: string[] = [];
      let running = 0;
      await runGraph({
        nodes, needsOf: (node) => needs[Number(node.slice(1))]!, priorityOf: () => 0,
        run: async (node) => {
          expect(++running).toBeLessThanOrEqual(parallel);
          expect(needs[Number(node.slice(1))]!.every((need) => finished.includes(need))).toBe(true);
          await Promise.resolve();
          running--;
          finished.push(node);
          return true;
        },
      }, parallel, never);
      expect(finished.toSorted()).toEqual(nodes.toSorted());
    }));
  });

  test('after a failure what runs is let finish and nothing more starts', async () => {
    const started: string[] = [];
    let finishSlow = (): void => undefined;
    const slow = new Promise<void>((resolve) => { finishSlow = resolve; });
    await runGraph({
      nodes: ['bad', 'slow', 'later'], needsOf: () => [], priorityOf: (node) => (node === 'later' ? -1 : 0),
      run: async (node) => {
        started.push(node);
        if (node === 'bad') { setTimeout(finishSlow, 5); return false; }
        await slow;
        return true;
      },
    }, 2, never);
    expect(started).toEqual(['bad', 'slow']);
  });

  test('a rejection is passed on once everything that runs has ended', async () => {
    let slowEnded = false;
    await expect(runGraph({
      nodes: ['bug', 'slow'], needsOf: () => [], priorityOf: () => 0,
      run: async (node) => {
        if (node === 'bug') throw new TypeError('broken');
        await new Promise((resolve) => { setTimeout(resolve, 10); });
        slowEnded = true;
        return true;
      },
    }, 2, never)).rejects.toThrow('broken');
    expect(slowEnded).toBe(true);
  });

  test('what has the longest work behind it goes first', () => {
    const durations: Record<string, number> = { kernel: 100, image: 5 };
    const needs: Record<string, string[]> = { toolchain: [], small: ['toolchain'], kernel: ['toolchain'], image: ['small', 'kernel'] };
    const length = criticalPath<string>(['toolchain', 'small', 'kernel', 'image'], (node) => needs[node]!, (node) => durations[node] ?? 1);
    expect(Object.fromEntries(length)).toEqual({ toolchain: 106, small: 6, kernel: 105, image: 5 });
  });
});
