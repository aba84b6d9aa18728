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
    return Array.from({ length: Math.max(removed.length, added.length) }, (_, i) => ({ name: told(name), ...shown(removed[i], added[i]) }));
  });
}

const LONG = 160;
const BEFORE = 40;

/** Of two long ones that begin alike, from shortly before where they differ: what differs must not be cut off. */
function shown(left: string | undefined, right: string | undefined): { left: string | null; right: string | null } {
  if (left === undefined || right === undefined) return { left: left === undefined ? null : told(left), right: right === undefined ? null : told(right) };
  let same = 0;
  while (same < left.length && left[same] === right[same]) same++;
  const from = Math.max(left.length, right.length) > LONG && same > 2 * BEFORE ? same - BEFORE : 0;
  const cut = (text: string): string => told(from === 0 ? text : `…${text.slice(from)}`);
  return { left: cut(left), right: cut(right) };
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
  return removed.length + added.length === 0 ? [] : [{ name, removed: room.list(withoutCommonStart(removed, added)), added: room.list(withoutCommonStart(added, removed)) }];
}

/** Long texts from shortly before where they differ from the one of the others that begins most alike. */
function withoutCommonStart(texts: readonly string[], others: readonly string[]): string[] {
  const long = new Map(others.filter((other) => other.length > LONG).map((other) => [other.slice(0, 2 * BEFORE), other]));
  return texts.map((text) => shown(text, text.length > LONG ? long.get(text.slice(0, 2 * BEFORE)) ?? '' : '').left!);
}

/** Fields of plain JSON, nested ones with blanks between; of a list of texts each by the same name. */
export function fieldPairs(value: object, prefix = ''): [string, string][] {
  return Object.entries(value).flatMap(([key, field]: [string, unknown]): [string, string][] => {
    const name = `${prefix}${key}`;
    if (Array.isArray(field)) return field.flatMap((item: unknown, i) => (isObject(item) ? fieldPairs(item, `${name} ${i + 1} `) : plainPair(name, item)));
    return isObject(field) ? fieldPairs(field, `${name} `) : plainPair(name, field);
  });
}

function plainPair(name: string, value: unknown): [string, string][] {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? [[name, String(value)]] : [];
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
