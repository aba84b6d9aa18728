import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openSandboxBench, type SandboxBench } from '../support/sandbox-bench.ts';

let bench: SandboxBench;
beforeAll(async () => { bench = await openSandboxBench(); }, 600_000);
afterAll(async () => { await bench.close(); });

/** An archive as upstream would publish it, as text of bytes. */
function archive(command: (directory: string) => string[]): string {
  const directory = mkdtempSync(join(tmpdir(), 'archive-'));
  try {
    mkdirSync(join(directory, 'thing-1.0'));
    writeFileSync(join(directory, 'thing-1.0', 'hello.txt'), 'hello\n');
    const [program, ...argv] = command(directory);
    execFileSync(program!, argv, { cwd: directory });
    return readFileSync(join(directory, 'archive'), 'latin1');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const tar = (): string => archive(() => ['tar', '-czf', 'archive', 'thing-1.0']);
const patchOf = (from: string, to: string): string => `--- a/hello.txt\n+++ b/hello.txt\n@@ -1 +1 @@\n-${from}\n+${to}\n`;

describe('a step', () => {
  it('runs its phases in order, each in the source directory, and says where it is', async () => {
    const run = await bench.step(['echo "$0" >>/build/order; pwd', 'echo "$0" >>/build/order; cat /build/order']);
    expect(run.log).toBe('== phase1\n/build/source\n== phase2\n/src/step/phases/01-phase1.sh\n/src/step/phases/02-phase2.sh\n');
    expect(run.status).toBe('phase=phase2\nexit=0\n');
  });

  it('stops at the first phase that fails, at its first command that fails', async () => {
    const run = await bench.step(['false; echo not here', 'echo nor here']);
    expect(run.log).toBe('== phase1\n');
    expect(run).toMatchObject({ exit: { kind: 'exited', code: 1 }, status: 'phase=phase1\nexit=1\n' });
  });

  it('fails on a variable that nobody set', async () => {
    expect((await bench.step(['echo "$opt_missing"'])).exit).toMatchObject({ kind: 'exited', code: 2 });
  });

  it('gives each phase a shell of its own', async () => {
    expect((await bench.step(['leak=1; cd /tmp', 'pwd; echo "${leak-none}"'])).log).toBe('== phase1\n== phase2\n/build/source\nnone\n');
  });

  it('gives its phases no input', async () => {
    expect((await bench.step(['cat; read -r line || echo end'])).log).toBe('== phase1\nend\n');
  });

  it('ends what a phase left running', async () => {
    const run = await bench.step(['sleep 300 & echo started']);
    expect(run.exit).toEqual({ kind: 'exited', code: 0 });
    expect(run.usage.wallMs).toBeLessThan(60_000);
  });
});

describe('unpacking', () => {
  it('puts an archive into the source directory without its first directory', async () => {
    const run = await bench.step(['cat hello.txt; stat -c %u hello.txt'], { 'sources/thing.tar.gz': tar(), 'step/unpack': 'thing.tar.gz\t.\t1\n' });
    expect(run.log).toBe('== unpack\nunpacking thing.tar.gz\n== phase1\nhello\n1000\n');
  });

  it('puts several where they are told', async () => {
    const run = await bench.step(['ls'], { 'sources/a.tgz': tar(), 'sources/b.tgz': tar(), 'step/unpack': 'a.tgz\tone\t1\nb.tgz\ttwo/deep\t1\n' });
    expect(run.log).toMatch(/one\ntwo\n$/);
  });

  it('names the archive that is none', async () => {
    const run = await bench.step(['true'], { 'sources/bad.tar.gz': 'no archive', 'step/unpack': 'bad.tar.gz\t.\t1\n' });
    expect(run.log).toContain('cannot unpack bad.tar.gz');
    expect(run.status).toBe('phase=unpack\nexit=1\n');
  });
});

describe('patching', () => {
  const source = (patches: Record<string, string>, series: string): Record<string, string> => ({
    'sources/thing.tar.gz': tar(), 'step/unpack': 'thing.tar.gz\t.\t1\n', 'step/series': series,
    ...Object.fromEntries(Object.entries(patches).map(([name, text]) => [`patches/${name}`, text])),
  });

  it('applies the series in its order', async () => {
    const run = await bench.step(['cat hello.txt; ls'], source({ '0001-a.patch': patchOf('hello', 'one'), '0002-b.patch': patchOf('one', 'two') }, '0001-a.patch\n0002-b.patch\n'));
    expect(run.log).toMatch(/== phase1\ntwo\nhello\.txt\n$/);
  });

  it.each([
    ['does not fit', { '0001-a.patch': patchOf('other', 'one') }],
    ['is applied already', { '0001-a.patch': patchOf('other', 'hello') }],
  ])('names the patch that %s', async (_why, patches) => {
    const run = await bench.step(['true'], source(patches, '0001-a.patch\n'));
    expect(run.log).toContain('the patch 0001-a.patch does not apply');
    expect(run.status).toBe('phase=patch\nexit=1\n');
  });

  it('allows no fuzz', async () => {
    const fuzzy = '--- a/hello.txt\n+++ b/hello.txt\n@@ -1,2 +1,2 @@\n-hello\n+one\n other context\n';
    const run = await bench.step(['true'], source({ '0001-f.patch': fuzzy }, '0001-f.patch\n'));
    expect(run.status).toBe('phase=patch\nexit=1\n');
  });
});
