import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';

import { errorCodeOf } from '../src/foundation/failure.ts';

/** Linux counts processes in hundredths of a second, whatever its own tick is. */
const TICK_MS = 10;

/** Milliseconds of CPU since the start of each. */
export interface CpuCounters {
  /** Our children that have ended, with what they waited for. */
  children: number;
  /** The Postgres of this home. */
  database: number;
  /** dockerd and containerd, for whomever they worked. */
  engine: number;
  /** All cores, for whomever they worked. */
  machine: number;
}

export function cpuCounters(home: string): CpuCounters {
  const processes = allProcesses();
  const postmasters = processes.filter(({ command }) => command.includes('postgres') && command.includes(`${home}/`)).map(({ pid }) => pid);
  const own = processes.find(({ pid }) => pid === process.pid);
  const sum = (chosen: readonly ProcessTimes[]): number => chosen.reduce((total, { self, waited }) => total + self + waited, 0);
  return {
    children: own?.waited ?? 0,
    database: sum(processes.filter(({ pid, parent }) => postmasters.includes(pid) || postmasters.includes(parent))),
    engine: sum(processes.filter(({ name }) => name === 'dockerd' || name === 'containerd')),
    machine: machineMs(),
  };
}

export function since(before: CpuCounters, after: CpuCounters): CpuCounters {
  return {
    children: after.children - before.children, database: after.database - before.database,
    engine: after.engine - before.engine, machine: after.machine - before.machine,
  };
}

interface ProcessTimes { pid: number; parent: number; name: string; command: string; self: number; waited: number }

function allProcesses(): ProcessTimes[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return [{ command, ...parseStat(Number(pid), stat) }];
    } catch (error) {
      if (errorCodeOf(error) === 'ENOENT' || errorCodeOf(error) === 'ESRCH') return [];
      throw error;
    }
  });
}

/** proc(5): the name stands in parentheses and may hold any of them; what follows is counted from field 3. */
function parseStat(pid: number, stat: string): Omit<ProcessTimes, 'command'> {
  const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
  return { pid, name, parent: fields[1]!, self: (fields[11]! + fields[12]!) * TICK_MS, waited: (fields[13]! + fields[14]!) * TICK_MS };
}

function machineMs(): number {
  const [user, nice, system, , , irq, softIrq] = readFileSync('/proc/stat', 'latin1').split('\n')[0]!.split(/\s+/).slice(1).map(Number);
  return (user! + nice! + system! + irq! + softIrq!) * TICK_MS;
}

export interface Ran { wallMs: number; stdout: string }

/** One command to its end; what it says goes to our stderr, unless it is what it gives. Ends the bench where it fails. */
export async function run(argv: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const started = performance.now();
  const child = spawn(argv[0]!, argv.slice(1), { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
  const [code] = await once(child, 'close') as [number | null];
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}:\n${stdout}`);
  return { wallMs: performance.now() - started, stdout };
}
