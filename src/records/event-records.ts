import type pg from 'pg';

import { Failure } from '../foundation/failure.ts';
import type { BuildHandle } from './build-records.ts';
import { EventFeed } from './event-feed.ts';
import { row, rows } from './sql.ts';

export interface NewEvent {
  /** Kebab-case: `build-started`, `step-finished` … */
  type: string;
  stepName?: string;
  /** JSON value. */
  data: Readonly<Record<string, unknown>>;
  at: Date;
}

export interface RecordedEvent {
  buildId: string;
  /** From 1, without a gap. */
  sequence: number;
  type: string;
  stepName: string | null;
  data: Record<string, unknown>;
  at: Date;
}

export interface EventRecords {
  /** Returns the sequence number. With an epoch, RECORDS.STALE where another has taken the build over. */
  append(build: BuildHandle | { id: string }, event: NewEvent): Promise<number>;
  read(buildId: string, afterSequence: number, limit: number): Promise<RecordedEvent[]>;
  /** All events after `afterSequence`, then new ones as they come; ends with the build or the signal. */
  follow(buildId: string, afterSequence: number, signal: AbortSignal): AsyncIterable<RecordedEvent>;
}

/** One statement: the row lock on the build makes the sequence gap-free, and listeners hear of it when it is committed. */
const APPEND = `
  WITH next AS (UPDATE builds SET last_sequence = last_sequence + 1 WHERE id = $1 AND ($2::int IS NULL OR epoch = $2) RETURNING last_sequence),
       added AS (INSERT INTO build_events (build_id, sequence, type, step_name, data, at) SELECT $1, last_sequence, $3, $4, $5, $6 FROM next RETURNING sequence)
  SELECT sequence, pg_notify('${EventFeed.channel}', $1) FROM added`;
const READ = `SELECT build_id AS "buildId", sequence, type, step_name AS "stepName", data, at FROM build_events
  WHERE build_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3`;
const PAGE = 500;

export function eventRecords(pool: pg.Pool, feed: EventFeed): EventRecords {
  const read = (buildId: string, after: number, limit: number): Promise<RecordedEvent[]> => rows<RecordedEvent>(pool, READ, [buildId, after, limit]);
  return {
    append: async (build, { type, stepName, data, at }) => {
      const epoch = 'epoch' in build ? build.epoch : null;
      const found = await row<{ sequence: number }>(pool, APPEND, [build.id, epoch, type, stepName ?? null, JSON.stringify(data), at]);
      if (found === undefined) throw new Failure('RECORDS.STALE', `build ${build.id} is not there, or another process has taken it over`);
      return found.sequence;
    },
    read,
    async *follow(buildId, afterSequence, signal) {
      let after = afterSequence;
      const wakes = feed.subscribe(buildId);
      try {
        while (!signal.aborted) {
          // The state is read first: what is appended before the end is then in the page.
          const ended = await hasEnded(pool, buildId);
          const page = await read(buildId, after, PAGE);
          for (const event of page) { after = event.sequence; yield event; }
          if (page.length > 0) continue;
          if (ended) return;
          await wakes.next(signal);
        }
      } finally {
        wakes.close();
      }
    },
  };
}

async function hasEnded(pool: pg.Pool, buildId: string): Promise<boolean> {
  const found = await row<{ ended: boolean }>(pool, "SELECT state NOT IN ('QUEUED', 'RUNNING') AS ended FROM builds WHERE id = $1", [buildId]);
  if (found === undefined) throw new Failure('RECORDS.UNKNOWN', `no build ${buildId} is on record`);
  return found.ended;
}
