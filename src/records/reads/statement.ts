import type pg from 'pg';

import type { Sql } from '../sql.ts';

/** What reads need of a `pg` Pool or Client. */
export interface Database {
  query(statement: { name: string; text: string; values: unknown[] }): Promise<{ rows: unknown[]; rowCount: number | null }>;
}

/** A prepared statement: text is made of constants only, everything that a caller says is a value. */
export interface Statement { name: string; text: string }

export async function rowsOf<Row>(database: Database, statement: Statement, values: unknown[]): Promise<Row[]> {
  return (await database.query({ ...statement, values })).rows as Row[];
}

/** For statements of other rooms of records, which have no name; an empty one is not kept by the server. */
export function unprepared(database: Database): Sql {
  return {
    query: async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) => {
      const { rows, rowCount } = await database.query({ name: '', text, values: [...values] });
      return { rows: rows as Row[], rowCount };
    },
  };
}

/** A list that is read page by page: constants of our own, never input. */
export interface ListShape {
  /** Begins the statement's name. */
  name: string;
  /** Select list; must give each order column as `"k0"`, `"k1"`, … too. */
  select: string;
  from: string;
  /** Column that holds the parent's key; absent for a list at the root. */
  parent?: string;
  /** Type of that column; `text` unless said. */
  parentType?: string;
  /** Keyset: expressions that order the rows, with the type of their cursor values. */
  order: readonly { column: string; type: string }[];
  direction: 'ASC' | 'DESC';
}

/** One more condition; `tag` stands for its text in the statement's name. */
export interface ListCondition {
  tag: string;
  /** SQL with `?` where each value goes. */
  sql: string;
  values: readonly unknown[];
}

export interface Page {
  /** Rows wanted; one more is read to learn whether others follow. */
  first: number;
  /** Order columns of the row to go on behind. */
  after?: readonly unknown[];
}

/** Rows of one list, at most `first + 1`. */
export async function readPage<Row>(database: Database, shape: ListShape, conditions: readonly ListCondition[], page: Page): Promise<Row[]> {
  const values: unknown[] = [];
  const text = selectText(shape, conditions, page, values);
  return rowsOf<Row>(database, { name: statementName(shape, 'root', conditions, page), text }, values);
}

/** Rows of the same list for many parents in one statement: `first + 1` at most for each, in the order of the parents. */
export async function readPages<Row extends { parentKey: string }>(
  database: Database, shape: ListShape & { parent: string }, parents: readonly string[], conditions: readonly ListCondition[], page: Page,
): Promise<Map<string, Row[]>> {
  const values: unknown[] = [parents];
  const inner = selectText(shape, [{ tag: '', sql: `${shape.parent} = parents.key${shape.parentType === undefined ? '' : `::${shape.parentType}`}`, values: [] }, ...conditions], page, values);
  const outerOrder = shape.order.map((_, i) => `list."k${i}" ${shape.direction}`).join(', ');
  const text = `SELECT parents.key AS "parentKey", list.* FROM unnest($1::text[]) AS parents(key) CROSS JOIN LATERAL (${inner}) AS list ORDER BY ${outerOrder}`;
  const rows = await rowsOf<Row>(database, { name: statementName(shape, 'children', conditions, page), text }, values);
  return groupBy(rows, (row) => row.parentKey, parents);
}

function statementName(shape: ListShape, kind: string, conditions: readonly ListCondition[], page: Page): string {
  return [shape.name, kind, ...conditions.map(({ tag }) => tag), ...(page.after === undefined ? [] : ['after'])].join(' ');
}

function selectText(shape: ListShape, conditions: readonly ListCondition[], page: Page, values: unknown[]): string {
  const place = (value: unknown): string => `$${values.push(value)}`;
  const where = conditions.map(({ sql, values: given }) => {
    let next = 0;
    return sql.replaceAll('?', () => place(given[next++]));
  });
  if (page.after !== undefined) where.push(behind(shape, page.after, place));
  const order = shape.order.map(({ column }) => `${column} ${shape.direction}`).join(', ');
  return `SELECT ${shape.select} FROM ${shape.from}${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`} ORDER BY ${order} LIMIT ${place(page.first + 1)}::int`;
}

function behind(shape: ListShape, after: readonly unknown[], place: (value: unknown) => string): string {
  const columns = shape.order.map(({ column }) => column).join(', ');
  const keys = shape.order.map(({ type }, i) => `${place(after[i])}::${type}`).join(', ');
  return `(${columns}) ${shape.direction === 'ASC' ? '>' : '<'} (${keys})`;
}

export function groupBy<Row>(rows: readonly Row[], key: (row: Row) => string, keys: readonly string[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>(keys.map((each) => [each, []]));
  for (const row of rows) groups.get(key(row))?.push(row);
  return groups;
}
