/**
 * `node bench/build.ts [--full | --no-op] [--home DIRECTORY]`: what building costs beside compiling, as ratios measured in one run.
 *
 *   cold         CPU of a build that knows no result, everything of ours included, against the same shell text in plain
 *                `docker run`s over copied directories: no store, no record. One step at a time in both
 *   option       CPU of a build after one option of busybox changed, against the bare compile of busybox
 *   no-op        wall time of `build` where all is known, less that of `--version`
 *   plan         wall time from the catalog on disk to a plan with all its keys
 *
 * Without `--full` the board has a file for a kernel, and the toolchain is built before anything is measured. `--no-op`
 * compares no compiling: it builds once, unmeasured, then does the last two.
 * `--home` is used again, and kept: there the toolchain is built once. Wants a machine that does nothing else; what
 * dockerd and containerd did for others would count as ours, so the ratios stand there without the engine too.
 */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

import { createCatalogs } from '../src/actions/catalogs.ts';
import { preparePlan, type Target } from '../src/actions/prepare-plan.ts';
import { readEnvironment } from '../src/main/environment.ts';
import { openWorkshop, type OpenWorkshop } from '../src/main/open-workshop.ts';
import type { ContainerStep } from '../src/plan/step.ts';
import { removeTree } from '../src/store/remove-tree.ts';
import { cpuCounters, run, since, type CpuCounters } from './build-cpu.ts';
import { bareCpuMs, outputsOf } from './build-floor.ts';

const CHECKOUT = join(import.meta.dirname, '..');
const BOARD = 'qemu-x86_64';
const OPTION = { recipe: 'busybox', symbol: 'CONFIG_UPTIME' };
const RUNS = 5;

