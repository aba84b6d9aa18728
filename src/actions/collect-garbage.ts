import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { errorCodeOf, Failure } from '../foundation/failure.ts';
import type { LoadedSandboxes } from '../sandbox/loaded-images.ts';
import type { GcItem } from '../store/store.ts';
import { UploadFiles } from './upload-files.ts';
import type { Workshop } from './workshop.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface GarbageOptions {
  /** What was used within so many days stays, whoever used it. 0 is refused while a build is not finished. */
  keepDays: number;
  dryRun: boolean;
  /** Where `build` copies images to, a directory a build. */
  imagesDirectory: string;
  /** Where uploads lie that are not whole. */
  uploadsDirectory: string;
  /** Absent where no engine answers. */
  sandboxes?: LoadedSandboxes;
}

/** `export`: a copy of images outside the store. `upload`: what came of one that is over. `sandbox`: an image in the engine, by its tag. */
export interface GarbageItem { kind: GcItem['kind'] | 'export' | 'upload' | 'sandbox'; name: string; sizeBytes: number }

export interface GarbageReport {
  dryRun: boolean;
  deleted: readonly GarbageItem[];
  freedBytes: number;
  unreadable: readonly string[];
}

/** Deletes what neither a build on record nor the sandbox of now needs. Throws STORE.BUSY. */
export async function collectGarbage(options: GarbageOptions, workshop: Workshop): Promise<GarbageReport> {
  if (options.keepDays === 0) await refuseWhileBuilding(workshop);
  const { store, records, lock } = workshop;
  const roots = await records.roots();
  const swept = await store.gc({
    roots: {
      blobs: [...roots.blobs, ...lock.packages.map(({ sha256 }) => sha256)], actions: [...roots.actions], trees: [...roots.trees],
    },
    graceMs: options.keepDays * DAY_MS, dryRun: options.dryRun,
  });
  // Each can be made again from two blobs, as long as these are there.
  if (!options.dryRun) await records.explanations.forget(new Date(workshop.clock.now().getTime() - options.keepDays * DAY_MS));
  const exported = await sweepExports(options, workshop);
  const deleted = [...swept.deleted, ...exported, ...await sweepUploads(options, workshop), ...await sweepSandboxes(options, workshop)];
  return { dryRun: options.dryRun, deleted, freedBytes: deleted.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0), unreadable: swept.unreadable };
}

async function refuseWhileBuilding({ records }: Workshop): Promise<void> {
  const builds = await records.builds.unfinished();
  if (builds.length === 0) return;
  throw new Failure('STORE.BUSY', `${builds.length === 1 ? 'a build is' : 'builds are'} not finished: ${builds.map(({ id, targetName }) => `${id} (${targetName})`).join(', ')}`, {
    hint: 'Let them finish (`build` of the same target goes on with one that was killed), or keep at least a day.',
  });
}

const BUILD_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** `.NAME.UUID`: a copy that was cut off. */
const CUT_OFF = /^\..+\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function sweepExports({ imagesDirectory, dryRun, keepDays }: GarbageOptions, { reads, clock }: Workshop): Promise<GarbageItem[]> {
  const builds = (await namesIn(imagesDirectory)).filter((name) => BUILD_ID.test(name));
  const known = new Set((await reads.builds.byId(builds)).map(({ id }) => id));
  const items: GarbageItem[] = [];
  for (const build of builds) {
    const directory = join(imagesDirectory, build);
    if (known.has(build)) items.push(...await cutOffCopies(directory, clock.now().getTime() - keepDays * DAY_MS));
    else items.push({ kind: 'export', name: directory, sizeBytes: await sizeOf(directory) });
  }
  if (!dryRun) for (const { name } of items) await rm(name, { recursive: true, force: true });
  return items;
}

async function sweepUploads({ uploadsDirectory, dryRun }: GarbageOptions, { records }: Workshop): Promise<GarbageItem[]> {
  const files = new UploadFiles(uploadsDirectory);
  const over = await files.leftOver(async () => (await records.uploads.receiving()).ids);
  if (!dryRun) for (const { id } of over) await files.remove(id);
  return over.map(({ path, sizeBytes }) => ({ kind: 'upload', name: path, sizeBytes }));
}

async function cutOffCopies(directory: string, olderThanMs: number): Promise<GarbageItem[]> {
  const items: GarbageItem[] = [];
  for (const name of (await namesIn(directory)).filter((one) => CUT_OFF.test(one))) {
    const { size, mtimeMs } = await lstat(join(directory, name));
    if (mtimeMs < olderThanMs) items.push({ kind: 'export', name: join(directory, name), sizeBytes: size });
  }
  return items;
}

/** Those that this home has used and has no use for now: other homes of this machine may have loaded others. */
async function sweepSandboxes({ sandboxes, dryRun, keepDays }: GarbageOptions, { records, lock, clock }: Workshop): Promise<GarbageItem[]> {
  if (sandboxes === undefined) return [];
  const superseded = new Set((await records.artifacts.sandboxes()).filter(({ digest, inUse }) => !inUse && digest !== lock.rootTree).map(({ digest }) => digest));
  const olderThan = clock.now().getTime() - keepDays * DAY_MS;
  const items: GarbageItem[] = [];
  for (const { digest, tag, sizeBytes, loadedAt } of await sandboxes.unused()) {
    if (!superseded.has(digest) || loadedAt.getTime() > olderThan) continue;
    if (dryRun || await sandboxes.remove(digest)) items.push({ kind: 'sandbox', name: tag, sizeBytes });
  }
  return items;
}

async function sizeOf(directory: string): Promise<number> {
  const sizes = await Promise.all((await namesIn(directory)).map(async (name) => (await lstat(join(directory, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).toSorted();
  } catch (error) {
    if (errorCodeOf(error) === 'ENOENT' || errorCodeOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}
