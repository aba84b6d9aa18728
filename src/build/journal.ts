import type { BlobDigests, Sha256 } from '../foundation/digest.ts';
import type { Step, StepId } from '../plan/step.ts';
import type { SandboxUsage } from '../sandbox/runner.ts';
import type { PathBytes } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';
import type { BuildEvent } from './events.ts';
import type { Owner } from '../image/finalize-root.ts';
import type { FailureKind } from './failure-kind.ts';
import type { StepFailure } from './step-result.ts';
import type { LogTime } from './step-log.ts';

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
  /** The whole log, a blob; its times apart from its text. */
  log: BlobDigests;
  logTimes: readonly LogTime[];
  startedAt: Date;
  finishedAt: Date;
  failure?: { kind: FailureKind; message: string; phase: string | undefined };
}

export interface FetchedSource { file: string; sha256: Sha256; sizeBytes: number; origin: string; wallMs: number }

export interface WrittenImage {
  name: string;
  format: string;
  digests: BlobDigests;
  parameters: Readonly<Record<string, string | number>>;
  writerVersion: string;
  step: StepId;
}

export interface FinalRoot {
  digest: Sha256;
  tree: Tree;
  /** Every path but the root itself. */
  owners: ReadonlyMap<PathBytes, Owner>;
}

/** Where a build writes down what happens. The records room stands behind it; calls are made in order. */
export interface BuildJournal {
  event(event: BuildEvent): Promise<void>;
  /** Standing results are recorded before the step counts as done. */
  reused(step: Step, actionKey: Sha256, outputs: Outputs): Promise<void>;
  executed(execution: Execution): Promise<void>;
  /** A step that failed before or beside an execution. */
  failed(step: Step, failure: StepFailure): Promise<void>;
  /** A piece of a running step's log, in order. */
  logged(step: StepId, offset: number, bytes: Uint8Array): Promise<void>;
  /** The final root, with the owner of every path. */
  root(root: FinalRoot): Promise<void>;
  fetched(source: FetchedSource): Promise<void>;
  image(image: WrittenImage): Promise<void>;
}
