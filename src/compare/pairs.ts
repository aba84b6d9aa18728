export interface Paired<T> {
  pairs: readonly { before: T; after: T; by: number }[];
  removed: readonly T[];
  added: readonly T[];
}

/**
 * What is the same thing on both sides: by the first key that finds exactly one on each side of what no earlier key has
 * paired. Where several fit, nobody can tell which became which, and they stay apart. `by` is the index of the key; a
 * key that is undefined pairs nothing. Turned round, the same pairs.
 */
export function paired<T extends object>(left: readonly T[], right: readonly T[], keys: readonly ((one: T) => string | undefined)[]): Paired<T> {
  const pairs: { before: T; after: T; by: number }[] = [];
  let [removed, added] = [left, right];
  for (const [by, key] of keys.entries()) {
    const [before, after] = [grouped(removed, key), grouped(added, key)];
    const found = [...before].flatMap(([value, mine]) => (mine.length === 1 && after.get(value)?.length === 1 ? [{ before: mine[0]!, after: after.get(value)![0]!, by }] : []));
    const used = new Set(found.flatMap((pair) => [pair.before, pair.after]));
    for (const pair of found) pairs.push(pair);
    [removed, added] = [removed.filter((one) => !used.has(one)), added.filter((one) => !used.has(one))];
  }
  return { pairs, removed, added };
}

/** What stands alike on both sides is set aside, one against one. */
export function withoutEqual<T extends object>(left: readonly T[], right: readonly T[], textOf: (one: T) => string): { left: T[]; right: T[] } {
  const counts = new Map<string, number>();
  for (const one of right) counts.set(textOf(one), (counts.get(textOf(one)) ?? 0) + 1);
  const rest = left.filter((one) => !take(counts, textOf(one)));
  const mine = new Map<string, number>();
  for (const one of left) mine.set(textOf(one), (mine.get(textOf(one)) ?? 0) + 1);
  return { left: rest, right: right.filter((one) => !take(mine, textOf(one))) };
}

function take(counts: Map<string, number>, text: string): boolean {
  const count = counts.get(text) ?? 0;
  counts.set(text, count - 1);
  return count > 0;
}

function grouped<T extends object>(items: readonly T[], key: (one: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of items) {
    const value = key(one);
    if (value === undefined) continue;
    const group = groups.get(value);
    if (group === undefined) groups.set(value, [one]);
    else group.push(one);
  }
  return groups;
}
