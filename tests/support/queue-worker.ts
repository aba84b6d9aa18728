// A worker in a process of its own: `node queue-worker.ts HOME [REDIS-SOCKET]`. Says `took ID` for each task and then hangs.
import { systemClock } from '../../src/foundation/clock.ts';
import { BullQueue } from '../../src/queue/bull-queue.ts';
import { PostgresQueue } from '../../src/queue/postgres-queue.ts';
import { openDatabase } from '../../src/records/database.ts';

const [, , home, redis] = process.argv;
const { pool } = await openDatabase({ home: home!, clock: systemClock });
const timing = { leaseMs: 1_500, heartbeatMs: 300, reconcileMs: 300, retryMs: 50 };
const queue = redis === undefined ? new PostgresQueue(pool, systemClock, timing) : new BullQueue(pool, systemClock, { path: redis }, timing);
await queue.work(async (task) => {
  process.stdout.write(`took ${task.id}\n`);
  await new Promise(() => undefined);
}, { concurrency: 1, worker: 'hangs' });
