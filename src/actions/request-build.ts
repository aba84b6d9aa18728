import { Failure } from '../foundation/failure.ts';
import { buildLock } from '../records/build-records.ts';
import { jobLock, type JobRecords } from '../records/job-records.ts';
import type { Records } from '../records/records.ts';
import type { NewTask, Queue } from '../queue/task.ts';
import type { BuildTarget } from './actions.ts';
import type { Target } from './prepare-plan.ts';
import { buildTask } from './queued-build.ts';
import { judgeTask, keepPolicy } from './queued-contents.ts';
import { varyTask, verifyTask } from './queued-evidence.ts';
import { startBuild } from './start-build.ts';
import { compareTask } from './request-comparison.ts';
import type { Workshop } from './workshop.ts';

/** Puts a build on record and asks a worker to run it; what a kill left between the two is mended by asking again. */
export async function requestBuild(target: BuildTarget, workshop: Workshop, queue: Queue): Promise<{ buildId: string; reused: boolean }> {
  const { policy } = target;
  const policySha256 = policy === undefined ? undefined : await keepPolicy(policy, workshop);
  const { buildId, state, reused } = await startBuild(doorTarget(target), {}, workshop);
  if (state === 'QUEUED') await queue.enqueue(buildTask(buildId));
  // One that a command line runs is not for a worker, which would only wait for it and do nothing else.
  if (state === 'RUNNING') await workshop.records.locks.unlessHeld(buildLock(buildId), () => queue.enqueue(buildTask(buildId)));
  // Behind the build in the queue; a worker that comes to it earlier waits for the build.
  if (policySha256 !== undefined) await queue.enqueue(judgeTask(buildId, policySha256));
  return { buildId, reused };
}

export function doorTarget({ configuration, revision, board }: BuildTarget): Target {
  if (configuration !== undefined) return { kind: 'configuration', name: configuration, ...(revision === undefined ? {} : { revision }) };
  if (board === undefined) throw new Failure('PLAN.UNKNOWN_TARGET', 'name a configuration or a board');
  return { kind: 'board', name: board };
}

/** Whoever runs the build looks at the record each second; one that nobody runs any more ends here. */
export async function cancelBuild(buildId: string, { records }: Workshop, queue: Queue): Promise<void> {
  if (!await records.builds.requestCancel(buildId)) return;
  await queue.cancelKey(buildId);
  await records.locks.unlessHeld(buildLock(buildId), async () => {
    const handle = await records.builds.claim(buildId, {});
    if (handle !== undefined) await records.builds.finish(handle, { state: 'CANCELLED' });
  });
}

/**
 * For a worker that begins: builds that nobody runs, because a kill took their runner or came before they were queued,
 * wait for a worker again.
 */
export async function requeueUnfinished({ records }: Workshop, queue: Queue): Promise<void> {
  await requeueJobs(records.verifications, verifyTask, records, queue);
  await requeueJobs(records.variations, varyTask, records, queue);
  await requeueJobs(records.comparisons, compareTask, records, queue);
  for (const { id } of await records.builds.unfinished()) {
    await records.locks.unlessHeld(buildLock(id), async () => {
      await queue.takeBack(id);
      await queue.enqueue(buildTask(id));
    });
  }
}

async function requeueJobs(jobs: JobRecords, task: (id: string) => NewTask, { locks }: Records, queue: Queue): Promise<void> {
  for (const { id } of await jobs.unfinished()) {
    await locks.unlessHeld(jobLock(id), async () => {
      await queue.takeBack(id);
      await queue.enqueue(task(id));
    });
  }
}
