/**
 * `node bench/evidence.ts`: a stranger's offline check of an evidence archive, as a process from its start to its end.
 * The archive holds a provenance, two rebuilds and all byproducts of a made-up build; each number is the least of ten.
 *
 *   check     wall and CPU of `node src/main/verify-bundle.mjs` (goal 250 ms), its compile cache warm; node alone beside it
 *   within    CPU of reading and judging alone, in a process that has done so before
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';

import { readBundle } from '../src/evidence/bundle-read.ts';
import { verifyBundle } from '../src/evidence/bundle-verify.ts';
import { systemClock } from '../src/foundation/clock.ts';
import { CHECKOUT } from '../src/main/checkout.ts';
import { parseTrustedRoot } from '../src/signing/trust-root.ts';
import { EvidenceHome, streamOf } from '../tests/support/evidence-archive.ts';

const RUNS = 10;
const scratch = mkdtempSync(join(tmpdir(), 'provenroot-bench-evidence-'));

interface Cost { wallMs: number; cpuMs: number }

async function least(run: () => unknown, cpu: () => number): Promise<Cost> {
  const costs: Cost[] = [];
  for (let i = 0; i < RUNS; i++) {
    const before = { wall: systemClock.monotonicMs(), cpu: cpu() };
    await run();
    costs.push({ wallMs: systemClock.monotonicMs() - before.wall, cpuMs: cpu() - before.cpu });
  }
  return { wallMs: Math.min(...costs.map(({ wallMs }) => wallMs)), cpuMs: Math.min(...costs.map(({ cpuMs }) => cpuMs)) };
}

const print = (name: string, { wallMs, cpuMs }: Cost): void => { process.stdout.write(`${name.padEnd(12)} ${wallMs.toFixed(0).padStart(6)} ms wall ${cpuMs.toFixed(0).padStart(6)} ms CPU\n`); };
const ofThisProcess = (): number => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
/** The shell around it says it: Node has no counter of children that ended. */
const child = (args: readonly string[]): number => Number(execFileSync('/bin/sh', ['-c', '"$@" >/dev/null; times', 'sh', process.execPath, '--no-warnings', ...args], {
  encoding: 'utf8', env: { HOME: scratch, PATH: '/usr/bin:/bin' },
}).trim().split('\n').at(-1)!.match(/([0-9]+)m([0-9.]+)s/g)!.map((time) => Number(time.split('m')[0]) * 60_000 + Number.parseFloat(time.split('m')[1]!) * 1000).reduce((a, b) => a + b));

const issuer = await EvidenceHome.open();
try {
  const [acme, uni] = [await issuer.friend('acme'), await issuer.friend('uni')];
  const archive = await issuer.archive(await issuer.content([await issuer.provenance(), await issuer.rebuild('acme', acme), await issuer.rebuild('uni', uni)]));
  const root = await issuer.rootJson();
  writeFileSync(join(scratch, 'e.tar'), archive);
  writeFileSync(join(scratch, 'root.json'), root);
  process.stdout.write(`load ${loadavg().map((value) => value.toFixed(1)).join(' ')}; archive of ${archive.byteLength} bytes\n`);
  let used = 0;
  const verify = [join(CHECKOUT, 'src/main/verify-bundle.mjs'), join(scratch, 'e.tar'), '--root', join(scratch, 'root.json')];
  child(verify);
  print('node alone', await least(() => { used += child(['-e', '0']); }, () => used));
  print('check', await least(() => { used += child(verify); }, () => used));
  print('within', await least(async () => {
    const report = verifyBundle(await readBundle(streamOf(archive)), { trusted: parseTrustedRoot(root, 'root.json'), now: systemClock.now().toISOString() });
    if (!report.passed) process.stdout.write(`${JSON.stringify(report.steps)}\n`);
  }, ofThisProcess));
} finally {
  await issuer.keys.remove();
  rmSync(scratch, { recursive: true, force: true });
}
