import { resolveBuildReference, type ResolvedBuild } from '../build-reference.ts';
import { transparencyReads, type TransparencyReads } from '../log-records.ts';
import { artifactReads, type ArtifactReads } from './artifact-reads.ts';
import { buildReads, type BuildReads } from './build-reads.ts';
import { catalogReads, type CatalogReads } from './catalog-reads.ts';
import { comparisonReads, type ComparisonReads } from './comparison-reads.ts';
import { configurationReads, type ConfigurationReads } from './configuration-reads.ts';
import { contentsReads, type ContentsReads } from './contents-reads.ts';
import { evidenceReads, type EvidenceReads } from './evidence-reads.ts';
import { fileReads, type FileReads } from './file-reads.ts';
import { historyReads, type HistoryReads } from './history-reads.ts';
import { logReads, type LogReads } from './log-reads.ts';
import { provenanceReads, type ProvenanceReads } from './provenance-reads.ts';
import { releaseReads, type ReleaseReads } from './release-reads.ts';
import { rowsOf, unprepared, type Database } from './statement.ts';
import { stepReads, type StepReads } from './step-reads.ts';
import { taskReads, type TaskReads } from './task-reads.ts';
import { timelineReads, type TimelineReads } from './timeline-reads.ts';
import { verificationReads, type VerificationReads } from './verification-reads.ts';

/**
 * Reading for the doors: every function takes a batch of keys and is one prepared statement, however many rows
 * come back. Nothing that a caller says becomes SQL text.
 */
export interface Reads {
  artifacts: ArtifactReads;
  builds: BuildReads;
  catalog: CatalogReads;
  comparisons: ComparisonReads;
  configurations: ConfigurationReads;
  contents: ContentsReads;
  evidence: EvidenceReads;
  files: FileReads;
  history: HistoryReads;
  logs: LogReads;
  provenance: ProvenanceReads;
  releases: ReleaseReads;
  steps: StepReads;
  tasks: TaskReads;
  timelines: TimelineReads;
  /** Of the transparency log. */
  transparency: TransparencyReads;
  verifications: VerificationReads;
  /** What stands wherever a build is named; see `resolveBuildReference`. */
  resolveBuild(reference: string): Promise<ResolvedBuild>;
  /** Throws where the database does not answer. */
  ping(): Promise<void>;
}

export function createReads(database: Database): Reads {
  return {
    artifacts: artifactReads(database),
    builds: buildReads(database),
    catalog: catalogReads(database),
    comparisons: comparisonReads(database),
    configurations: configurationReads(database),
    contents: contentsReads(database),
    evidence: evidenceReads(database),
    files: fileReads(database),
    history: historyReads(database),
    logs: logReads(database),
    provenance: provenanceReads(database),
    releases: releaseReads(database),
    steps: stepReads(database),
    tasks: taskReads(database),
    timelines: timelineReads(database),
    transparency: transparencyReads(unprepared(database)),
    verifications: verificationReads(database),
    resolveBuild: (reference) => resolveBuildReference(unprepared(database), reference),
    ping: async () => { await rowsOf(database, { name: 'ping', text: 'SELECT 1' }, []); },
  };
}
