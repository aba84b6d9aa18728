import type { Clock } from '../foundation/clock.ts';
import { BullQueue } from './bull-queue.ts';
import type { Lanes } from './lanes.ts';
import { PostgresQueue } from './postgres-queue.ts';
import { DEFAULT_TIMING, type Queue, type QueueDatabase } from './task.ts';

export interface QueueOptions {
  database: QueueDatabase;
  clock: Clock;
  /** Where given, Bull carries the tasks; else Postgres does it alone. */
  redisUrl?: string;
  /** The same for whoever puts in and whoever takes out. */
  lanes?: Lanes;
}

export function openQueue({ database, clock, redisUrl, lanes }: QueueOptions): Queue {
  return redisUrl === undefined ? new PostgresQueue(database, clock, DEFAULT_TIMING, lanes) : new BullQueue(database, clock, { url: redisUrl }, DEFAULT_TIMING, lanes);
}
