import pg from 'pg';

import type { Sha256 } from '../foundation/digest.ts';
import { withConnection } from './sql.ts';

export interface LockRecords {
  /** Runs `work` while no other process or call holds the key; a killed holder's connection gives it back. */
  exclusively<T>(key: Sha256, work: () => Promise<T>): Promise<T>;
  /** The same, but `undefined` at once where another holds it. */
  unlessHeld<T>(key: Sha256, work: () => Promise<T>): Promise<{ result: T } | undefined>;
  close(): Promise<void>;
}

/** Locks held at once by one process; each has a connection of its own, apart from those that do the work. */
const CONNECTIONS = 32;

export function lockRecords(pool: pg.Pool): LockRecords {
  const locks = new pg.Pool({ ...pool.options, max: CONNECTIONS, idleTimeoutMillis: 5_000, application_name: 'provenroot locks' });
  locks.on('error', () => undefined);
  return {
    exclusively: (key, work) => withConnection(locks, async (client) => {
      await client.query('SELECT pg_advisory_lock($1)', [lockNumber(key)]);
      return finallyUnlocked(client, key, work);
    }),
    unlessHeld: (key, work) => withConnection(locks, async (client) => {
      const { rows } = await client.query<{ held: boolean }>('SELECT pg_try_advisory_lock($1) AS held', [lockNumber(key)]);
      return rows[0]?.held === true ? { result: await finallyUnlocked(client, key, work) } : undefined;
    }),
    close: () => locks.end(),
  };
}

async function finallyUnlocked<T>(client: pg.PoolClient, key: Sha256, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    // Where the connection broke, the lock went with it.
    await client.query('SELECT pg_advisory_unlock($1)', [lockNumber(key)]).catch(() => undefined);
  }
}

/** Advisory locks have 64 bits; two keys on one number only wait for each other. */
function lockNumber(key: Sha256): string {
  return BigInt.asIntN(64, BigInt(`0x${key.slice(0, 16)}`)).toString();
}
