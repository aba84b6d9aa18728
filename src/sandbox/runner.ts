import type { Sha256 } from '../foundation/digest.ts';
import type { Surroundings } from './variation.ts';

/** Where inputs stand inside; fixed, so that no path leaks. */
export type MountPoint = '/src' | '/sysroot' | '/host';

export interface SandboxCommand {
  /** For people and labels: the step's name. Not part of any digest. */
  label: string;
  /** Digest of the root tree of the pinned image this runs in. */
  sandbox: Sha256;
  /** Read-only inputs: trees laid over each other, the first on top. */
  mounts: readonly { at: MountPoint; trees: readonly Sha256[] }[];
  /** PID 1. The step runner is part of the `/src` tree: `['/bin/sh', '/src/step/run']`. */
  argv: readonly string[];
  /** The whole environment; nothing is inherited. */
  environment: Readonly<Record<string, string>>;
  /** Times of inputs, seconds since 1970. */
  epochSeconds: number;
  limits: SandboxLimits;
  /** Other surroundings than a build's; what such a run gives is never the result of an action. */
  surroundings?: Surroundings;
}

/** None of these is part of an action key. */
export interface SandboxLimits {
  memoryBytes: number;
  pids: number;
  /** Cores the container may use. */
  cpus: number;
  timeMs: number;
}

export type SandboxExit =
  | { kind: 'exited'; code: number }
  | { kind: 'out-of-memory' }
  | { kind: 'time-limit' }
  | { kind: 'disk-full' }
  | { kind: 'cancelled' };

export interface SandboxUsage {
  wallMs: number;
  /** User and system time of all processes. */
  cpuMs: number;
  peakMemoryBytes: number;
}

export interface SandboxRun {
  exit: SandboxExit;
  usage: SandboxUsage;
  /** Digest of each directory directly below `/out`, by name, already in the store; empty unless it exited with 0. */
  outputs: Readonly<Record<string, Sha256>>;
  /** Content of `/out/.step/status`, where the step runner says which phase it was in (`phase=build\nexit=2\n`). */
  status: string;
}

export interface SandboxEvents {
  /** stdout and stderr, in order of arrival. */
  onLog(chunk: Uint8Array): void;
}

/** One command in one pinned environment. Throws a Fault only where the engine itself fails. */
export interface Runner {
  run(command: SandboxCommand, events: SandboxEvents, signal: AbortSignal): Promise<SandboxRun>;
}
