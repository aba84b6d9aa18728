import { setTimeout as sleep } from 'node:timers/promises';

import type pg from 'pg';

/** Wakes at each notification for one build, and now and then without one. */
export interface Wakes {
  next(signal: AbortSignal): Promise<void>;
  close(): void;
}

/** A notification can be lost with its connection; nobody waits longer than this. */
const LONGEST_WAIT_MS = 2_000;

/** One listening connection for all who follow builds; there while anybody does. */
export class EventFeed {
  static readonly channel = 'build_events';
  readonly #pool: pg.Pool;
  readonly #waiting = new Map<string, Set<() => void>>();
  #followers = 0;
  #client: Promise<pg.PoolClient | undefined> | undefined;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  subscribe(buildId: string): Wakes {
    this.#followers += 1;
    this.#client ??= this.#listen();
    let woken = false;
    let wake = (): void => undefined;
    const hear = (): void => { woken = true; wake(); };
    const listeners = this.#waiting.get(buildId) ?? new Set();
    this.#waiting.set(buildId, listeners.add(hear));
    return {
      next: async (signal) => {
        if (!woken) await Promise.race([new Promise<void>((resolve) => { wake = resolve; }), pause(signal)]);
        woken = false;
      },
      close: () => {
        listeners.delete(hear);
        if (listeners.size === 0) this.#waiting.delete(buildId);
        this.#followers -= 1;
        if (this.#followers === 0) this.close();
      },
    };
  }

  close(): void {
    const client = this.#client;
    this.#client = undefined;
    void client?.then((found) => found?.release(true));
  }

  async #listen(): Promise<pg.PoolClient | undefined> {
    const client = await this.#pool.connect().catch(() => undefined);
    if (client === undefined) return undefined;
    client.on('notification', ({ payload }) => { for (const hear of this.#waiting.get(payload ?? '') ?? []) hear(); });
    // Followers go on by looking now and then; the next one to come listens anew.
    client.on('error', () => { if (this.#client !== undefined) this.close(); });
    return client.query(`LISTEN ${EventFeed.channel}`).then(() => client, () => { client.release(true); return undefined; });
  }
}

async function pause(signal: AbortSignal): Promise<void> {
  await sleep(LONGEST_WAIT_MS, undefined, { signal, ref: false }).catch(() => undefined);
}
