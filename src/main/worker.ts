import { once } from 'node:events';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { requeueUnfinished } from '../actions/request-build.ts';
import { COMPARISON_LANE, TASK_LANES } from '../actions/request-comparison.ts';
import { systemClock } from '../foundation/clock.ts';
import { openQueue } from '../queue/open-queue.ts';
import { workOnTasks } from '../worker/work-on-tasks.ts';
import { openDesk } from '../actions/desk.ts';
import { readEnvironment } from './environment.ts';
import { openComparers } from './open-comparers.ts';
import { openVariation } from './open-variation.ts';
import { openVerifyMeans } from './open-verify-means.ts';
import { openWorkshop } from './open-workshop.ts';
import { homeSigner } from './open-signer.ts';
import { openFetcher, openYard } from './open-yard.ts';

const DRAIN_MS = 3_000;

const environment = readEnvironment();
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
// The server that started us may be killed: an orphan ends too, its task goes back to the queue.
const parent = process.ppid;
const orphaned = setInterval(() => { if (process.ppid !== parent) stop.abort(); }, 1000);

const workshop = await openWorkshop(environment);
const queue = openQueue({ database: workshop.database.pool, clock: systemClock, lanes: TASK_LANES, ...(environment.redisUrl === undefined ? {} : { redisUrl: environment.redisUrl }) });
const note = (line: string): void => { process.stderr.write(`worker: ${line}\n`); };
const signer = homeSigner(environment);
const comparers = openComparers(environment);
await requeueUnfinished(workshop, queue);
const handler = workOnTasks(workshop, {
  note,
  comparers,
  openYard: (signal) => openYard(environment, workshop, { offline: false, note, signal }),
  openDesk: () => openDesk(signer, workshop),
  openFetcher: () => openFetcher(environment, workshop, { offline: false, signal: stop.signal }),
  directory: join(environment.home, 'tmp'),
  openVerifyMeans: () => openVerifyMeans(environment, workshop, { note }),
  openVariationMeans: async () => ({
    variation: await openVariation(environment), openYard: (signal) => openYard(environment, workshop, { offline: true, note, signal }),
  }),
});
const one = { concurrency: 1, worker: `${hostname()} ${process.pid}` };
const lanes = [await queue.work(handler, one), await queue.work(handler, { ...one, lane: COMPARISON_LANE })];
if (!stop.signal.aborted) await once(stop.signal, 'abort');
clearInterval(orphaned);
await Promise.all(lanes.map((lane) => lane.drain(DRAIN_MS)));
await queue.close();
await signer.close();
await comparers.close();
await workshop.close();
