import type { Source } from '../catalog/model.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Bug, isCoded } from '../foundation/failure.ts';
import type { LockedPackage } from '../sandbox/lock.ts';
import type { SourceFetcher } from '../sources/fetcher.ts';
import { preparePlan, type PreparedPlan, type Target } from './prepare-plan.ts';
import type { Workshop } from './workshop.ts';

export interface FetchedFile {
  file: string;
  sha256: Sha256;
  sizeBytes: number;
  for: 'target' | 'sandbox';
  state: 'fetched' | 'present' | 'failed';
  /** Where it came from now; null where the store had it, or for a package of the sandbox, which comes from a Debian mirror. */
  origin: string | null;
  error: string | null;
}

export interface FetchReport {
  targets: readonly string[];
  /** A build of the targets needs no network now. */
  complete: boolean;
  /** Of the targets, then of the sandbox. */
  files: readonly FetchedFile[];
}

/** Every source of the targets and every package of the sandbox into the store; what fails does not stop the rest. */
export async function fetchSources(targets: readonly Target[], fetcher: SourceFetcher, onFile: (file: FetchedFile) => void, workshop: Workshop): Promise<FetchReport> {
  const plans = [];
  for (const target of targets) plans.push(await preparePlan(target, workshop));
  return fetchForPlans(plans, fetcher, onFile, workshop);
}

/** The same for what is planned already: a build of the past, from its statement. */
export async function fetchForPlans(plans: readonly PreparedPlan[], fetcher: SourceFetcher, onFile: (file: FetchedFile) => void, workshop: Workshop): Promise<FetchReport> {
  const sources = new Map(plans.flatMap(({ plan }) => plan.sources).map((source) => [source.sha256, source]));
  const told = async (fetching: Promise<FetchedFile>): Promise<FetchedFile> => { const file = await fetching; onFile(file); return file; };
  const files = await Promise.all([
    ...[...sources.values()].map((source) => told(fetchSource(source, fetcher, workshop))),
    ...workshop.lock.packages.map((one) => told(fetchPackage(one, fetcher, workshop))),
  ]);
  return { targets: plans.map(({ targetName }) => targetName), complete: files.every(({ state }) => state !== 'failed'), files };
}

async function fetchSource(source: Source, fetcher: SourceFetcher, workshop: Workshop): Promise<FetchedFile> {
  const { file, sha256, sizeBytes } = source;
  const base = { file, sha256, sizeBytes, for: 'target' as const };
  try {
    const { fetched, origin, wallMs } = await fetcher.fetch(source);
    if (fetched) await recordFetch(source, { url: origin ?? '', wallMs: wallMs ?? 0 }, workshop);
    return { ...base, state: fetched ? 'fetched' : 'present', origin: origin ?? null, error: null };
  } catch (error) {
    return { ...base, state: 'failed', origin: null, error: reasonOf(error) };
  }
}

/** Builds that use the bytes from the store can then say where they came from. */
async function recordFetch({ sha256, sizeBytes }: Source, how: { url: string; wallMs: number }, { records, store, clock }: Workshop): Promise<void> {
  const digests = await store.statBlob(sha256);
  if (digests === undefined) throw new Bug(`the blob ${sha256} was fetched and is not there`);
  await records.artifacts.recordBlobs([digests]);
  await records.artifacts.recordFetch({ sha256, sizeBytes, kind: 'source', ...how, fetchedAt: clock.now() });
}

async function fetchPackage({ pool, sha256, sizeBytes }: LockedPackage, fetcher: SourceFetcher, { store }: Workshop): Promise<FetchedFile> {
  const base = { file: pool.slice(pool.lastIndexOf('/') + 1), sha256, sizeBytes, for: 'sandbox' as const, origin: null };
  try {
    if (await store.hasBlob(sha256)) return { ...base, state: 'present', error: null };
    await fetcher.fetchPoolFile({ pool, sha256, sizeBytes });
    return { ...base, state: 'fetched', error: null };
  } catch (error) {
    return { ...base, state: 'failed', error: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (isCoded(error) && error.name !== 'Bug') return `${error.message} [${error.code}]`;
  throw error;
}
