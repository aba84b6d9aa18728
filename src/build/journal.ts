import type { BlobDigests, Sha256 } from '../foundation/digest.ts';
import type { Step, StepId } from '../plan/step.ts';
import type { SandboxUsage } from '../sandbox/runner.ts';
import type { Tree } from '../tree/tree.ts';
import type { BuildEvent } from './events.ts';
import type { FailureKind } from './failure-kind.ts';

/** The outputs of a step: name to tree digest. */
export type Outputs = Readonly<Record<string, Sha256>>;

/** One execution of one action, reused or run, with all that later issues will ask about it. */
export interface Execution {
  step: Step;
  actionKey: Sha256;
  outcome: 'run' | 'failed';
  outputs: Outputs;
  /** False: this execution's outputs differ from the standing ones of the same action. */
  equal: boolean;
  usage: SandboxUsage;
  /** The whole log, and the index of times: `offset milliseconds` lines from the start of the step. */
  log: BlobDigests;
  logTimes: BlobDigests;
  startedAt: Date;
  finishedAt: Date;
  failure?: { kind: FailureKind; message: string; phase: string | undefined };
}

export interface FetchedSource { file: string; sha256: Sha256; sizeBytes: number; origin: string }

export interface WrittenImage {
  name: string;
  format: string;
  digests: BlobDigests;
  parameters: Readonly<Record<string, string | number>>;
  writerVersion: number;
  step: StepId;
}

/** Where a build writes down what happens. The records room stands behind it; calls are made in order. */
export interface BuildJournal {
  event(event: BuildEvent): Promise<void>;
  /** Standing results are recorded before the step counts as done. */
  reused(step: Step, actionKey: Sha256, outputs: Outputs): Promise<void>;
  executed(execution: Execution): Promise<void>;
  /** Once for each tree that a step gave. */
  tree(digest: Sha256, tree: Tree): Promise<void>;
  fetched(source: FetchedSource): Promise<void>;
  image(image: WrittenImage): Promise<void>;
}
