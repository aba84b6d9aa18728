import { openSandboxBench, type SandboxBench } from '../support/sandbox-bench.ts';

const MIB = 2 ** 20;
let bench: SandboxBench;
beforeAll(async () => { bench = await openSandboxBench(); }, 600_000);
afterAll(async () => { await bench.close(); });

/** Containers and volumes that this bench's home still has in the engine. */
async function left(): Promise<number> {
  const filters = JSON.stringify({ label: [`provenroot.home=${bench.home}`] });
  const { Volumes } = await bench.engine.listVolumes({ filters });
  return (await bench.engine.listContainers({ all: true, filters })).length + (Volumes ?? []).length;
}

describe('how a command ends', () => {
  afterEach(async () => { expect(await left()).toBe(0); });

  it('is its exit code', async () => {
    expect((await bench.sh('exit 42')).exit).toEqual({ kind: 'exited', code: 42 });
  });

  it('is out of memory when a process was killed for it, also one that is not the first', async () => {
    const hog = `python3 -c 'x = bytearray(400 * 1024 * 1024)'`;
    const run = await bench.step([`${hog} || true`], {}, { limits: { memoryBytes: 128 * MIB } });
    expect(run.exit).toEqual({ kind: 'out-of-memory' });
  });

  it('is the time limit, and the step runner still notes phase and use', async () => {
    const run = await bench.step(['true', 'while :; do :; done'], {}, { limits: { timeMs: 2500 } });
    expect(run.exit).toEqual({ kind: 'time-limit' });
    expect(run.status).toContain('phase=phase2');
    expect(run.usage.cpuMs).toBeGreaterThan(500);
  });

  it('is cancelled when the signal says so, also for a process that ignores signals', async () => {
    const controller = new AbortController();
    const run = bench.sh('trap "" TERM INT; echo up; while :; do sleep 1; done', { signal: controller.signal, onLog: () => controller.abort() });
    expect((await run).exit).toEqual({ kind: 'cancelled' });
  });

  it('is cancelled without a container when the signal came before', async () => {
    expect((await bench.sh('true', { signal: AbortSignal.abort() })).exit).toEqual({ kind: 'cancelled' });
  });

  it('is a full disk when no space was left', async () => {
    const run = await bench.step(['head -c 3000000000 /dev/zero >/tmp/big'], {}, { limits: { memoryBytes: 4096 * MIB } });
    expect(run.exit).toEqual({ kind: 'disk-full' });
  });

  it('fails a fork beyond the limit of processes, and nothing else on the machine', async () => {
    const run = await bench.sh('for i in $(seq 200); do sleep 30 & done; echo all', { limits: { pids: 20 } });
    expect(run.log).toContain('Cannot fork');
    expect(run.exit).toMatchObject({ kind: 'exited' });
  });
});

describe('the log', () => {
  it('holds stdout and stderr in order of arrival, to the last byte', async () => {
    const run = await bench.sh('echo one; sleep 0.2; echo two >&2; sleep 0.2; printf three');
    expect(run.log).toBe('one\ntwo\nthree');
  });

  it('comes while the command runs', async () => {
    const controller = new AbortController();
    const run = await bench.sh('echo up; sleep 50', { signal: controller.signal, onLog: () => controller.abort() });
    expect(run.usage.wallMs).toBeLessThan(20_000);
  });

  it('may be large', async () => {
    const run = await bench.sh('head -c 20000000 /dev/zero | tr "\\0" x; echo end');
    expect(run.log.length).toBe(20_000_004);
    expect(run.log.endsWith('xend\n')).toBe(true);
  });
});

/** Python that ends once it has had so much of a processor, however fast that is. */
const BUSY_MS = 300;
const BUSY = `import time\nwhile time.process_time() < ${BUSY_MS / 1000}: sum(range(100_000))`;

describe('what was used', () => {
  it('is the time of all processes and the peak of memory', async () => {
    const run = await bench.step([`python3 -c 'x = bytearray(100 * 1024 * 1024)\n${BUSY}'`]);
    expect(run.usage.peakMemoryBytes).toBeGreaterThan(100 * MIB);
    expect(run.usage.peakMemoryBytes).toBeLessThan(200 * MIB);
    expect(run.usage.cpuMs).toBeGreaterThanOrEqual(BUSY_MS);
    expect(run.usage.cpuMs).toBeLessThan(run.usage.wallMs * 2.5);
  });

  it('counts processes that nobody waited for', async () => {
    const run = await bench.step([`(python3 -c '${BUSY}' &) ; sleep 4`]);
    expect(run.usage.cpuMs).toBeGreaterThanOrEqual(BUSY_MS);
  });
});

describe('several at once', () => {
  it('do not see each other', async () => {
    const runs = await Promise.all([1, 2, 3].map((i) => bench.step([`mkdir -p /out/target; echo ${i} >/tmp/mine; sleep 1; cat /tmp/mine >/out/target/x`])));
    expect(new Set(runs.map(({ outputs }) => outputs['target'])).size).toBe(3);
    expect(await left()).toBe(0);
  });
});
