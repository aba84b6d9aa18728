import { resolveBuildReference, type ResolvedBuild } from '../build-reference.ts';
import { artifactReads, type ArtifactReads } from './artifact-reads.ts';
import { buildReads, type BuildReads } from './build-reads.ts';
import { catalogReads, type CatalogReads } from './catalog-reads.ts';
import { configurationReads, type ConfigurationReads } from './configuration-reads.ts';
import { fileReads, type FileReads } from './file-reads.ts';
import { logReads, type LogReads } from './log-reads.ts';
import { rowsOf, unprepared, type Database } from './statement.ts';
import { stepReads, type StepReads } from './step-reads.ts';

/**
 * Reading for the doors: every function takes a batch of keys and is one prepared statement, however many rows
 * come back. Nothing that a caller says becomes SQL text.
 */
export interface Reads {
  artifacts: ArtifactReads;
  builds: BuildReads;
  catalog: CatalogReads;
  configurations: ConfigurationReads;
  files: FileReads;
  logs: LogReads;
  steps: StepReads;
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
    configurations: configurationReads(database),
    files: fileReads(database),
    logs: logReads(database),
    steps: stepReads(database),
    resolveBuild: (reference) => resolveBuildReference(unprepared(database), reference),
    ping: async () => { await rowsOf(database, { name: 'ping', text: 'SELECT 1' }, []); },
  };
}
