import type { Clock } from '../foundation/clock.ts';
import { BullQueue } from './bull-queue.ts';
import { PostgresQueue } from './postgres-queue.ts';
import type { Queue, QueueDatabase } from './task.ts';

export interface QueueOptions {
  database: QueueDatabase;
  clock: Clock;
  /** Where given, Bull carries the tasks; else Postgres does it alone. */
  redisUrl?: string;
}

export function openQueue({ database, clock, redisUrl }: QueueOptions): Queue {
  return redisUrl === undefined ? new PostgresQueue(database, clock) : new BullQueue(database, clock, { url: redisUrl });
}
