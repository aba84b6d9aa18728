import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';

export interface TestRun {
  /** The checkout. */
  root: string;
  /** The long forms too. */
  full: boolean;
  /** Installs what the tests need of the machine; what cannot be installed it throws. */
  setUp(): Promise<unknown>;
  /** Scripts of package.json, in this order; all unless told. */
  scripts?: readonly string[];
}

/** The parts of `npm run check`, then the suites that need the real Docker, Postgres, Redis and QEMU. */
export const TEST_SCRIPTS: readonly string[] = ['check:types', 'check:lint', 'check:rooms', 'check:dead', 'test:unit', 'test:contracts', 'test:e2e'];

interface Tally { passed: number; failed: number; skipped: number }
interface Outcome { script: string; code: number; seconds: number }

/** Runs every script, also after one that fails; the last line on stdout is `N passed, N failed, N skipped` over all of them. */
export async function runTests(run: TestRun): Promise<ExitCode> {
  await run.setUp();
  const directory = await mkdtemp(join(tmpdir(), 'provenroot-test-'));
  try {
    const tallyPath = join(directory, 'tally');
    const outcomes = await runScripts(run, tallyPath);
    const tally = sum(await readTallies(tallyPath));
    for (const line of summary(outcomes, tally)) process.stdout.write(`${line}\n`);
    return outcomes.every(({ code }) => code === 0) && tally.failed === 0 ? EXIT.done : EXIT.no;
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function runScripts(run: TestRun, tallyPath: string): Promise<Outcome[]> {
  const manifest = JSON.parse(await readFile(join(run.root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  const outcomes: Outcome[] = [];
  for (const script of run.scripts ?? TEST_SCRIPTS) {
    const command = manifest.scripts[script] ?? 'false';
    process.stdout.write(`\n== ${script}: ${command}\n`);
    const started = performance.now();
    const code = await runCommand(command, run, tallyPath);
    outcomes.push({ script, code, seconds: (performance.now() - started) / 1000 });
  }
  return outcomes;
}

/** As npm runs a script, but on our Node and without npm's own settings in the environment. */
function runCommand(command: string, run: TestRun, tallyPath: string): Promise<number> {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
  const environment = {
    ...inherited,
    PATH: [join(run.root, 'node_modules/.bin'), dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
    PROVENROOT_TALLY: tallyPath,
    ...(run.full ? { PROVENROOT_TEST_FULL: '1' } : {}),
  };
  return new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', command], { cwd: run.root, env: environment, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', () => resolve(127));
    child.once('close', (code) => resolve(code ?? 1));
  });
}

async function readTallies(path: string): Promise<Tally[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Tally);
}

function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce((all, one) => ({ passed: all.passed + one.passed, failed: all.failed + one.failed, skipped: all.skipped + one.skipped }),
    { passed: 0, failed: 0, skipped: 0 });
}

function summary(outcomes: readonly Outcome[], { passed, failed, skipped }: Tally): string[] {
  const rows = outcomes.map(({ script, code, seconds }) => `${code === 0 ? 'ok    ' : 'FAILED'} ${script} (${seconds.toFixed(1)} s)`);
  return ['', ...rows, '', `${passed} passed, ${failed} failed, ${skipped} skipped`];
}
