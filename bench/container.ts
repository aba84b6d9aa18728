/**
 * `node bench/container.ts`: what one container costs, in one run on one engine, so that the ratios say something on any
 * machine. Each number is the smallest and the median of twelve, in milliseconds.
 *
 *   spawn        `/bin/true` as a plain process
 *   bwrap        the same in bubblewrap on this machine's own root, where bubblewrap is installed
 *   docker run   `docker run --rm` of it with the engine's own settings, where its command is installed
 *   container    the same in the sandbox: create, attach, start, wait, collect nothing, remove
 *   step         the step runner with one empty phase, three inputs over each other, one small output collected and stored
 *   large        the same with 20 MB in 2,000 files as its output
 */
import { spawnSync } from 'node:child_process';

import { systemClock } from '../src/foundation/clock.ts';
import { sandboxTag } from '../src/sandbox/sandbox-image.ts';
import { openSandboxBench } from '../tests/support/sandbox-bench.ts';

const RUNS = 12;
const print = (line: string): void => { process.stdout.write(`${line}\n`); };

interface Timing { min: number; median: number }

async function timing(name: string, run: () => unknown): Promise<Timing> {
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const before = systemClock.monotonicMs();
    await run();
    times.push(systemClock.monotonicMs() - before);
  }
  times.sort((a, b) => a - b);
  const found = { min: times[0]!, median: times[RUNS / 2]! };
  print(`${name.padEnd(12)} min ${found.min.toFixed(1).padStart(8)}  median ${found.median.toFixed(1).padStart(8)}`);
  return found;
}

function inBubblewrap(): boolean {
  const argv = ['--unshare-all', '--die-with-parent', '--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp', '/bin/true'];
  return spawnSync('bwrap', argv).status === 0;
}

const bench = await openSandboxBench();
const image = sandboxTag(bench.command([]).sandbox);
const inDockerRun = (): boolean => spawnSync('docker', ['run', '--rm', image, '/bin/true']).status === 0;
try {
  const layers = await Promise.all(['a', 'b', 'c'].map((name) => bench.tree({ [name]: name })));
  const mounts = [{ at: '/sysroot' as const, trees: layers }];
  const spawned = await timing('spawn', () => spawnSync('/bin/true'));
  const wrapped = inBubblewrap() ? await timing('bwrap', inBubblewrap) : undefined;
  const ran = inDockerRun() ? await timing('docker run', inDockerRun) : undefined;
  const contained = await timing('container', () => bench.sh('exit 0'));
  const stepped = await timing('step', () => bench.step(['mkdir -p /out/target; echo x >/out/target/x'], {}, { mounts }));
  const large = await timing('large', () => bench.step([
    'mkdir -p /out/target; head -c 20000000 /dev/urandom >/tmp/x; split -b 10000 -a 4 /tmp/x /out/target/f',
  ], {}, { mounts }));
  const ratio = (name: string, value: Timing, base: Timing): void => print(`${name}: ${(value.min / base.min).toFixed(1)} (smallest), ${(value.median / base.median).toFixed(1)} (median)`);
  if (wrapped !== undefined) ratio('container / bwrap', contained, wrapped);
  if (wrapped !== undefined) ratio('step / bwrap', stepped, wrapped);
  if (ran !== undefined) ratio('container / docker run', contained, ran);
  if (ran !== undefined) ratio('step / docker run', stepped, ran);
  ratio('container / spawn', contained, spawned);
  ratio('step / container', stepped, contained);
  ratio('large / step', large, stepped);
} finally {
  await bench.close();
}
