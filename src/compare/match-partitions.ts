import type { Partition } from '../readers/image-content.ts';

export interface MatchedPartitions {
  pairs: readonly { left: Partition; right: Partition }[];
  removed: readonly Partition[];
  added: readonly Partition[];
}

type Identity = (partition: Partition) => string | undefined;

/** A name says what a partition is for, its own id only who made the disk; order is the last resort, and only within a type. */
const IDENTITIES: readonly Identity[] = [
  ({ name, type }) => (name === undefined || name === '' ? undefined : `${name}\0${type}`),
  ({ name }) => name || undefined,
  ({ id }) => id,
  ({ type }) => type,
];

/** Each partition once; of several with one identity the first goes with the first. */
export function matchPartitions(left: readonly Partition[], right: readonly Partition[]): MatchedPartitions {
  const pairs: { left: Partition; right: Partition }[] = [];
  const free = { left: new Set(left), right: new Set(right) };
  for (const identity of IDENTITIES) {
    for (const partition of free.left) {
      const of = identity(partition);
      const other = of === undefined ? undefined : [...free.right].find((candidate) => identity(candidate) === of);
      if (other === undefined) continue;
      free.left.delete(partition);
      free.right.delete(other);
      pairs.push({ left: partition, right: other });
    }
  }
  return { pairs, removed: [...free.left], added: [...free.right] };
}

export function partitionPlace(place: string, { number, name }: Partition): string {
  const own = name === undefined || name === '' ? `partition ${number}` : `partition ${number} "${name}"`;
  return place === '' ? own : `${place}, ${own}`;
}
