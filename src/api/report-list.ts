import type { Context } from './context.ts';
import { connectionOf, pageOf, type Connection, type ListKind, type PageArguments } from './page.ts';

/**
 * A page of rows that are at hand. `name` says of what list, with its filter and what it was made from: a cursor of
 * another is refused instead of meaning another row.
 */
export function reportConnection<Row extends object>(context: Context, name: readonly unknown[], rows: readonly Row[], given: PageArguments): Connection<Row> {
  const places = new Map(rows.map((row, place) => [row, place]));
  const kind: ListKind<Row> = { name: JSON.stringify(name), keyOf: (row) => [places.get(row)!] };
  const page = pageOf(kind, given, context.cursors, context.limits.pageSize);
  const from = page.after === undefined ? 0 : Number(page.after[0]) + 1;
  return connectionOf(kind, rows.slice(from, from + page.first + 1), page, context.cursors);
}

/** `weak-copyleft` as the schema has it: `WEAK_COPYLEFT`. */
export function enumName(word: string): string {
  return word.toUpperCase().replaceAll('-', '_');
}

export function enumWord(name: string): string {
  return name.toLowerCase().replaceAll('_', '-');
}
