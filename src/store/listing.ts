import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { isSha256, type Sha256 } from '../foundation/digest.ts';
import { compareText } from '../foundation/order.ts';
import { unlessMissing } from './disk-fault.ts';
import { SHARDS } from './layout.ts';

/** In byte order; none where the directory is not there. */
export function namesIn(directory: string): string[] {
  return (unlessMissing(() => readdirSync(directory)) ?? []).toSorted(compareText);
}

/** Names in all shards, in order. */
export function* shardedNames(home: string): Generator<{ name: string; path: string }> {
  for (const shard of SHARDS) {
    for (const name of namesIn(join(home, shard))) yield { name, path: join(home, shard, name) };
  }
}

interface ActionName { key: Sha256; evidence: boolean }

/** undefined for a file that is none of ours. */
export function parseActionName(name: string): ActionName | undefined {
  const [key, word, digest, ...rest] = name.split('.');
  if (key === undefined || !isSha256(key) || rest.length > 0) return undefined;
  if (word === undefined) return { key, evidence: false };
  return word === 'other' && digest !== undefined && isSha256(digest) ? { key, evidence: true } : undefined;
}
