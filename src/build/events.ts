import type { Sha256 } from '../foundation/digest.ts';
import type { StepId } from '../plan/step.ts';
import type { SandboxUsage } from '../sandbox/runner.ts';
import type { FailureKind } from './failure-kind.ts';

/** What happens in a build, in order; each is recorded with a sequence number and shown to whoever follows. */
export type BuildEvent =
  | { type: 'build-started'; steps: number }
  | { type: 'source-fetched'; file: string; sha256: Sha256; sizeBytes: number; origin: string }
  | { type: 'step-started'; step: StepId; title: string }
  | { type: 'step-reused'; step: StepId; planKey: Sha256; actionKey: Sha256 }
  | { type: 'step-finished'; step: StepId; actionKey: Sha256; usage: SandboxUsage; equal: boolean }
  | { type: 'step-failed'; step: StepId; kind: FailureKind; code?: string; message: string; lastLines: readonly string[] }
  | { type: 'image-written'; name: string; format: string; sha256: Sha256; sizeBytes: number }
  | { type: 'build-finished'; state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED' };
