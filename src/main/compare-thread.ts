import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';

import { comparersHere } from '../actions/comparers.ts';
import { toldError, type ThreadAnswer, type ThreadRequest } from '../actions/comparison-threads.ts';
import { systemClock } from '../foundation/clock.ts';
import { openLocalStore } from '../store/open-local-store.ts';

// A thread beside the API or a worker: reads images and the store, one request after the other, and never the database.
const { home } = workerData as { home: string };
const store = await openLocalStore(join(home, 'store'), { clock: systemClock });
const comparers = comparersHere(store);

parentPort!.on('message', ({ method, given }: ThreadRequest) => {
  void answered(method, given).then((answer) => { parentPort!.postMessage(answer); });
});

async function answered(method: ThreadRequest['method'], given: readonly unknown[]): Promise<ThreadAnswer> {
  try {
    return { value: await (comparers[method] as (...args: readonly unknown[]) => Promise<unknown>)(...given) };
  } catch (error) {
    return { error: toldError(error) };
  }
}
