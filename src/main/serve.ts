import { once } from 'node:events';
import { join } from 'node:path';

import { createActions } from '../actions/create-actions.ts';
import { TASK_LANES } from '../actions/request-comparison.ts';
import { createApi } from '../api/server.ts';
import { systemClock } from '../foundation/clock.ts';
import { EXIT, type ExitCode } from '../foundation/exit-codes.ts';
import { openQueue } from '../queue/open-queue.ts';
import { EventFeed } from '../records/event-feed.ts';
import type { Environment } from './environment.ts';
import { keepWorker } from './keep-worker.ts';
import { openComparers } from './open-comparers.ts';
import { openWorkshop } from './open-workshop.ts';
import { VERSION } from './version.ts';

export interface ServeOptions {
  host: string;
  port: number;
  /** Start a worker as a process of its own: this one never holds the engine's socket. */
  worker: boolean;
  /** A build whose documents the worker publishes first. */
  publish?: string;
  signal: AbortSignal;
  onListening: (address: string) => void;
}

/** To tell what differs in files of uploaded images; comparing these is for a worker. */
const READ_UPLOAD_MS = 3 * 60_000;

/** Serves until the signal, then ends its requests, its worker, and its use of the database. */
export async function serve(environment: Environment, options: ServeOptions): Promise<ExitCode> {
  const workshop = await openWorkshop(environment);
  const queue = openQueue({ database: workshop.database.pool, clock: systemClock, lanes: TASK_LANES, ...(environment.redisUrl === undefined ? {} : { redisUrl: environment.redisUrl }) });
  const feed = new EventFeed(workshop.database.pool);
  const comparers = openComparers(environment);
  const readers = openComparers(environment, { timeoutMs: READ_UPLOAD_MS });
  void comparers.warm();
  try {
    await workshop.catalogs.current();
    const actions = createActions(workshop, queue, { operator: environment.operator, comparers, readers, uploadsDirectory: join(environment.home, 'uploads') });
    if (options.publish !== undefined) await actions.publishDocuments({ buildId: options.publish });
    const api = await createApi({
      reads: workshop.reads, actions, store: workshop.store, clock: systemClock, feed, version: VERSION,
      log: { error: ({ requestId, error }) => { process.stderr.write(`request ${requestId}: ${error instanceof Error ? error.stack ?? error.message : String(error)}\n`); } },
    });
    const { address, port } = await api.listen(options.host, options.port);
    const worker = options.worker ? keepWorker((line) => { process.stderr.write(`${line}\n`); }) : undefined;
    options.onListening(`http://${address.includes(':') ? `[${address}]` : address}:${port}`);
    if (!options.signal.aborted) await once(options.signal, 'abort');
    await worker?.stop();
    await api.close();
    return EXIT.done;
  } finally {
    feed.close();
    await comparers.close();
    await readers.close();
    await queue.close();
    await workshop.close();
  }
}
