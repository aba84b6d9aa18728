import { Failure } from '../foundation/failure.ts';
import type { Page } from '../records/reads/statement.ts';
import type { Cursors, CursorValue } from './cursors.ts';

export interface PageArguments { first?: number | null; after?: string | null }

export interface Connection<Row> {
  edges: { cursor: string; node: Row }[];
  nodes: Row[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null };
}

/** One kind of list: its name in cursors, and the order columns of a row. */
export interface ListKind<Row> {
  name: string;
  keyOf(row: Row): readonly CursorValue[];
  /** Order columns as the database takes them, where they differ from what a cursor holds. */
  toColumns?(values: readonly CursorValue[]): unknown[];
}

export function checkedFirst(first: number, most: number): number {
  if (!Number.isInteger(first) || first < 1 || first > most) throw new Failure('API.BAD_PAGE', `first is ${first}; 1 to ${most} is allowed`);
  return first;
}

export function pageOf<Row>(kind: ListKind<Row>, given: PageArguments, cursors: Cursors, pageSize: number): Page {
  const first = checkedFirst(given.first ?? 20, pageSize);
  if (given.after === undefined || given.after === null) return { first };
  const values = cursors.read(kind.name, given.after);
  return { first, after: kind.toColumns?.(values) ?? values };
}

/** `rows` may hold one more than asked for: that others follow. */
export function connectionOf<Row>(kind: ListKind<Row>, rows: readonly Row[], page: Page, cursors: Cursors): Connection<Row> {
  const nodes = rows.slice(0, page.first);
  const cursor = (row: Row): string => cursors.write(kind.name, kind.keyOf(row));
  const last = nodes.at(-1);
  return {
    nodes,
    get edges() { return nodes.map((node) => ({ cursor: cursor(node), node })); },
    get pageInfo() {
      return {
        hasNextPage: rows.length > page.first,
        hasPreviousPage: page.after !== undefined,
        startCursor: nodes[0] === undefined ? null : cursor(nodes[0]),
        endCursor: last === undefined ? null : cursor(last),
      };
    },
  };
}
