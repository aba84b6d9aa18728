import { usageFrom } from './usage.ts';

describe('what a step used', () => {
  it('is read from its counters, in milliseconds and bytes', () => {
    expect(usageFrom('cpu_us=1234567\npeak_bytes=4096\n', 7)).toEqual({ wallMs: 7, cpuMs: 1235, peakMemoryBytes: 4096 });
  });

  it.each(['', 'cpu_us=\npeak_bytes=\n', 'cpu_us=-5\npeak_bytes=1e9\n', `cpu_us=${'9'.repeat(400)}\n`, '\0\xff'])('is nothing where the counters say nothing: %j', (counters) => {
    expect(usageFrom(counters, 7)).toEqual({ wallMs: 7, cpuMs: 0, peakMemoryBytes: 0 });
  });
});
