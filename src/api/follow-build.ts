import { Failure } from '../foundation/failure.ts';
import type { Wakes } from '../records/event-feed.ts';
import type { BuildRow, EventRow } from '../records/reads/build-reads.ts';
import type { ApiParts } from './context.ts';
import { pause } from './pause.ts';

export type FollowParts = Pick<ApiParts, 'reads' | 'store' | 'limits' | 'cursors' | 'feed'>;

const EVENTS_AT_ONCE = 100;

export function buildHasEnded(build: BuildRow): boolean {
  return build.state !== 'QUEUED' && build.state !== 'RUNNING';
}

export async function followedBuild(parts: FollowParts, buildId: string): Promise<BuildRow> {
  const [build] = await parts.reads.builds.byId([buildId]);
  if (build === undefined) throw new Failure('RECORDS.UNKNOWN', 'there is no build with this id');
  return build;
}

/**
 * All events after a sequence number, then each as it comes, until the build has ended and its last one is given.
 * The record alone is read, notifications only wake, so a subscriber that comes late or comes back misses nothing; and
 * it is read only when the subscriber asks for more, so a slow one holds no memory.
 */
export async function* followEvents(parts: FollowParts, buildId: string, afterSequence: number, signal: AbortSignal): AsyncGenerator<EventRow, void> {
  const wakes = wakesOf(parts, buildId);
  try {
    for (let after = afterSequence; !signal.aborted;) {
      // Read before the events: an event recorded in between is then not taken for missing.
      const build = await followedBuild(parts, buildId);
      const rows = (await parts.reads.builds.eventsOf([buildId], { first: EVENTS_AT_ONCE, after: [after] })).get(buildId)!.slice(0, EVENTS_AT_ONCE);
      for (const row of rows) yield row;
      after = rows.at(-1)?.sequence ?? after;
      if (rows.length > 0) continue;
      if (buildHasEnded(build) && after >= build.lastSequence) return;
      await wakes.next(signal);
    }
  } finally {
    wakes.close();
  }
}

/** At every event and every piece of a log; where nothing notifies, looking now and then does. */
export function wakesOf({ feed, limits }: FollowParts, buildId: string): Wakes {
  return feed?.subscribe(buildId) ?? { next: async (signal) => { await pause(limits.followMs, signal); }, close: () => undefined };
}
