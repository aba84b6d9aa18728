import pg from 'pg';

import type { Clock } from '../foundation/clock.ts';
import { Fault } from '../foundation/failure.ts';
import { holdService } from './service.ts';

export interface Database {
  pool: pg.Pool;
  /** For other programs and child processes: `postgresql://…`. */
  url: string;
  /** Ends the pool; the last user of an embedded server stops it. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** A server of the operator's own; without it the embedded one of `home` is used. */
  databaseUrl?: string;
  /** Directory of Provenroot's data. */
  home: string;
  clock: Clock;
  /** Connections at once; default 10. */
  connections?: number;
}

/** Throws a Fault RECORDS.DATABASE_UNREACHABLE, RECORDS.SERVER_START, RECORDS.HOME_UNREACHABLE or RECORDS.NO_ACCOUNT. */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  return options.databaseUrl === undefined ? openEmbedded(options) : openExternal(options.databaseUrl, options);
}

async function openEmbedded(options: DatabaseOptions): Promise<Database> {
  const hold = await holdService(options.home, options.clock);
  const pool = makePool(hold.connection, options);
  const { host, user, database } = hold.connection;
  const url = `postgresql://${user}@localhost/${database}?host=${encodeURIComponent(host ?? '')}`;
  return { pool, url, close: async () => { await pool.end(); await hold.release(); } };
}

async function openExternal(url: string, options: DatabaseOptions): Promise<Database> {
  const pool = makePool({ connectionString: url }, options);
  try {
    await pool.query('SELECT 1');
  } catch (cause) {
    await pool.end();
    throw new Fault('RECORDS.DATABASE_UNREACHABLE', 'the database of DATABASE_URL does not answer', { cause, retryable: true });
  }
  return { pool, url, close: () => pool.end() };
}

function makePool(connection: pg.PoolConfig, options: DatabaseOptions): pg.Pool {
  const pool = new pg.Pool({
    ...connection, max: options.connections ?? 10, application_name: 'provenroot', types: { getTypeParser: parserOf },
    options: '-c timezone=UTC -c search_path=public',
  });
  // A broken idle connection is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => undefined);
  return pool;
}

/** int8 as number: sizes and counts stay far below 2^53. */
const parserOf = ((oid: number, format?: 'text') => oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser;
