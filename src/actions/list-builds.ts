import type { BuildRow } from '../records/reads/build-reads.ts';
import type { Workshop } from './workshop.ts';

export interface ListedBuild {
  build: string;
  target: string;
  board: string;
  state: BuildRow['state'];
  purpose: string;
  definitionDigest: string;
  /** RFC 3339, UTC. */
  createdAt: string;
  finishedAt: string | null;
  counts: { total: number; run: number; reused: number; failed: number };
}

/** Newest first. */
export async function listBuilds(limit: number, { reads }: Workshop): Promise<ListedBuild[]> {
  const builds = await reads.builds.list({}, { first: limit });
  return builds.slice(0, limit).map((build) => ({
    build: build.id, target: build.targetName, board: build.boardName, state: build.state, purpose: build.purpose, definitionDigest: build.definitionDigest,
    createdAt: build.createdAt.toISOString(), finishedAt: build.finishedAt?.toISOString() ?? null,
    counts: { total: build.stepsTotal, run: build.stepsRun, reused: build.stepsReused, failed: build.stepsFailed },
  }));
}
