import type { Comparison, SideFinding, Verdict } from './comparison.ts';
import { sortChanges, sortLayout } from './sort-changes.ts';

/** What differs in several archives that are members of one file, as one: each has its name for a place. */
export function oneInside(members: readonly { name: string; inside: Comparison }[]): Comparison {
  const within = <T extends { place: string }>(name: string, one: T): T => ({ ...one, place: one.place === '' ? name : `${name}: ${one.place}` });
  const all = (level: keyof Verdict): boolean => members.every(({ inside }) => inside.verdict[level]);
  return {
    verdict: { bytesEqual: all('bytesEqual'), layoutEqual: all('layoutEqual'), metadataEqual: all('metadataEqual'), contentEqual: all('contentEqual') },
    layout: sortLayout(members.flatMap(({ name, inside }) => inside.layout.map((one) => within(name, one)))),
    changes: sortChanges(members.flatMap(({ name, inside }) => inside.changes.map((one) => within(name, one)))),
    findings: members.flatMap(({ name, inside }) => inside.findings.map((one): SideFinding => within(name, one))),
  };
}
