import { jsonDigest } from '../foundation/canonical-json.ts';
import type { BuildState } from '../records/build-records.ts';
import type { CatalogPins } from './catalogs.ts';
import { preparePlan, type PreparedPlan, type Target } from './prepare-plan.ts';
import type { Workshop } from './workshop.ts';

export interface StartedBuild {
  buildId: string;
  state: BuildState;
  /** An earlier build of the same definition that waits, runs or has succeeded. */
  reused: boolean;
}

/** Purpose of a build that takes no known result. */
export const COLD = 'cold';

export interface StartBuildOptions {
  /** `build`, or another word for a build that may repeat a definition. */
  purpose?: string;
}

/** What a worker needs to plan the same build again. */
export interface BuildRequest {
  target: string;
  revisionId: string | null;
  /** Canonical form of what was built, where no revision holds it. */
  configuration: unknown;
  catalog: CatalogPins;
  /** False: no known result is to be taken. */
  reuse: boolean;
}

/** Plans, and puts the build on record as queued. Idempotent by what it resolves to. */
export async function startBuild(target: Target, options: StartBuildOptions, workshop: Workshop): Promise<StartedBuild & { prepared: PreparedPlan }> {
  const prepared = await preparePlan(target, workshop);
  return { ...await startPrepared(prepared, options, workshop), prepared };
}

export async function startPrepared(prepared: PreparedPlan, options: StartBuildOptions, workshop: Workshop): Promise<StartedBuild> {
  await recordInputs(prepared, workshop);
  const { plan, pinned, targetName, configurationId, revisionId } = prepared;
  const { board, architecture, configurationDigest } = plan.resolution;
  const request: BuildRequest = { target: targetName, revisionId: revisionId ?? null, configuration: prepared.configurationForm, catalog: pinned.pins, reuse: options.purpose !== COLD };
  const { id, state, reused } = await workshop.records.builds.start({
    purpose: options.purpose ?? 'build',
    ...(configurationId === undefined ? {} : { configurationId }), ...(revisionId === undefined ? {} : { revisionId }),
    targetName, boardName: board.name, boardDigest: board.folderDigest, architecture: architecture.name,
    definition: plan.definition, definitionDigest: plan.definitionDigest, revisionDigest: configurationDigest, sandboxDigest: workshop.lock.rootTree,
    request: { ...request },
  });
  return { buildId: id, state, reused };
}

async function recordInputs({ plan }: PreparedPlan, { records, lock }: Workshop): Promise<void> {
  const { packages, ...definition } = lock;
  await records.artifacts.recordSandbox({
    digest: lock.rootTree, lockDigest: jsonDigest(lock), architecture: lock.architecture, definition,
    packages: packages.map(({ pool, ...one }) => ({ ...one, poolPath: pool })),
  });
  await records.artifacts.recordSources(plan.sources.map(({ file, sha256, sizeBytes, urls, debianPool }) => ({
    file, sha256, sizeBytes,
    locations: [...urls.map((location) => ({ kind: 'url' as const, location })), ...(debianPool === undefined ? [] : [{ kind: 'debian-pool' as const, location: debianPool }])],
  })));
}
