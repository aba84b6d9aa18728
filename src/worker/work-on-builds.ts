import { Failure, isCoded } from '../foundation/failure.ts';
import { BUILD_TASK, prepareQueued } from '../actions/queued-build.ts';
import { runBuild, type Yard } from '../actions/run-build.ts';
import type { Workshop } from '../actions/workshop.ts';
import type { TaskHandler } from '../queue/task.ts';

/** Runs the builds that come through the queue, each planned again from the catalog versions that it was started with. */
export function workOnBuilds(workshop: Workshop, openYard: () => Promise<Yard>, note: (line: string) => void): TaskHandler {
  return async (task, signal) => {
    const { buildId } = task.payload;
    if (task.kind !== BUILD_TASK || typeof buildId !== 'string') throw new Failure('QUEUE.UNKNOWN_TASK', `a task of kind ${task.kind} is nothing that this worker knows`);
    note(`build ${buildId}: started`);
    try {
      const prepared = await prepareQueued(buildId, workshop);
      const { state } = await runBuild(buildId, prepared, { reuse: true, signal, onEvent: () => undefined }, workshop, await openYard());
      note(`build ${buildId}: ${state}`);
    } catch (error) {
      note(`build ${buildId}: ${isCoded(error) ? `${error.code}: ${error.message}` : String(error)}`);
      throw error;
    }
  };
}
