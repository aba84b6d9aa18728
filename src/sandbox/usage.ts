import type { SandboxUsage } from './runner.ts';

/**
 * What the step runner left of the container's control group: `cpu_us=N`, `peak_bytes=N`. The step could forge them;
 * nothing but reports stands on them. 0 where it left nothing: it was killed, or the kernel does not tell.
 */
export function usageFrom(counters: string, wallMs: number): SandboxUsage {
  const count = (name: string): number => Number(new RegExp(`^${name}=(\\d{1,15})$`, 'm').exec(counters)?.[1] ?? 0);
  return { wallMs, cpuMs: Math.round(count('cpu_us') / 1000), peakMemoryBytes: count('peak_bytes') };
}
