import { Failure, isCoded } from '../foundation/failure.ts';
import { attestFinished } from '../actions/attest-finished.ts';
import type { Desk } from '../actions/desk.ts';
import { BUILD_TASK, buildRequest, prepareQueued } from '../actions/queued-build.ts';
import { runBuild, type Yard } from '../actions/run-build.ts';
import type { Workshop } from '../actions/workshop.ts';
import type { TaskHandler } from '../queue/task.ts';

/** Runs the builds that come through the queue, each planned again from the catalog versions that it was started with. */
export function workOnBuilds(workshop: Workshop, openYard: (signal: AbortSignal) => Promise<Yard>, openDesk: () => Promise<Desk>, note: (line: string) => void): TaskHandler {
  return async (task, signal) => {
    const { buildId } = task.payload;
    if (task.kind !== BUILD_TASK || typeof buildId !== 'string') throw new Failure('QUEUE.UNKNOWN_TASK', `a task of kind ${task.kind} is nothing that this worker knows`);
    note(`build ${buildId}: started`);
    try {
      const { request } = await buildRequest(buildId, workshop);
      const means = { prepare: () => prepareQueued(buildId, workshop), openYard: () => openYard(signal) };
      // Requests written before `reuse` was part of them took known results.
      const { state } = await runBuild(buildId, means, { reuse: request.reuse !== false, signal, onEvent: () => undefined }, workshop);
      if (state === 'SUCCEEDED') await attestFinished(buildId, workshop, openDesk);
      note(`build ${buildId}: ${state}`);
    } catch (error) {
      note(`build ${buildId}: ${isCoded(error) ? `${error.code}: ${error.message}` : String(error)}`);
      throw error;
    }
  };
}
