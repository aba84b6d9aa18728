import { Failure } from '../foundation/failure.ts';
import type { ComparisonRow } from '../records/comparison-records.ts';
import { jobLock } from '../records/job-records.ts';
import type { ThreadedComparers } from './comparison-threads.ts';
import { compareSubjects, encodeSubjects, type Subject } from './compare-subjects.ts';
import { runJob } from './job.ts';
import { exitOfSubjects } from './present-subjects.ts';
import { over } from './uploads.ts';
import type { Workshop } from './workshop.ts';

/** A result is kept for so long. */
const KEPT_MS = 90 * 24 * 60 * 60 * 1000;

export interface RunComparisonMeans {
  comparers: ThreadedComparers;
  /** How often it has been begun with this, as far as nobody asked the worker to stop. */
  attempt: number;
}

/** Whatever takes the worker down with it takes its builds down too: twice is enough. */
const MOST_ATTEMPTS = 2;

/** A comparison on record, to its end; its exit code, or undefined where it was cancelled. Throws RECORDS.STALE where it has ended before. */
export async function runComparison(comparisonId: string, { comparers, attempt }: RunComparisonMeans, stop: AbortSignal, workshop: Workshop): Promise<number | undefined> {
  const { clock, store, records: { artifacts, comparisons, locks } } = workshop;
  return locks.exclusively(jobLock(comparisonId), () => runJob(comparisonId, comparisons, stop, {
    work: async (job, signal) => {
      if (attempt > MOST_ATTEMPTS) throw new Failure('ACTIONS.COMPARISON_LIMIT', `its worker was lost ${attempt - 1} times while it compared these two`, { details: { what: 'workers' } });
      await comparisons.progress(job, { stage: 'COMPARING', done: 0, total: 1 });
      const { left, right } = sidesOf((await comparisons.find(comparisonId))!);
      const subjects = [await subjectOf(left, workshop), await subjectOf(right, workshop)] as const;
      signal.throwIfAborted();
      const compared = await compareSubjects(...subjects, { workshop, comparers: comparers.within(signal) });
      const digests = await store.putBlob(encodeSubjects(compared));
      await artifacts.recordBlobs([digests]);
      const exit = exitOfSubjects(compared);
      signal.throwIfAborted();
      await comparisons.finish(job, { state: 'DONE', exit, resultSha256: digests.sha256, expiresAt: new Date(clock.now().getTime() + KEPT_MS) });
      return exit;
    },
    cancelled: (job) => comparisons.finish(job, { state: 'CANCELLED' }),
    failed: (job, { code, message }) => comparisons.finish(job, { state: 'FAILED', subcode: code, message }),
  }));
}

type Side = { buildId: string } | { uploadId: string };

function sidesOf(row: ComparisonRow): { left: Side; right: Side } {
  const side = (buildId: string | null, uploadId: string | null): Side => (buildId === null ? { uploadId: uploadId! } : { buildId });
  return { left: side(row.leftBuildId, row.leftUploadId), right: side(row.rightBuildId, row.rightUploadId) };
}

/** Read in place: while the comparison is on record as unfinished, no gc takes the bytes. */
async function subjectOf(side: Side, { records, store }: Pick<Workshop, 'records' | 'store'>): Promise<Subject> {
  if ('buildId' in side) return { kind: 'build', buildId: side.buildId };
  const upload = (await records.uploads.find(side.uploadId))!;
  if (upload.sha256 === null || !await store.hasBlob(upload.sha256)) throw over(upload);
  return { kind: 'file', path: await store.blobFile(upload.sha256) };
}
