import { sha256 } from '../foundation/digest.ts';
import { BuildProgress } from './build-progress.ts';

const usage = { wallMs: 61_000, cpuMs: 5_000, peakMemoryBytes: 3 * 1024 * 1024 };

function told(interactive: boolean): { progress: BuildProgress; text: () => string; at: (ms: number) => void } {
  let said = '';
  let nowMs = 0;
  const terminal = { data: () => undefined, note: (line: string) => { said += line; }, interactive, columns: 100 };
  const progress = new BuildProgress(terminal, { steps: ['a', 'b', 'c'], expectedMs: new Map([['a', 60_000], ['b', 20_000], ['c', 20_000]]), parallel: 2 }, () => nowMs);
  return { progress, text: () => said, at: (ms) => { nowMs = ms; } };
}

describe('the progress of a build', () => {
  test('is plain lines in a pipe: steps done of total, what each took', () => {
    const { progress, text } = told(false);
    progress.show({ type: 'step-started', step: 'a', title: 'a 1.0' });
    progress.show({ type: 'step-finished', step: 'a', actionKey: sha256(''), usage, equal: true });
    progress.show({ type: 'step-reused', step: 'b', planKey: sha256(''), actionKey: sha256('') });
    expect(text()).toBe('[0/3] a: started (a 1.0)\n[1/3] a: done in 1 min 01 s (5.0 s CPU, 3.0 MiB)\n[2/3] b: reused\n');
  });

  test('is one line that redraws itself on a terminal, with what runs, elapsed, and an estimate from earlier runs', () => {
    const { progress, text, at } = told(true);
    progress.show({ type: 'step-started', step: 'a', title: 'a 1.0' });
    at(10_000);
    progress.redraw();
    expect(text().split('\r\u001b[K').at(-1)).toBe('[0/3] a 10 s  10 s, about 50 s left');
  });

  test('tells a person that a step is not deterministic', () => {
    const { progress, text } = told(false);
    progress.show({ type: 'step-finished', step: 'a', actionKey: sha256(''), usage, equal: false });
    expect(text()).toContain('NONDETERMINISTIC');
  });

  test('shows the last lines of a failed step, and no control character of them', () => {
    const { progress, text } = told(false);
    progress.show({ type: 'step-failed', step: 'a', kind: 'compile', message: 'a, phase build: exited with 2', lastLines: ['x.c:1: \u001b]0;title\u0007error'] });
    expect(text()).toBe('a, phase build: exited with 2 [compile]\n  | x.c:1: \\x1b]0;title\\x07error\n');
  });
});
