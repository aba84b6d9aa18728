import type { SandboxExit } from '../sandbox/runner.ts';

/** What went wrong, in words that a person and a machine can branch on. */
export type FailureKind =
  | 'source-hash' | 'source-unreachable' | 'patch-rejected' | 'unpack' | 'configuration-unsatisfied' | 'configure' | 'compile' | 'install'
  | 'input-conflict' | 'root-conflict' | 'image' | 'out-of-memory' | 'time-limit' | 'disk-full' | 'engine-unreachable' | 'cancelled' | 'internal';

/** The exit code by which a phase says that a requested kernel or program option did not survive. */
export const EXIT_UNSATISFIED = 65;

/** Reads how a container ended and what its step runner left in its status file. */
export function failureKindOf(exit: SandboxExit, status: string): FailureKind {
  switch (exit.kind) {
    case 'out-of-memory': case 'time-limit': case 'disk-full': case 'cancelled': return exit.kind;
    case 'exited': return kindOfPhase(statusField(status, 'phase'), Number(statusField(status, 'exit') ?? exit.code));
  }
}

function kindOfPhase(phase: string | undefined, code: number): FailureKind {
  if (code === EXIT_UNSATISFIED) return 'configuration-unsatisfied';
  switch (phase) {
    case 'unpack': return 'unpack';
    case 'patch': return 'patch-rejected';
    case 'configure': return 'configure';
    case 'install': case 'strip': return 'install';
    default: return 'compile';
  }
}

export function statusField(status: string, field: string): string | undefined {
  return new RegExp(`^${field}=(.*)$`, 'm').exec(status)?.[1];
}
