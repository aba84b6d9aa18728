import type { Clock } from '../foundation/clock.ts';
import type { BlobDigests, Sha256 } from '../foundation/digest.ts';
import { Bug } from '../foundation/failure.ts';
import type { Step, StepId } from '../plan/step.ts';
import type { BuildHandle } from '../records/build-records.ts';
import type { Records } from '../records/records.ts';
import type { Store } from '../store/store.ts';
import type { Tree } from '../tree/tree.ts';
import type { BuildEvent } from './events.ts';
import type { BuildJournal, Execution, FetchedSource, FinalRoot, Outputs, WrittenImage } from './journal.ts';
import type { StepFailure } from './step-result.ts';

export interface RecordJournalDeps {
  records: Records;
  store: Store;
  clock: Clock;
  build: BuildHandle;
  sandbox: Sha256;
  /** Runner, engine, cores: on record, in no key. */
  runner: Readonly<Record<string, unknown>>;
  /** Whoever watches; after the event is on record. */
  onEvent: (event: BuildEvent) => void;
}

/** Writes a build down in Postgres, each output with its tree and blobs before anything names it. */
export class RecordJournal implements BuildJournal {
  readonly #deps: RecordJournalDeps;
  #rootTree: Sha256 | undefined;
  #fileSetId: number | undefined;

  constructor(deps: RecordJournalDeps) {
    this.#deps = deps;
  }

  /** What the end of the build names; known once the root is on record. */
  get product(): { rootTree?: Sha256; fileSetId?: number } {
    return this.#rootTree === undefined || this.#fileSetId === undefined ? {} : { rootTree: this.#rootTree, fileSetId: this.#fileSetId };
  }

  async event(event: BuildEvent): Promise<void> {
    const { records, build, clock } = this.#deps;
    if (event.type === 'step-started') await records.steps.started(build, event.step);
    const { type, ...data } = event;
    const step = 'step' in event ? { stepName: event.step } : {};
    await records.events.append(build, { type, ...step, data, at: clock.now() });
    this.#deps.onEvent(event);
  }

  async reused(step: Step, actionKey: Sha256, outputs: Outputs): Promise<void> {
    const { records, build, sandbox } = this.#deps;
    await this.#outputsOnRecord(outputs);
    await records.steps.reused(build, { step: step.id, planKey: step.planKey, actionKey, sandboxDigest: sandbox, outputs, reason: 'the same action has a result' });
  }

  async executed(execution: Execution): Promise<void> {
    const { records, build, sandbox, runner } = this.#deps;
    await this.#outputsOnRecord(execution.outputs);
    await records.artifacts.recordBlobs([execution.log]);
    const { step, actionKey, usage, log, logTimes, startedAt, finishedAt, failure } = execution;
    await records.steps.executed(build, {
      step: step.id, planKey: step.planKey, actionKey, sandboxDigest: sandbox, outcome: outcomeOf(execution), outputs: execution.outputs,
      standsInStore: execution.equal, usage, runner, log: { sha256: log.sha256, sizeBytes: log.sizeBytes }, logTimes, startedAt, finishedAt,
      ...(failure === undefined ? {} : { failure: { kind: failure.kind, message: failure.message, ...(failure.phase === undefined ? {} : { phase: failure.phase }) } }),
    });
  }

  async failed(step: Step, { kind, code, message }: StepFailure): Promise<void> {
    await this.#deps.records.steps.failed(this.#deps.build, step.id, { kind, message, ...(code === undefined ? {} : { code }) });
  }

  async logged(step: StepId, offset: number, bytes: Uint8Array): Promise<void> {
    await this.#deps.records.steps.logged(this.#deps.build, step, offset, bytes);
  }

  async fetched({ sha256, sizeBytes, origin, wallMs }: FetchedSource): Promise<void> {
    const { records, clock, build } = this.#deps;
    await this.#blobOnRecord(sha256);
    await records.artifacts.recordFetch({ sha256, sizeBytes, kind: 'source', url: origin, wallMs, buildId: build.id, fetchedAt: clock.now() });
  }

  async root({ digest, tree, owners }: FinalRoot): Promise<void> {
    await this.#outputsOnRecord({ root: digest });
    this.#fileSetId = await this.#deps.records.trees.recordFiles(tree, owners);
    this.#rootTree = digest;
  }

  async image(image: WrittenImage): Promise<void> {
    const { records, build } = this.#deps;
    if (this.#rootTree === undefined) throw new Bug('an image is recorded before its root');
    const { name, format, digests, parameters, writerVersion } = image;
    await records.artifacts.recordBlobs([digests]);
    await records.artifacts.recordImage(build, { name, format, digests, parameters, writerVersion, rootTree: this.#rootTree });
  }

  async #outputsOnRecord(outputs: Outputs): Promise<void> {
    const { records, store } = this.#deps;
    const digests = Object.values(outputs);
    const known = await records.trees.known(digests);
    for (const digest of digests) {
      if (known.has(digest)) continue;
      const tree = await store.getTree(digest);
      await records.artifacts.recordBlobs(await this.#blobsOf(tree));
      await records.trees.record(tree);
    }
  }

  async #blobsOf(tree: Tree): Promise<BlobDigests[]> {
    const digests = new Set([...tree.entries.values()].flatMap((entry) => entry.kind === 'file' ? [entry.sha256] : []));
    const blobs: BlobDigests[] = [];
    for (const digest of digests) blobs.push(await this.#digestsOf(digest));
    return blobs;
  }

  async #blobOnRecord(digest: Sha256): Promise<void> {
    await this.#deps.records.artifacts.recordBlobs([await this.#digestsOf(digest)]);
  }

  async #digestsOf(digest: Sha256): Promise<BlobDigests> {
    const digests = await this.#deps.store.statBlob(digest);
    if (digests === undefined) throw new Bug(`the blob ${digest} was put into the store and is not there`);
    return digests;
  }
}

function outcomeOf({ outcome, failure }: Execution): 'succeeded' | 'failed' | 'cancelled' {
  return outcome === 'run' ? 'succeeded' : failure?.kind === 'cancelled' ? 'cancelled' : 'failed';
}
