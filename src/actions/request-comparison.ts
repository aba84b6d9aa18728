import type { ToldComparison } from '../compare/told.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import type { Lanes } from '../queue/lanes.ts';
import type { NewTask, Queue } from '../queue/task.ts';
import type { ComparedId } from '../records/comparison-records.ts';
import { awaitedInventories } from './awaited-inventories.ts';
import { decodeSubjects } from './compare-subjects.ts';
import { cancelRecordedJob, succeeded } from './request-verification.ts';
import { over, type Uploads } from './uploads.ts';
import type { Workshop } from './workshop.ts';

/** Kind of the task that asks a worker to compare; payload `{ comparisonId }`. */
export const COMPARE_TASK = 'compare';

/** Somebody waits for it, and it takes seconds where builds take minutes: a worker does it beside them. */
export const COMPARISON_LANE = 'comparisons';
export const TASK_LANES: Lanes = { [COMPARISON_LANE]: [COMPARE_TASK] };

export function compareTask(comparisonId: string): NewTask {
  return { kind: COMPARE_TASK, key: comparisonId, payload: { comparisonId } };
}

/**
 * Puts a comparison on record and asks a worker for it. Throws RECORDS.UNKNOWN, and ACTIONS.NOT_SUCCEEDED, NOT_DOCUMENTED of
 * a build, ACTIONS.NOT_UPLOADED, UPLOAD_OVER of an upload.
 */
export async function requestComparison(left: ComparedId, right: ComparedId, workshop: Pick<Workshop, 'reads' | 'records' | 'clock'>, uploads: Uploads, queue: Queue): Promise<{ comparisonId: string; joined: boolean }> {
  for (const [place, side] of [['left', left], ['right', right]] as const) await checkSide(place, side, workshop, uploads);
  const { id, joined } = await workshop.records.comparisons.start(left, right);
  await queue.enqueue(compareTask(id));
  return { comparisonId: id, joined };
}

async function checkSide(place: string, side: ComparedId, workshop: Pick<Workshop, 'reads' | 'clock'>, uploads: Uploads): Promise<void> {
  if ('buildId' in side) {
    await succeeded(side.buildId, workshop);
    if (!(await awaitedInventories([side.buildId], workshop)).has(side.buildId)) throw new Failure('ACTIONS.NOT_DOCUMENTED', `build ${side.buildId} has no inventory on record yet`, { place });
    return;
  }
  const row = await uploads.settled(side.uploadId);
  if (row.state === 'OPEN') throw new Failure('ACTIONS.NOT_UPLOADED', `of upload ${row.id} ${row.offsetBytes} of ${row.sizeBytes} bytes have come`, { place });
  if (row.state !== 'READY') throw over(row);
}

/** What a worker found. Throws ACTIONS.RESULT_GONE. */
export async function comparisonResult(resultSha256: Sha256, { store }: Pick<Workshop, 'store'>): Promise<ToldComparison> {
  if (!await store.hasBlob(resultSha256)) throw new Failure('ACTIONS.RESULT_GONE', 'what was found is kept no longer', { hint: 'Compare anew: `startComparison`.' });
  return decodeSubjects(await store.readBlobBytes(resultSha256));
}

export function cancelComparison(id: string, { records }: Pick<Workshop, 'records'>, queue: Queue): Promise<void> {
  return cancelRecordedJob(id, records.comparisons, (job) => records.comparisons.finish(job, { state: 'CANCELLED' }), records, queue);
}
