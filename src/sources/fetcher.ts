import { setTimeout as sleep } from 'node:timers/promises';

import type { Clock } from '../foundation/clock.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Failure, Fault } from '../foundation/failure.ts';
import type { Store } from '../store/store.ts';
import { isPoolPath, originsOf, poolOrigins, type Origin, type OriginLists, type WantedSource } from './origin.ts';
import { PartialFile } from './partial-file.ts';
import { transfer, type TransferFailure, type TransferLimits } from './transfer.ts';
import { refusal, type TriedOrigin } from './refusal.ts';
import { shownUrl } from './url-guard.ts';

export interface FetcherDeps {
  store: Pick<Store, 'hasBlob' | 'putBlob'>;
  clock: Pick<Clock, 'monotonicMs'>;
  origins: OriginLists;
  /** Where unfinished downloads wait; on the disk of the home. */
  partialDirectory: string;
  /** Nothing is asked of any network; what the store lacks is SOURCES.OFFLINE. */
  offline: boolean;
  /** Hosts (`host` or `host:port`) that recipes may name although their addresses are private. */
  privateHosts?: readonly string[];
  /** Downloads at a time, 4 unless told. */
  limit?: number;
  onProgress?: (event: FetchProgress) => void;
  signal?: AbortSignal;
  patience?: Partial<Patience>;
}

export interface Patience extends TransferLimits {
  /** Tries at one origin without a new byte. */
  attempts: number;
  /** Before the second try; doubles each time. */
  backoffMs: number;
}

const PATIENCE: Patience = {
  attempts: 3, backoffMs: 500, idleMs: 20_000, redirects: 5,
  // One minute, and what the file takes at 8 KiB/s.
  deadlineMs: (sizeBytes) => 60_000 + sizeBytes / 8.192,
};

export type FetchProgress =
  | { kind: 'trying'; file: string; origin: string }
  | { kind: 'received'; file: string; receivedBytes: number; sizeBytes: number }
  | { kind: 'failed'; file: string; origin: string; why: string }
  | { kind: 'done'; file: string; sizeBytes: number; origin?: string };

export interface FetchedSource {
  sha256: Sha256;
  sizeBytes: number;
  /** False: the store had it already. */
  fetched: boolean;
  /** The URL it came from, without credentials; absent where the store had it. */
  origin?: string;
  /** Milliseconds from the first try at the first origin until the store had it; absent as the origin is. */
  wallMs?: number;
}

export interface PoolFile { pool: string; sha256: Sha256; sizeBytes: number }

/** Leaves the blob in the store. SOURCES.POOL_FILE_GONE where every mirror answers and none has it. */
export type PoolFetcher = (file: PoolFile) => Promise<void>;

export interface SourceFetcher {
  /** Throws SOURCES.* with every origin and its reason in the message and in `details.origins`. */
  fetch(source: WantedSource): Promise<FetchedSource>;
  /** All of them, some at a time; what failed does not stop the rest. In the order of `sources`. */
  fetchAll(sources: readonly WantedSource[]): Promise<PromiseSettledResult<FetchedSource>[]>;
  fetchPoolFile: PoolFetcher;
}

interface Download {
  file: string;
  sha256: Sha256;
  sizeBytes: number;
  origins: readonly Origin[];
}

/** Two calls for one digest, in one process or in two, both end with the blob in the store. */
export function createSourceFetcher(deps: FetcherDeps): SourceFetcher {
  const session: Session = { deps, patience: { ...PATIENCE, ...deps.patience }, downHosts: new Map(), slots: createSlots(deps.limit ?? 4) };
  const running = new Map<Sha256, Promise<FetchedSource>>();
  const once = (download: Download): Promise<FetchedSource> => {
    const known = running.get(download.sha256);
    if (known !== undefined) return known;
    const started = session.slots(() => fetchInto(session, download)).finally(() => running.delete(download.sha256));
    running.set(download.sha256, started);
    return started;
  };
  const fetch = (source: WantedSource): Promise<FetchedSource> => once({ ...source, origins: originsOf(source, deps.origins) });
  return {
    fetch,
    fetchAll: (sources) => Promise.allSettled(sources.map(fetch)),
    fetchPoolFile: async (file) => void await once(poolDownload(file, deps.origins.debianMirrors)),
  };
}

function poolDownload(file: PoolFile, mirrors: readonly string[]): Download {
  if (!isPoolPath(file.pool)) throw new Failure('SOURCES.BAD_POOL_PATH', `${JSON.stringify(file.pool)} is not a path of a Debian archive`);
  return { file: file.pool, sha256: file.sha256, sizeBytes: file.sizeBytes, origins: poolOrigins(file.pool, mirrors) };
}

