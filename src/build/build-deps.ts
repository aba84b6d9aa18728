import type { Clock } from '../foundation/clock.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { Source } from '../catalog/model.ts';
import type { Step } from '../plan/step.ts';
import type { Runner, SandboxLimits } from '../sandbox/runner.ts';
import type { LocalStore } from '../store/store.ts';
import type { BuildJournal } from './journal.ts';

/** How a source came in: the URL, and milliseconds from the first try until the store had it. */
export interface FetchedFrom { origin: string; wallMs: number }

/** What a build is given to work with. */
export interface BuildDeps {
  store: LocalStore;
  runner: Runner;
  journal: BuildJournal;
  clock: Clock;
  /** Brings an archive into the store, checked; returns the place it really came from, or undefined where it was there. */
  fetchSource(source: Source, signal: AbortSignal): Promise<FetchedFrom | undefined>;
  /** Brings the pinned sandbox up, once; called before the first step that needs it. */
  prepareSandbox(): Promise<void>;
  /** False: no known result is taken, every step runs (its result is compared with the standing one). */
  reuse: boolean;
  /** Runs `work` while no other process of this home does the same for this key. */
  exclusively<T>(key: Sha256, work: () => Promise<T>): Promise<T>;
  /** How long a step took in earlier runs, milliseconds; for order and estimates only. */
  expectedMs(step: Step): number;
  machine: MachineLimits;
  signal: AbortSignal;
}

export interface MachineLimits {
  /** Steps at once. */
  parallelSteps: number;
  /** Cores that one step may use: `JOBS`. */
  jobs: number;
  memoryBytes: number;
}

export const DEFAULT_STEP_TIME_MS = 3 * 60 * 60 * 1000;
const STEP_PIDS = 4096;

export function stepLimits(machine: MachineLimits, limits: { memoryBytes?: number; timeMs?: number }): SandboxLimits {
  return {
    memoryBytes: limits.memoryBytes ?? machine.memoryBytes,
    pids: STEP_PIDS,
    cpus: machine.jobs,
    timeMs: limits.timeMs ?? DEFAULT_STEP_TIME_MS,
  };
}
