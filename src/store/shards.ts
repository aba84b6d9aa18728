import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import type { Sha256 } from '../foundation/digest.ts';
import { shardOf } from './layout.ts';
import { eachOf, syncDirectory } from './syncing.ts';

/** The directories `00` to `ff` of one kind of object, made when first needed. */
export class Shards {
  readonly #home: string;
  readonly #known = new Set<string>();
  #homeIsSynced = false;

  constructor(home: string) {
    this.#home = home;
  }

  pathOf(digest: Sha256): string {
    return join(this.#home, shardOf(digest), digest);
  }

  /** Call before putting something under `pathOf(digest)`. */
  prepare(digest: Sha256): void {
    const shard = shardOf(digest);
    if (this.#known.has(shard)) return;
    mkdirSync(join(this.#home, shard), { recursive: true });
    this.#known.add(shard);
    // Also where another process has made it: it may not have come to syncing it.
    this.#homeIsSynced = false;
  }

  /** Makes the names of these objects survive power loss. */
  async sync(digests: readonly Sha256[]): Promise<void> {
    for (const digest of digests) this.prepare(digest);
    await this.#syncHome();
    await eachOf(new Set(digests.map(shardOf)), async (shard) => { await syncDirectory(join(this.#home, shard)); });
  }

  async #syncHome(): Promise<void> {
    if (this.#homeIsSynced) return;
    // Set before: a shard that is made meanwhile sets it back.
    this.#homeIsSynced = true;
    try {
      await syncDirectory(this.#home);
    } catch (error) {
      this.#homeIsSynced = false;
      throw error;
    }
  }
}
