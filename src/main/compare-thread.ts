import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

import { comparersHere } from '../actions/comparers.ts';
import { threadAnswer, toldError, type ThreadAnswer, type ThreadRequest } from '../actions/comparison-threads.ts';
import { warmComparing } from '../actions/warm-comparing.ts';
import { systemClock } from '../foundation/clock.ts';
import { openLocalStore } from '../store/open-local-store.ts';

// A thread beside the API or a worker: reads images and the store, one request after the other, and never the database.
const { home } = workerData as { home: string };
const store = await openLocalStore(join(home, 'store'), { clock: systemClock });
const comparers = comparersHere(store);

parentPort!.on('message', (request: ThreadRequest) => {
  void answered(request).then((answer) => { parentPort!.postMessage(answer); });
});

async function answered(request: ThreadRequest): Promise<ThreadAnswer> {
  try {
    return threadAnswer(await answer(request));
  } catch (error) {
    return { error: toldError(error) };
  }
}

async function answer(request: ThreadRequest): Promise<unknown> {
  if (request.method !== 'warm') return (comparers[request.method] as (...args: readonly unknown[]) => Promise<unknown>)(...request.given);
  await warmComparing();
  return null;
}
