/** A command as a whole process tree: what it took, what it said. For benchmarks; Linux. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface Measured {
  /** User and system time of the command and all it started and waited for. */
  cpuSeconds: number;
  wallSeconds: number;
  /** The larger of: the most that the tree held at once, sampled each 20 ms; the most that one process ever held. */
  peakBytes: number;
  /** Of standard output. */
  outputBytes: number;
  /** Undefined where it was stopped for taking too long. */
  exit: number | undefined;
}

const SAMPLE_MS = 20;

/** Standard output and error go to `DIRECTORY/output` and `DIRECTORY/complaints`. */
export async function measured(argv: readonly string[], directory: string, timeoutSeconds: number, environment: Readonly<Record<string, string>> = {}): Promise<Measured> {
  const output = join(directory, 'output');
  const [out, complaints] = [openSync(output, 'w'), openSync(join(directory, 'complaints'), 'w')];
  const times = join(directory, 'times');
  rmSync(times, { force: true });
  // Bash counts every process below it that was waited for; a group of its own can be stopped as a whole.
  const script = 'TIMEFORMAT="%3U %3S %3R"; { time "$@" 2>&3; } 2> "$TIMES"';
  const child = spawn('bash', ['-c', script, 'bash', ...argv], {
    stdio: ['ignore', out, 'ignore', complaints], detached: true, env: { ...process.env, ...environment, TIMES: times },
  });
  const peak = { bytes: 0 };
  const sampling = setInterval(() => { peak.bytes = Math.max(peak.bytes, treeBytes(child.pid!)); }, SAMPLE_MS);
  let stopped = false;
  const stopping = setTimeout(() => { stopped = true; process.kill(0 - child.pid!, 'SIGKILL'); }, timeoutSeconds * 1000);
  try {
    const exit = await new Promise<number>((resolve, reject) => { child.once('error', reject); child.once('close', (code) => resolve(code ?? -1)); });
    const [user = Number.NaN, system = Number.NaN, wall = Number.NaN] = stopped ? [] : readFileSync(times, 'utf8').split(' ').map(Number);
    return { cpuSeconds: user + system, wallSeconds: wall, peakBytes: peak.bytes, outputBytes: statSync(output).size, exit: stopped ? undefined : exit };
  } finally {
    clearInterval(sampling);
    clearTimeout(stopping);
    closeSync(out);
    closeSync(complaints);
  }
}

/** Resident memory of the processes below one, shared pages counted for each; or the high-water mark of one of them. */
function treeBytes(root: number): number {
  let [sum, largest] = [0, 0];
  const pending = childrenOf(root);
  for (let pid = pending.pop(); pid !== undefined; pid = pending.pop()) {
    const status = proc(`/proc/${pid}/status`);
    sum += kilobytes(status, 'VmRSS');
    largest = Math.max(largest, kilobytes(status, 'VmHWM'));
    pending.push(...childrenOf(pid));
  }
  return Math.max(sum, largest) * 1024;
}

function childrenOf(pid: number): number[] {
  return proc(`/proc/${pid}/task/${pid}/children`).split(' ').filter((word) => word !== '').map(Number);
}

function kilobytes(status: string, key: string): number {
  return Number(new RegExp(`^${key}:\\s*(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
}

/** A process may be gone by now. */
function proc(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** For preparing: throws with what the command said. */
export function tool(script: string, environment: Readonly<Record<string, string>> = {}): void {
  const { status, stderr, error } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], { encoding: 'utf8', env: { ...process.env, ...environment }, stdio: ['ignore', 'ignore', 'pipe'] });
  if (error !== undefined || status !== 0) throw new Error(`${script}\n${stderr}`, { cause: error });
}

export function isInstalled(...names: string[]): boolean {
  return names.every((name) => spawnSync('bash', ['-c', 'command -v "$1"', 'bash', name]).status === 0);
}