const noOpAlone = process.argv.includes('--no-op');
const full = process.argv.includes('--full');
const given = process.argv[process.argv.indexOf('--home') + 1];
const home = process.argv.includes('--home') && given !== undefined ? given : mkdtempSync('/var/tmp/provenroot-bench-');
const scratch = mkdtempSync('/var/tmp/provenroot-bench-scratch-');
const catalogRoot = join(scratch, 'catalog');
const environment = { PROVENROOT_HOME: home, PROVENROOT_CATALOG: catalogRoot };
const provenroot = (...argv: string[]): ReturnType<typeof run> => run([join(CHECKOUT, 'provenroot'), ...argv], environment);

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2).padStart(9)} s`;
const print = (name: string, value: string): void => { process.stdout.write(`${name.padEnd(34)}${value}\n`); };
const ratio = (name: string, part: number, whole: number, goal: number): void => print(name, `${(part / whole).toFixed(3).padStart(9)}    goal ${goal}`);

/** Recipes that are measured get another date, so that no result of an earlier run in this home is theirs. */
function writeCatalog(): void {
  for (const kind of ['recipes', 'templates', 'boards', 'architectures']) cpSync(join(CHECKOUT, kind), join(catalogRoot, kind), { recursive: true });
  if (!full) {
    const tiny = join(CHECKOUT, 'tests/support/tiny-catalog');
    for (const folder of ['recipes/tiny-kernel', 'templates/two-stage']) cpSync(join(tiny, folder), join(catalogRoot, folder), { recursive: true });
    edit(`boards/${BOARD}/board.yaml`, /^kernel: .*$/m, 'kernel: tiny-kernel');
  }
  if (noOpAlone) return;
  const measured = ['zlib', 'busybox', 'dropbear', ...full ? ['musl-toolchain', 'linux'] : []];
  const date = Math.floor(Date.now() / 1000);
  for (const name of measured) edit(`recipes/${name}/recipe.yaml`, /^epoch_seconds: .*$/m, `epoch_seconds: ${date}`);
}

function edit(path: string, pattern: RegExp, replacement: string): void {
  const place = join(catalogRoot, path);
  writeFileSync(place, readFileSync(place, 'utf8').replace(pattern, replacement));
}

function writeConfiguration(name: string, content: unknown): string {
  const path = join(scratch, name);
  writeFileSync(path, JSON.stringify({ format: 1, board: BOARD, ...content as object }));
  return path;
}

interface BuildReport { build: string; steps: { run: number; reused: number } }
interface MeasuredBuild { report: BuildReport; wallMs: number; ownMs: number; totalMs: number; containersMs: number; used: CpuCounters; steps: string[] }

/** A build through the command line, with all CPU that it caused. */
async function measuredBuild(target: string, workshop: OpenWorkshop): Promise<MeasuredBuild> {
  const before = cpuCounters(home);
  const { stdout, wallMs } = await provenroot('build', target, '--parallel', '1', '--offline', '--json');
  const used = since(before, cpuCounters(home));
  const report = JSON.parse(stdout.trim().split('\n').at(-1)!) as BuildReport;
  const rows = (await workshop.reads.steps.allOf(report.build)).filter(({ outcome }) => outcome === 'run');
  // What runs in process has wall time in the place of CPU time, and is counted with the process.
  const containersMs = rows.filter(({ peakMemoryBytes }) => (peakMemoryBytes ?? 0) > 0).reduce((sum, { cpuMs }) => sum + (cpuMs ?? 0), 0);
  const ownMs = containersMs + used.children + used.database;
  return { report, wallMs, containersMs, used, steps: rows.map(({ name }) => name), ownMs, totalMs: ownMs + used.engine };
}

function printBuild(name: string, { containersMs, used, totalMs, wallMs, report, steps }: MeasuredBuild): void {
  print(`${name}: steps that ran`, `${String(report.steps.run).padStart(9)}    ${steps.join(' ')}`);
  print(`${name}: containers`, seconds(containersMs));
  print(`${name}: provenroot`, seconds(used.children));
  print(`${name}: Postgres`, seconds(used.database));
  print(`${name}: dockerd, containerd`, seconds(used.engine));
  print(`${name}: all of it`, seconds(totalMs));
  print(`${name}: (the whole machine)`, seconds(used.machine));
  print(`${name}: wall`, seconds(wallMs));
}

/** CPU of the bare steps, by step. */
async function bareSteps(names: readonly string[], target: Target, workshop: OpenWorkshop): Promise<Map<string, number>> {
  const { plan } = await preparePlan(target, workshop);
  const outputs = await outputsOf(plan, workshop.store);
  const chosen = [...plan.steps.values()].filter((step): step is ContainerStep => step.kind === 'container' && names.includes(step.id));
  const found = new Map<string, number>();
  for (const step of chosen) {
    const cpuMs = await bareCpuMs(step, outputs, cpus().length, workshop.store, scratch);
    print(`bare: ${step.id}`, seconds(cpuMs));
    found.set(step.id, cpuMs);
  }
  return found;
}

async function compareCompiling(plain: string, workshop: OpenWorkshop): Promise<void> {
  const cold = await measuredBuild(plain, workshop);
  printBuild('cold', cold);
  const bare = await bareSteps(cold.steps, fileTarget(plain), workshop);
  const bareMs = sum(bare.values());
  print('bare: all of it', seconds(bareMs));
  ratio('cold / bare', cold.totalMs, bareMs, 1.05);
  ratio('cold without the engine / bare', cold.ownMs, bareMs, 1.05);

  const changed = writeConfiguration('changed.json', { packages: { [OPTION.recipe]: { options: { config: { [OPTION.symbol]: 'n' } } } } });
  const option = await measuredBuild(changed, workshop);
  printBuild('option', option);
  const recipe = [...bare].filter(([step]) => step.split('.')[0] === OPTION.recipe);
  const recipeMs = sum(recipe.map(([, cpuMs]) => cpuMs));
  ratio(`option / bare ${OPTION.recipe}`, option.totalMs, recipeMs, 1.1);
  ratio('option without the engine / bare', option.ownMs, recipeMs, 1.1);
}

interface Best { wallMs: number; cpuMs: number }

/** The least of both, each for itself. */
async function best(name: string, work: () => Promise<{ wallMs: number }>): Promise<Best> {
  const runs: Best[] = [];
  for (let i = 0; i < RUNS; i++) {
    const before = cpuCounters(home);
    const { wallMs } = await work();
    runs.push({ wallMs, cpuMs: since(before, cpuCounters(home)).children });
  }
  const found = { wallMs: Math.min(...runs.map(({ wallMs }) => wallMs)), cpuMs: Math.min(...runs.map(({ cpuMs }) => cpuMs)) };
  print(name, `${seconds(found.wallMs)}${found.cpuMs === 0 ? '' : `  ${(found.cpuMs / 1000).toFixed(2)} s of CPU`}`);
  return found;
}

async function timed(work: () => Promise<unknown>): Promise<{ wallMs: number }> {
  const started = performance.now();
  await work();
  return { wallMs: performance.now() - started };
}

const fileTarget = (path: string): Target => ({ kind: 'file', path, bytes: readFileSync(path) });
const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

try {
  mkdirSync(home, { recursive: true });
  // Postgres is another user where we are root.
  chmodSync(home, 0o755);
  writeCatalog();
  const plain = writeConfiguration('plain.json', {});
  const without = writeConfiguration('toolchain.json', { remove: ['busybox', 'dropbear', 'qemu-credentials'] });
  await provenroot('sources', 'fetch', plain);
  if (!full) await provenroot('build', noOpAlone ? plain : without);

  const workshop = await openWorkshop({ ...readEnvironment(), home, catalogRoot });
  try {
    if (!noOpAlone) await compareCompiling(plain, workshop);
    const startUp = await best('--version', () => provenroot('--version'));
    const noOp = await best('no-op build', () => provenroot('build', plain));
    print('no-op build less --version', `${seconds(noOp.wallMs - startUp.wallMs)}  ${((noOp.cpuMs - startUp.cpuMs) / 1000).toFixed(2)} s of CPU, goal 1`);
    // With catalogs of its own each time: parsed ones are kept.
    await best('plan', () => timed(() => preparePlan(fileTarget(plain), { ...workshop, catalogs: createCatalogs(catalogRoot, workshop.records) })));
  } finally {
    await workshop.close();
  }
  await best('no-op build that starts Postgres', () => provenroot('build', plain));
} finally {
  rmSync(scratch, { recursive: true, force: true });
  if (!process.argv.includes('--home')) removeTree(home);
}
