import { PassThrough } from 'node:stream';

import { openSandboxBench, type Asked, type SandboxBench } from '../support/sandbox-bench.ts';

let bench: SandboxBench;
beforeAll(async () => { bench = await openSandboxBench(); }, 600_000);
afterAll(async () => { await bench.close(); });

interface Session {
  /** All that was shown so far. */
  shown(): string;
  until(text: string): Promise<void>;
  type(text: string): void;
  resize(columns: number, rows: number): void;
  code: Promise<number>;
}

/** A person at a terminal of 100 by 40, in front of a step with these phases. */
async function open(phases: readonly string[], asked: Asked = {}): Promise<Session> {
  const step = await bench.stepCommand(phases, {}, asked);
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  let shown = '';
  let size = { columns: 100, rows: 40 };
  const listeners = new Set<() => void>();
  stdout.on('data', (chunk: Buffer) => { shown += chunk.toString('utf8'); for (const listener of listeners) listener(); });
  let resized: () => void = () => undefined;
  const terminal = { stdin, stdout, size: () => size, onResize: (listener: () => void) => { resized = listener; return () => { resized = () => undefined; }; } };
  const code = bench.runner.shell(step, terminal, asked.signal ?? new AbortController().signal);
  return {
    shown: () => shown, code,
    until: (text) => new Promise((resolve) => {
      const look = (): void => { if (shown.includes(text)) { listeners.delete(look); resolve(); } };
      listeners.add(look);
      look();
    }),
    type: (text) => { stdin.write(text); },
    resize: (columns, rows) => { size = { columns, rows }; resized(); },
  };
}

describe('a shell at a step', () => {
  it('stands where the step failed, in the sandbox of the step, and gives its exit code', async () => {
    const shell = await open(['echo made >made', 'echo about to fail; exit 3']);
    await shell.until('about to fail');
    shell.type('cat made; pwd; id -u; tty; echo "rows $(stty size)"; ls /sys/class/net 2>&1; exit 42\n');
    expect(await shell.code).toBe(42);
    expect(shell.shown()).toMatch(/made\r\n\/build\/source\r\n1000\r\n\/dev\/pts\/0\r\nrows 40 100\r\n/);
  });

  it('tells how to run the step again, and it does', async () => {
    const shell = await open(['echo once more; exit 3']);
    await shell.until('sh /src/step/run runs the step again');
    shell.type('sh /src/step/run; echo "code $?"; exit\n');
    await shell.code;
    expect(shell.shown()).toMatch(/once more[\s\S]*once more\r\ncode 3\r\n/);
  });

  it('follows the size of the terminal', async () => {
    const shell = await open(['exit 1']);
    await shell.until('$ ');
    shell.resize(61, 17);
    shell.type('sleep 0.5; echo "rows $(stty size)"; exit\n');
    await shell.code;
    expect(shell.shown()).toContain('rows 17 61');
  });

  it('passes control characters through', async () => {
    const shell = await open(['exit 1']);
    await shell.until('$ ');
    shell.type('sleep 100; echo "interrupted $?"\n');
    await new Promise((resolve) => { setTimeout(resolve, 300); });
    shell.type('\u0003');
    await shell.until('^C');
    await new Promise((resolve) => { setTimeout(resolve, 300); });
    shell.type('exit\n');
    expect(await shell.code).toBe(130);
    expect(shell.shown()).not.toContain('interrupted 0');
  });

  it('shows the last line also where the shell ends at once', async () => {
    const shell = await open(['exit 1']);
    await shell.until('$ ');
    shell.type('seq 20000; exit\n');
    await shell.code;
    expect(shell.shown()).toContain('\r\n20000\r\n');
  });

  it('ends when it is cancelled, and leaves nothing', async () => {
    const controller = new AbortController();
    const shell = await open(['exit 1'], { signal: controller.signal });
    await shell.until('$ ');
    controller.abort();
    expect(await shell.code).toBe(137);
    const filters = JSON.stringify({ label: [`provenroot.home=${bench.home}`] });
    expect(await bench.engine.listContainers({ all: true, filters })).toEqual([]);
  });
});
