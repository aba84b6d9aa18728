import { systemClock } from '../../src/foundation/clock.ts';
import { DockerRunner } from '../../src/sandbox/docker-runner.ts';
import type { LocalStore } from '../../src/store/store.ts';
import { pathBytes } from '../../src/tree/entry.ts';
import { openSandboxBench, type SandboxBench } from '../support/sandbox-bench.ts';

let bench: SandboxBench;
beforeAll(async () => { bench = await openSandboxBench(); }, 600_000);
afterAll(async () => { await bench.close(); });

describe('inputs', () => {
  it('lie over each other, the first on top', async () => {
    const trees = [
      await bench.tree({ 'both': 'first', 'dir/one': '1' }), await bench.tree({ 'both': 'second', 'dir/two': '2' }), await bench.tree({ 'dir/three': '3' }),
    ];
    const run = await bench.sh('cat /sysroot/both; echo; ls /sysroot/dir; cat /sysroot/dir/*', { mounts: [{ at: '/sysroot', trees }] });
    expect(run.log).toBe('first\none\nthree\ntwo\n132');
  });

  it('may be sixty trees on one mount', async () => {
    const trees = await Promise.all(Array.from({ length: 60 }, (_, i) => bench.tree({ [`file${i}`]: String(i) })));
    const run = await bench.sh('ls /sysroot | wc -l', { mounts: [{ at: '/sysroot', trees }] });
    expect(run.log.trim()).toBe('60');
  });

  it('are refused where one mount cannot take as many', async () => {
    const tree = await bench.tree({ x: 'x' });
    const run = bench.sh('true', { mounts: [{ at: '/sysroot', trees: Array.from({ length: 300 }, () => tree) }] });
    await expect(run).rejects.toMatchObject({ code: 'SANDBOX.TOO_MANY_INPUTS' });
  });

  it('share an inode only where the tree says hard link', async () => {
    const tree = await bench.tree({ 'a': 'same', 'b': 'same', 'c': { kind: 'hard-link', target: pathBytes('a') } });
    const other = await bench.tree({ 'd': 'same' });
    const run = await bench.sh('cd /sysroot; stat -c "%n %h" a b c d; [ a -ef c ] && echo linked; [ a -ef b ] || [ a -ef d ] || echo apart', { mounts: [{ at: '/sysroot', trees: [tree, other] }] });
    expect(run.log).toBe('a 2\nb 1\nc 2\nd 1\nlinked\napart\n');
  });

  it('that the engine does not see, as on another machine, say what is needed', async () => {
    const elsewhere = { ...bench.store, checkout: async () => '/no/such/place' } as unknown as LocalStore;
    const runner = new DockerRunner({ engine: bench.engine, store: elsewhere, clock: systemClock, home: bench.home });
    const command = bench.command(['/bin/true'], { mounts: [{ at: '/src', trees: [await bench.tree({ x: 'x' })] }] });
    await expect(runner.run(command, { onLog: () => undefined }, new AbortController().signal)).rejects.toMatchObject({
      code: 'SANDBOX.ENGINE_FAILED', retryable: false, hint: expect.stringContaining('this machine'),
    });
  });

  it('keep modes and links', async () => {
    const tree = await bench.tree({ 'tool.sh': '#!/bin/sh\necho ran', 'link': { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, target: pathBytes('tool.sh') } });
    const run = await bench.sh('/host/link; stat -c "%a %u:%g" /host/tool.sh; readlink /host/link', { mounts: [{ at: '/host', trees: [tree] }] });
    expect(run.log).toBe('ran\n755 0:0\ntool.sh\n');
  });

  it('are empty directories where no tree is given', async () => {
    const run = await bench.sh('ls -A /src /sysroot /host | grep -v :', { mounts: [{ at: '/src', trees: [] }] });
    expect(run.log.trim()).toBe('');
  });
});
