import { told, type DetailList, type DetailRoom, type DetailTable, type ValueChange } from './detail.ts';

export type Pairs = Iterable<readonly [name: string, value: string]>;

/**
 * Values by name that differ, in the left's order, then what the right alone has. A name may come more than once: what
 * only one side has of it is paired in order.
 */
export function changedRows(left: Pairs, right: Pairs): ValueChange[] {
  const [a, b] = [grouped(left), grouped(right)];
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((name) => {
    const { removed, added } = multisetDifference(a.get(name) ?? [], b.get(name) ?? []);
    return Array.from({ length: Math.max(removed.length, added.length) }, (_, i) => ({ name: told(name), left: shown(removed[i]), right: shown(added[i]) }));
  });
}

function shown(value: string | undefined): string | null {
  return value === undefined ? null : told(value);
}

function grouped(pairs: Pairs): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const known = values.get(name);
    if (known === undefined) values.set(name, [value]);
    else known.push(value);
  }
  return values;
}

/** What one has more often than the other, in the order of each. */
export function multisetDifference(left: readonly string[], right: readonly string[]): { removed: string[]; added: string[] } {
  return { removed: notIn(left, right), added: notIn(right, left) };
}

function notIn(list: readonly string[], others: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const text of others) counts.set(text, (counts.get(text) ?? 0) + 1);
  return list.filter((text) => {
    const count = counts.get(text) ?? 0;
    if (count > 0) counts.set(text, count - 1);
    return count === 0;
  });
}

/** None where nothing differs. */
export function tableOf(name: string, rows: readonly ValueChange[], room: DetailRoom): DetailTable[] {
  return rows.length === 0 ? [] : [{ name, rows: room.list(rows) }];
}

/** None where nothing differs. */
export function listOf(name: string, { removed, added }: { removed: readonly string[]; added: readonly string[] }, room: DetailRoom): DetailList[] {
  return removed.length + added.length === 0 ? [] : [{ name, removed: room.list(removed.map(told)), added: room.list(added.map(told)) }];
}

/** Fields of plain JSON, nested ones with dots; lists of texts as one value. */
export function fieldPairs(value: object, prefix = ''): [string, string][] {
  return Object.entries(value).flatMap(([key, field]: [string, unknown]): [string, string][] => {
    const name = `${prefix}${key}`;
    if (field === undefined) return [];
    if (Array.isArray(field)) return field.map((item: unknown, i) => [name, item] as const).flatMap(([of, item], i) => (isObject(item) ? fieldPairs(item, `${of} ${i + 1} `) : [[of, String(item)]]));
    return isObject(field) ? fieldPairs(field, `${name} `) : [[name, String(field)]];
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
