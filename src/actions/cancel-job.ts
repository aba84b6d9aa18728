import { Failure } from '../foundation/failure.ts';
import type { Queue } from '../queue/task.ts';
import { BUILD_TASK } from './queued-build.ts';
import { VARY_TASK, VERIFY_TASK } from './queued-evidence.ts';
import { cancelBuild } from './request-build.ts';
import { cancelComparison, COMPARE_TASK } from './request-comparison.ts';
import { cancelVariation, cancelVerification } from './request-verification.ts';
import type { Workshop } from './workshop.ts';

/** What has a row of its own is stopped there, by its key; the rest is only a task. One that has ended stays as it is. */
export async function cancelJob(jobId: string, workshop: Workshop, queue: Queue): Promise<void> {
  const [task] = await workshop.reads.tasks.byId([jobId]);
  if (task === undefined) throw new Failure('RECORDS.UNKNOWN', `no job ${jobId} is on record`);
  const { kind, key } = task;
  if (kind === BUILD_TASK && key !== null) return cancelBuild(key, workshop, queue);
  if (kind === VERIFY_TASK && key !== null) return cancelVerification(key, workshop, queue);
  if (kind === VARY_TASK && key !== null) return cancelVariation(key, workshop, queue);
  if (kind === COMPARE_TASK && key !== null) return cancelComparison(key, workshop, queue);
  await queue.cancel(jobId);
}
