import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import type { BlobDigests, Sha256 } from '../foundation/digest.ts';
import { told, unlessMissing } from './disk-fault.ts';
import { shardOf } from './layout.ts';

const LINE = /^([0-9a-f]{64}) ([0-9a-f]{128}) (0|[1-9][0-9]{0,15})$/;

interface Shard {
  readBytes: number;
  rows: Map<Sha256, BlobDigests>;
}

/**
 * sha512 and size by sha256: known for free while a blob is written, dear to find later. Kept in 256 append-only
 * files instead of one file beside each blob, which would double the inodes of the store. It is a cache: not
 * synced, torn lines are skipped, a lost line is computed again from the blob, `verify` compares it.
 */
export class DigestSums {
  readonly #home: string;
  readonly #shards = new Map<string, Shard>();

  constructor(home: string) {
    this.#home = home;
  }

  find(digest: Sha256): BlobDigests | undefined {
    return this.#shard(digest).rows.get(digest) ?? this.#refreshed(digest).rows.get(digest);
  }

  add(digests: BlobDigests): void {
    const shard = this.#shard(digests.sha256);
    const known = shard.rows.get(digests.sha256);
    // A line that was wrong is overruled by the later one.
    if (known !== undefined && known.sha512 === digests.sha512 && known.sizeBytes === digests.sizeBytes) return;
    shard.rows.set(digests.sha256, digests);
    // One write in append mode: lines of parallel processes do not mix. The leading newline ends another's torn line.
    told('noting the digests of a blob', () => appendFileSync(
      join(this.#home, shardOf(digests.sha256)), `\n${digests.sha256} ${digests.sha512} ${digests.sizeBytes}\n`,
    ));
  }

  #shard(digest: Sha256): Shard {
    return this.#shards.get(shardOf(digest)) ?? this.#refreshed(digest);
  }

  /** What other processes have added meanwhile. */
  #refreshed(digest: Sha256): Shard {
    const name = shardOf(digest);
    const path = join(this.#home, name);
    const shard = this.#shards.get(name) ?? { readBytes: 0, rows: new Map<Sha256, BlobDigests>() };
    this.#shards.set(name, shard);
    told('reading the digests of blobs', () => unlessMissing(() => {
      if (statSync(path).size === shard.readBytes) return;
      const text = readFileSync(path, 'latin1');
      shard.readBytes = text.length;
      for (const line of text.split('\n')) {
        const [, sha256, sha512, size] = LINE.exec(line) ?? [];
        if (sha256 !== undefined) shard.rows.set(sha256 as Sha256, { sha256: sha256 as Sha256, sha512: sha512!, sizeBytes: Number(size) });
      }
    }));
    return shard;
  }
}
