import pg from 'pg';

import type { Clock } from '../foundation/clock.ts';
import { errorCodeOf, Fault } from '../foundation/failure.ts';
import { connectionOf, DATABASE, prepareService, type Service } from './service-cluster.ts';
import { endOfLog, startServer, stopServer } from './service-process.ts';

/** Advisory lock that every user of the service holds shared; who gets it alone is the last. */
const PRESENCE_LOCK = '7237190553';
const START_DEADLINE_MS = 60_000;

/** A user's hold on the Postgres of a home. */
export interface ServiceHold {
  connection: pg.ClientConfig;
  /** Lets go; the last to do so stops the server. */
  release(): Promise<void>;
}

/**
 * The Postgres of a home: made, started or joined. It belongs to nobody: whoever comes first starts it, detached; each
 * user holds one connection, so that a killed user counts no more; the last to leave stops it, and where the last was
 * killed its supervisor does.
 */
export async function holdService(home: string, clock: Clock): Promise<ServiceHold> {
  const service = await prepareService(home);
  let presence: pg.Client;
  let released = false;
  const hold = async (): Promise<void> => {
    presence = await enterOrStart(service, clock);
    // The server was killed under us: bring it back, as any user does.
    presence.once('end', () => { if (!released) holding = hold().catch(() => undefined); });
  };
  let holding = hold();
  await holding;
  return {
    connection: connectionOf(service, DATABASE),
    release: async () => {
      released = true;
      // Whoever is just bringing it back would join after we have left, and keep it alive.
      await holding;
      await leave(service, presence, clock);
    },
  };
}

async function enterOrStart(service: Service, clock: Clock): Promise<pg.Client> {
  const deadline = clock.monotonicMs() + START_DEADLINE_MS;
  for (let refusal: unknown; ;) {
    const presence = await enter(service).catch((error: unknown) => { refusal = error; return undefined; });
    if (presence !== undefined) return presence;
    if (clock.monotonicMs() > deadline) {
      throw new Fault('RECORDS.SERVER_START', `the Postgres in ${service.folder} does not answer\n${await endOfLog(service)}`, { cause: refusal, retryable: true });
    }
    await startServer(service, clock);
  }
}

/** Joins as a user; fails where the server is not there, not ready, or about to stop. */
async function enter(service: Service): Promise<pg.Client> {
  const client = new pg.Client({ ...connectionOf(service, 'postgres'), application_name: 'provenroot presence', keepAlive: true });
  // A lost connection shows at the pool too; here it must only not end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    // Waits while a leaving user decides whether it was the last; if so, the shutdown ends this connection.
    await client.query(`SELECT pg_advisory_lock_shared(${PRESENCE_LOCK})`);
    await createDatabase(client);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}

async function createDatabase(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
  if (rowCount !== 0) return;
  await client.query(`CREATE DATABASE ${DATABASE} TEMPLATE template0`).catch((error: unknown) => {
    // duplicate_database, unique_violation: another user was faster.
    if (!['42P04', '23505'].includes(errorCodeOf(error) ?? '')) throw error;
  });
}

async function leave(service: Service, presence: pg.Client, clock: Clock): Promise<void> {
  try {
    await presence.query(`SELECT pg_advisory_unlock_shared(${PRESENCE_LOCK})`);
    const { rows } = await presence.query<{ alone: boolean }>(`SELECT pg_try_advisory_lock(${PRESENCE_LOCK}) AS alone`);
    if (rows[0]?.alone === true) await stopServer(service, clock);
  } catch {
    // The server is gone already; so is our hold on it.
  }
  await presence.end().catch(() => undefined);
}
