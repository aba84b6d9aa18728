import type { Sha256 } from '../foundation/digest.ts';
import type { FailureKind } from './failure-kind.ts';
import type { Outputs } from './journal.ts';

/** How one step of a build ended. */
export type StepResult =
  | { state: 'reused' | 'run'; actionKey: Sha256; outputs: Outputs; deterministic: boolean }
  | { state: 'failed'; failure: StepFailure };

export interface StepFailure {
  kind: FailureKind;
  /** Code of the registry, where an error of ours says it. */
  code?: string;
  message: string;
  lastLines: readonly string[];
}