interface Session {
  deps: FetcherDeps;
  patience: Patience;
  /** Hosts where nobody answered, with the reason, so that a machine without a way out does not wait once per file. */
  downHosts: Map<string, OriginFailure>;
  slots: <T>(work: () => Promise<T>) => Promise<T>;
}

function createSlots(limit: number): Session['slots'] {
  let free = limit;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

async function fetchInto(session: Session, download: Download): Promise<FetchedSource> {
  const { store, offline, partialDirectory } = session.deps;
  const { file, sha256, sizeBytes } = download;
  if (await store.hasBlob(sha256)) {
    session.deps.onProgress?.({ kind: 'done', file, sizeBytes });
    return { sha256, sizeBytes, fetched: false };
  }
  if (offline) throw new Fault('SOURCES.OFFLINE', `${file} is not in the store, and fetching is switched off`);
  if (download.origins.length === 0) throw new Failure('SOURCES.NO_ORIGIN', `${file}: nothing says where to fetch it from`);
  const partial = await PartialFile.claim(partialDirectory, sha256);
  return storeFromFirstGood(session, download, partial);
}

async function storeFromFirstGood(session: Session, download: Download, partial: PartialFile): Promise<FetchedSource> {
  const { file, sha256, sizeBytes } = download;
  const { store, clock, onProgress } = session.deps;
  const startedMs = clock.monotonicMs();
  const tried: TriedOrigin[] = [];
  let whole = false;
  try {
    for (const origin of download.origins) {
      const failed = await tryOrigin(session, download, origin, partial);
      const shown = shownUrl(origin.url);
      if (failed === undefined) {
        await store.putBlob(partial.read(), { sha256, sizeBytes });
        whole = true;
        onProgress?.({ kind: 'done', file, sizeBytes, origin: shown });
        return { sha256, sizeBytes, fetched: true, origin: shown, wallMs: Math.round(clock.monotonicMs() - startedMs) };
      }
      tried.push({ origin: shown, ...failed });
      onProgress?.({ kind: 'failed', file, origin: shown, why: failed.why });
    }
    throw refusal(download, tried);
  } finally {
    await (whole ? partial.discard() : partial.rest());
  }
}

/** At one origin, even where each brings some bytes. */
const MOST_TRIES = 30;

type OriginFailure = Omit<TriedOrigin, 'origin'>;

/** Undefined: `partial` holds the right bytes. Wrong bytes are gone when this returns. */
async function tryOrigin(session: Session, download: Download, origin: Origin, partial: PartialFile): Promise<OriginFailure | undefined> {
  const host = URL.canParse(origin.url) ? new URL(origin.url).host : '';
  const down = session.downHosts.get(host);
  if (down !== undefined) return down;
  session.deps.onProgress?.({ kind: 'trying', file: download.file, origin: shownUrl(origin.url) });
  for (let tries = 1, fruitless = 0, backoffMs = session.patience.backoffMs; ; tries++, backoffMs = Math.min(backoffMs * 2, 30_000)) {
    const before = partial.lengthBytes;
    const failed = await tryOnce(session, download, origin, partial);
    if (failed === undefined) return undefined;
    fruitless = partial.lengthBytes > before ? 1 : fruitless + 1;
    if (!failed.retryable || fruitless >= session.patience.attempts || tries >= MOST_TRIES) {
      if (failed.hostIsDown === true && host !== '') session.downHosts.set(host, failed);
      return failed;
    }
    await sleep(failed.retryAfterMs ?? backoffMs, undefined, { signal: session.deps.signal });
  }
}

type TryFailure = OriginFailure & Partial<Pick<TransferFailure, 'hostIsDown' | 'retryAfterMs'>> & { retryable: boolean };

async function tryOnce(session: Session, download: Download, origin: Origin, partial: PartialFile): Promise<TryFailure | undefined> {
  const { sha256, sizeBytes, file } = download;
  if (partial.lengthBytes > sizeBytes) await partial.restart();
  partial.markResumed();
  if (partial.lengthBytes < sizeBytes) {
    const outcome = await transfer({
      origin, sizeBytes, partial, limits: session.patience, privateHosts: session.deps.privateHosts ?? [], signal: session.deps.signal,
      onBytes: (receivedBytes) => session.deps.onProgress?.({ kind: 'received', file, receivedBytes, sizeBytes }),
    });
    if (outcome.kind !== 'complete') {
      // Bytes that do not add up came from here or from an earlier try: neither may spoil the next one.
      if (outcome.kind === 'wrong-size' || outcome.why.startsWith('answered 416')) await partial.restart();
      return outcome;
    }
  }
  const found = partial.digest();
  if (found === sha256) return undefined;
  const resumed = partial.resumedBytes > 0;
  await partial.restart();
  return { kind: 'wrong-hash', why: `has other bytes: expected sha256 ${sha256}, found ${found}`, found, retryable: resumed };
}
