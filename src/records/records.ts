import type pg from 'pg';

import type { Clock } from '../foundation/clock.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { artifactRecords, type ArtifactRecords } from './artifact-records.ts';
import { buildRecords, type BuildHandle, type BuildRecords, type BuildState } from './build-records.ts';
import { resolveBuildReference, type ResolvedBuild } from './build-reference.ts';
import { catalogRecords, type CatalogRecords } from './catalog-records.ts';
import { comparisonRecords, type ComparisonRecords } from './comparison-records.ts';
import { configurationRecords, type ConfigurationRecords } from './configuration-records.ts';
import { contentsRecords, type ContentsRecords } from './contents-records.ts';
import { findDocument } from './document-records.ts';
import { EventFeed } from './event-feed.ts';
import { eventRecords, type EventRecords } from './event-records.ts';
import { evidenceRecords, type EvidenceRecords } from './evidence-records.ts';
import { explanationRecords, type ExplanationRecords } from './explanation-records.ts';
import { lockRecords, type LockRecords } from './lock-records.ts';
import { logRecords, type LogRecords } from './log-records.ts';
import { lazyModel } from './model.ts';
import { recordPlan, type BuildPlan } from './plan-records.ts';
import { storeRoots, type RootsOptions, type StoreRoots } from './roots.ts';
import type { Sql } from './sql.ts';
import { stepRecords, type StepRecords } from './step-records.ts';
import { treeRecords, type TreeRecords } from './tree-records.ts';
import { uploadRecords, type UploadRecords } from './upload-records.ts';
import { variationRecords, type VariationRecords } from './variation-records.ts';
import { verificationRecords, type VerificationRecords } from './verification-records.ts';

/** What Postgres remembers: writes, and the single reads that writing needs. Lists are in `reads/`. */
export interface Records {
  artifacts: ArtifactRecords;
  builds: BuildRecords;
  catalog: CatalogRecords;
  comparisons: ComparisonRecords;
  configurations: ConfigurationRecords;
  contents: ContentsRecords;
  events: EventRecords;
  evidence: EvidenceRecords;
  explanations: ExplanationRecords;
  locks: LockRecords;
  log: LogRecords;
  steps: StepRecords;
  trees: TreeRecords;
  uploads: UploadRecords;
  variations: VariationRecords;
  verifications: VerificationRecords;
  recordPlan(build: BuildHandle, plan: BuildPlan): Promise<void>;
  /** By name, builds in `states` count: `['SUCCEEDED']` unless said. */
  resolveBuild(text: string, states?: readonly BuildState[]): Promise<ResolvedBuild>;
  /** A content-addressed document: a build's definition, a configuration's content. */
  document(digest: Sha256): Promise<unknown>;
  roots(options?: RootsOptions): Promise<StoreRoots>;
  /** Lets go of its own connections; the pool is whoever's gave it. */
  close(): Promise<void>;
}

export function createRecords(pool: pg.Pool, clock: Clock): Records {
  const sql = pool as Sql;
  const feed = new EventFeed(pool);
  const locks = lockRecords(pool);
  const prisma = lazyModel(pool);
  return {
    artifacts: artifactRecords(pool, clock),
    builds: buildRecords(pool, clock),
    catalog: catalogRecords(pool, clock),
    comparisons: comparisonRecords(pool, clock),
    configurations: configurationRecords(prisma.model, clock),
    contents: contentsRecords(pool, clock),
    events: eventRecords(pool, feed),
    evidence: evidenceRecords(pool, clock),
    explanations: explanationRecords(pool, clock),
    locks,
    log: logRecords(pool),
    steps: stepRecords(pool, clock),
    trees: treeRecords(pool),
    uploads: uploadRecords(pool, clock),
    variations: variationRecords(pool, clock),
    verifications: verificationRecords(pool, clock),
    recordPlan: (build, plan) => recordPlan(pool, build, plan),
    resolveBuild: (text, states) => resolveBuildReference(sql, text, states),
    document: (digest) => findDocument(sql, digest),
    roots: (options) => storeRoots(sql, options),
    close: async () => {
      feed.close();
      await Promise.all([locks.close(), prisma.close()]);
    },
  };
}
