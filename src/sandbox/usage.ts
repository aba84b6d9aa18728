import type { SandboxUsage } from './runner.ts';

/**
 * What the step runner left: two lines of `times` (its own, then its children's: user and system as `1m2.34s`), then
 * the peak of memory in bytes. The step could forge them; nothing but reports stands on them.
 */
export function usageFrom(counters: string, wallMs: number): SandboxUsage {
  const [own = '', children = '', peak = ''] = counters.split('\n');
  return { wallMs, cpuMs: timesMs(own) + timesMs(children), peakMemoryBytes: /^\d{1,15}$/.test(peak) ? Number(peak) : 0 };
}

function timesMs(line: string): number {
  return [...line.matchAll(/(\d+)m(\d+(?:\.\d+)?)s/g)].reduce((sum, [, minutes, seconds]) => sum + Math.round(Number(minutes) * 60_000 + Number(seconds) * 1000), 0);
}
