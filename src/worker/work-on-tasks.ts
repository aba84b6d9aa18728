import type { Sha256 } from '../foundation/digest.ts';
import { Failure, isCoded } from '../foundation/failure.ts';
import { attestFinished } from '../actions/attest-finished.ts';
import { createRelease } from '../actions/create-release.ts';
import type { ThreadedComparers } from '../actions/comparison-threads.ts';
import type { Desk } from '../actions/desk.ts';
import { BUILD_TASK, buildRequest, prepareQueued } from '../actions/queued-build.ts';
import { IMPORT_TASK, RELEASE_TASK, VARY_TASK, VERIFY_TASK } from '../actions/queued-evidence.ts';
import { COMPARE_TASK } from '../actions/request-comparison.ts';
import { importRequested } from '../actions/request-import.ts';
import { publishDocuments, USUAL_DOCUMENTS } from '../actions/publish-documents.ts';
import { JUDGE_TASK, PUBLISH_TASK } from '../actions/queued-contents.ts';
import { judgeBuild } from '../actions/report-licenses.ts';
import { buildLock } from '../records/build-records.ts';
import { runBuild, type Yard } from '../actions/run-build.ts';
import { runComparison } from '../actions/run-comparison.ts';
import { runVariation, type RunVariationMeans } from '../actions/run-variation.ts';
import { runVerification, type VerifyMeans } from '../actions/verify-build.ts';
import type { Workshop } from '../actions/workshop.ts';
import type { SourceFetcher } from '../sources/fetcher.ts';
import type { ClaimedTask, TaskHandler } from '../queue/task.ts';

/** What a worker is given beside the workshop; each is opened when a task needs it. */
export interface WorkerMeans {
  openYard(signal: AbortSignal): Promise<Yard>;
  openDesk(): Promise<Desk>;
  openFetcher(): Promise<SourceFetcher>;
  openVerifyMeans(): Promise<VerifyMeans>;
  openVariationMeans(): Promise<RunVariationMeans>;
  /** Read what is compared in threads of their own. */
  comparers: ThreadedComparers;
  /** Where foreign tools that judge documents find and leave files. */
  directory: string;
  note(line: string): void;
}

/** One kind of task: what it is about, for people, and the work, which says what came of it. */
type Work = (payload: ClaimedTask['payload'], signal: AbortSignal, attempt: number) => Promise<string>;

/** Runs what comes through the queue; a build is planned again from the catalog versions that it was started with. */
export function workOnTasks(workshop: Workshop, means: WorkerMeans): TaskHandler {
  const kinds: Readonly<Record<string, Work>> = {
    [BUILD_TASK]: (payload, signal) => workOnBuild(idIn(payload, 'buildId'), signal, workshop, means),
    [VERIFY_TASK]: async (payload, signal) => {
      const report = await runVerification(idIn(payload, 'verificationId'), await means.openVerifyMeans(), { signal, onPlan: () => undefined, onEvent: () => undefined }, workshop);
      return report?.outcome ?? 'CANCELLED';
    },
    [VARY_TASK]: async (payload, signal) => {
      const report = await runVariation(idIn(payload, 'variationId'), await means.openVariationMeans(), { signal, onProgress: () => undefined }, workshop);
      return report?.outcome ?? 'CANCELLED';
    },
    [RELEASE_TASK]: async (payload, signal) => {
      const { product, version, policySha256 } = payload as { product: string; version: string; policySha256?: Sha256 };
      const policy = policySha256 === undefined ? {} : { policy: await workshop.store.readBlobBytes(policySha256) };
      const { unchanged } = await createRelease({ product, version, buildId: idIn(payload, 'buildId'), ...policy }, workshop, await means.openDesk(), {
        openFetcher: () => means.openFetcher(), openYard: () => means.openYard(signal), signal,
      });
      return unchanged ? 'released before' : 'released';
    },
    [PUBLISH_TASK]: async (payload, signal) => {
      const published = await publishDocuments(idIn(payload, 'buildId'), USUAL_DOCUMENTS, workshop, {
        signal, openYard: () => means.openYard(signal), openDesk: () => means.openDesk(), directory: means.directory, onProgress: (what) => means.note(what),
      });
      const refused = published.filter(({ state }) => state === 'REFUSED');
      return refused.length === 0 ? `${published.length} documents` : `refused: ${refused.map(({ format, detail }) => `${format} (${detail})`).join(', ')}`;
    },
    [JUDGE_TASK]: async (payload, signal) => {
      const buildId = idIn(payload, 'buildId');
      const policy = await workshop.store.readBlobBytes(idIn(payload, 'policySha256') as Sha256);
      // Whoever runs the build holds it until it has ended.
      await workshop.records.locks.exclusively(buildLock(buildId), async () => undefined);
      await attestFinished(buildId, workshop, { openDesk: () => means.openDesk(), openYard: () => means.openYard(signal), signal });
      return (await judgeBuild(buildId, policy, workshop)).verdict;
    },
    [COMPARE_TASK]: async (payload, signal, attempt) => `exit ${String(await runComparison(idIn(payload, 'comparisonId'), { comparers: means.comparers, attempt }, signal, workshop) ?? 'CANCELLED')}`,
    [IMPORT_TASK]: async (payload) => `${await importRequested(idIn(payload, 'sha256'), workshop, await means.openDesk())} new statements`,
  };
  return async (task, signal) => {
    const work = kinds[task.kind];
    if (work === undefined) throw new Failure('QUEUE.UNKNOWN_TASK', `a task of kind ${task.kind} is nothing that this worker knows`);
    const name = `${task.kind} ${Object.values(task.payload).join(' ')}`;
    means.note(`${name}: started`);
    try {
      means.note(`${name}: ${await work(task.payload, signal, task.attempt)}`);
    } catch (error) {
      means.note(`${name}: ${isCoded(error) ? `${error.code}: ${error.message}` : String(error)}`);
      throw error;
    }
  };
}

async function workOnBuild(buildId: string, signal: AbortSignal, workshop: Workshop, { openYard, openDesk }: Pick<WorkerMeans, 'openYard' | 'openDesk'>): Promise<string> {
  const { request } = await buildRequest(buildId, workshop);
  const means = { prepare: () => prepareQueued(buildId, workshop), openYard: () => openYard(signal) };
  // Requests written before `reuse` was part of them took known results.
  const { state } = await runBuild(buildId, means, { reuse: request.reuse !== false, signal, onEvent: () => undefined }, workshop);
  if (state === 'SUCCEEDED') await attestFinished(buildId, workshop, { openDesk, openYard: () => openYard(signal), signal });
  return state;
}

function idIn(payload: ClaimedTask['payload'], field: string): string {
  const id = payload[field];
  if (typeof id !== 'string') throw new Failure('QUEUE.UNKNOWN_TASK', `a task without ${field} is nothing that this worker knows`);
  return id;
}
