import { compareText } from '../foundation/order.ts';
import { aggregateOf, type AggregateQuestion } from './aggregate.ts';

/** Something that happened to some bytes, was said of them, or was believed of them. */
export interface TimelineEvent {
  /** RFC 3339, milliseconds, UTC. */
  at: string;
  kind: string;
  /** What it is about, by id or digest: tells events of one kind apart. */
  reference: string;
  detail: string | null;
}

/** Kind of an event that nobody recorded: what all words until then come to is another than before. */
export const BELIEVED = 'BELIEVED';

/**
 * The events of some bytes in their one order, oldest first, with a `BELIEVED` wherever the aggregate changed: behind all
 * that happened at the same time. Pure: what was believed on a day follows from what was known then.
 */
export function timelineOf(events: readonly TimelineEvent[], question: Omit<AggregateQuestion, 'now'>, now: string): TimelineEvent[] {
  const known = events.filter(({ at }) => at <= now);
  return [...known, ...beliefs(question, now)].toSorted(compareEvents);
}

/** By time, kind, reference; beliefs last of their time. */
function compareEvents(a: TimelineEvent, b: TimelineEvent): number {
  return compareText(a.at, b.at) || Number(a.kind === BELIEVED) - Number(b.kind === BELIEVED) || compareText(a.kind, b.kind) || compareText(a.reference, b.reference);
}

function beliefs(question: Omit<AggregateQuestion, 'now'>, now: string): TimelineEvent[] {
  let before = 'UNVERIFIED';
  return turningPoints(question).filter((at) => at <= now).flatMap((at) => {
    const { state, reasons } = aggregateOf({ ...question, now: at });
    if (state === before) return [];
    const event = { at, kind: BELIEVED, reference: `${before} ${state}`, detail: reasons.join('; ') };
    before = state;
    return [event];
  });
}

/** The only times at which an aggregate can change: a word, its ageing, and the days of an exemption. */
function turningPoints({ runs, exemptions, policy }: Omit<AggregateQuestion, 'now'>): string[] {
  const aged = (at: string): string => new Date(Date.parse(at) + policy.maxAgeDays * 24 * 60 * 60 * 1000 + 1).toISOString();
  const times = [...runs.flatMap(({ at }) => [at, aged(at)]), ...exemptions.flatMap(({ reviewedAt, expiresAt, closedAt }) => [reviewedAt, expiresAt, closedAt].flatMap((at) => at ?? []))];
  return [...new Set(times)].toSorted(compareText);
}
