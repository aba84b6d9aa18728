import type pg from 'pg';

/** A pool, or one connection of it within a transaction. */
export interface Sql {
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<{ rows: Row[]; rowCount: number | null }>;
}

export async function rows<Row extends pg.QueryResultRow>(sql: Sql, text: string, values: readonly unknown[] = []): Promise<Row[]> {
  return (await sql.query<Row>(text, values)).rows;
}

/** The first row, if there is one. */
export async function row<Row extends pg.QueryResultRow>(sql: Sql, text: string, values: readonly unknown[] = []): Promise<Row | undefined> {
  return (await sql.query<Row>(text, values)).rows[0];
}

/** How many rows a statement touched. */
export async function touched(sql: Sql, text: string, values: readonly unknown[] = []): Promise<number> {
  return (await sql.query(text, values)).rowCount ?? 0;
}

/** All of `work` or nothing of it. */
export async function inTransaction<T>(pool: pg.Pool, work: (sql: Sql) => Promise<T>): Promise<T> {
  return withConnection(pool, async (client) => {
    await client.query('BEGIN');
    try {
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  });
}

/** A connection for `work` alone; one that broke is not used again. */
export async function withConnection<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = false;
  // Without a listener a server that goes away between two statements would end the process.
  const onError = (): void => { broken = true; };
  client.on('error', onError);
  try {
    return await work(client);
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
}

/** Rows as columns for `unnest`. */
export function columnsOf<Row>(list: readonly Row[], ...columns: readonly ((row: Row) => unknown)[]): unknown[][] {
  return columns.map((column) => list.map(column));
}

export function* chunksOf<T>(list: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}

export const DEFAULT_PROJECT = '00000000-0000-7000-8000-000000000001';
export const DEFAULT_ACTOR = '00000000-0000-7000-8000-000000000002';
