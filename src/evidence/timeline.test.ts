import fc from 'fast-check';

import { sha256 } from '../foundation/digest.ts';
import { aggregateOf, type AggregateQuestion } from './aggregate.ts';
import { DEFAULT_POLICY } from './quorum-policy.ts';
import { BELIEVED, timelineOf, type TimelineEvent } from './timeline.ts';
import type { Run } from './votes.ts';

const at = (day: number): string => new Date(Date.UTC(2026, 0, 1) + day * 24 * 60 * 60 * 1000).toISOString();
const run = (operator: string, verdict: Run['verdict'], day: number): Run => ({ operator, at: at(day), statement: sha256(`${operator} ${day} ${verdict}`), definitionDigest: sha256('d'), verdict });
const question = (runs: readonly Run[]): Omit<AggregateQuestion, 'now'> => ({ runs, definitionDigest: sha256('d'), builderOperator: 'builder', exemptions: [], policy: DEFAULT_POLICY });
const happened = (kind: string, day: number, reference = 'x'): TimelineEvent => ({ at: at(day), kind, reference, detail: null });
const told = (events: readonly TimelineEvent[]): string[] => events.map(({ kind, reference }) => kind === BELIEVED ? reference : kind);

describe('the timeline of some bytes', () => {
  const runs = [run('a', 'REPRODUCED', 2), run('b', 'NOT_REPRODUCED', 3), run('b', 'REPRODUCED', 4)];

  test('says what was believed, where words changed it, and when words grew old', () => {
    const events = timelineOf([happened('STATED', 2), happened('BUILT', 1)], question(runs), at(400));
    expect(told(events)).toEqual(['BUILT', 'STATED', 'UNVERIFIED VERIFIED_BY_ONE', 'VERIFIED_BY_ONE DISPUTED', 'DISPUTED VERIFIED', 'VERIFIED VERIFIED_BY_ONE', 'VERIFIED_BY_ONE STALE']);
  });

  test('ends at the day that is asked about', () => {
    expect(told(timelineOf([happened('BUILT', 1), happened('RELEASED', 9)], question(runs), at(3)))).toEqual(['BUILT', 'UNVERIFIED VERIFIED_BY_ONE', 'VERIFIED_BY_ONE DISPUTED']);
  });

  test('has one order, whatever the order in which events were handed in, and ends with what is believed now', () => {
    const some = fc.record({
      events: fc.array(fc.record({ kind: fc.constantFrom('BUILT', 'LOGGED', 'STATED'), day: fc.nat(5), reference: fc.constantFrom('x', 'y') })),
      words: fc.array(fc.record({ operator: fc.constantFrom('a', 'b', 'c'), verdict: fc.constantFrom<Run['verdict']>('REPRODUCED', 'NOT_REPRODUCED', 'ERROR'), day: fc.nat(300) }), { maxLength: 8 }),
    });
    fc.assert(fc.property(some, fc.integer({ min: 0, max: 600 }), ({ events, words }, day) => {
      const given = events.map((one) => happened(one.kind, one.day, one.reference));
      const asked = question(words.map((word) => run(word.operator, word.verdict, word.day)));
      const line = timelineOf(given, asked, at(day));
      expect(timelineOf(given.toReversed(), { ...asked, runs: asked.runs.toReversed() }, at(day))).toEqual(line);
      const last = line.findLast(({ kind }) => kind === BELIEVED)?.reference.split(' ')[1] ?? 'UNVERIFIED';
      expect(last).toBe(aggregateOf({ ...asked, now: at(day) }).state);
    }));
  });
});
