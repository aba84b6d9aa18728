import type { Sha256 } from '../../foundation/digest.ts';
import { rowsOf, type Database } from './statement.ts';

/** What of a build only its provenance tells. */
export interface ProvenanceRow { request: unknown; builder: unknown; revisionNumber: number | null; definition: string }
export interface ProvenanceImageRow {
  name: string; format: string; sha256: Sha256; sha512: string; sizeBytes: number; parameters: Record<string, unknown>; writerVersion: string;
}
export interface ProvenanceStepRow {
  name: string; kind: string; recipe: string | null; stage: string | null; planKey: Sha256; actionKey: Sha256 | null; outcome: 'run' | 'reused' | null; nondeterministic: boolean;
  needs: string[];
  executionId: string | null;
  /** Output tree by name: of the execution. */
  outputs: Record<string, Sha256>;
  /** The outputs that stand for the action; what a build goes on with where its own execution gave others. */
  standing: Record<string, Sha256>;
  executionBuildId: string | null;
  startedAt: Date | null; finishedAt: Date | null;
  cpuMs: number | null; wallMs: number | null; peakMemoryBytes: number | null;
  runner: unknown;
  logSha256: Sha256 | null; logSizeBytes: number | null;
}
export interface ProvenanceInputRow { role: string; name: string; digest: Sha256; sizeBytes: number | null }
export interface ProvenanceFetchRow { sha256: Sha256; sizeBytes: number; url: string; fetchedAt: Date; buildId: string | null }
export interface ProvenanceSandboxRow { digest: Sha256; lockDigest: Sha256; architecture: string; definition: unknown }
export interface ProvenancePackageRow { name: string; version: string; architecture: string; sha256: Sha256; sizeBytes: number; pool: string }

const BUILD = {
  name: 'provenance of a build', text: `SELECT b.request, b.builder, r.number AS "revisionNumber", d.document AS definition
    FROM builds b JOIN documents d ON d.digest = b.definition_digest LEFT JOIN configuration_revisions r ON r.id = b.revision_id WHERE b.id = $1`,
};
const IMAGES = {
  name: 'provenance images', text: `SELECT m.name, m.format, m.sha256, o.sha512, m.size_bytes::float8 AS "sizeBytes", m.parameters, m.writer_version AS "writerVersion"
    FROM images m JOIN blobs o ON o.sha256 = m.sha256 WHERE m.build_id = $1 ORDER BY m.name`,
};
const OUTPUTS = (execution: string): string => `(SELECT coalesce(jsonb_object_agg(o.name, o.tree_digest), '{}') FROM execution_outputs o WHERE o.execution_id = ${execution})`;
const STEPS = {
  name: 'provenance steps', text: `SELECT s.name, s.kind, s.recipe, s.stage, s.plan_key AS "planKey", s.action_key AS "actionKey", s.outcome, s.nondeterministic,
      ARRAY(SELECT DISTINCT n.need FROM build_step_needs n WHERE n.build_id = s.build_id AND n.step_name = s.name ORDER BY n.need) AS needs,
      x.id AS "executionId", ${OUTPUTS('x.id')} AS outputs,
      ${OUTPUTS('(SELECT r.execution_id FROM action_results r WHERE r.action_key = s.action_key ORDER BY r.generation DESC LIMIT 1)')} AS standing,
      x.build_id AS "executionBuildId", x.started_at AS "startedAt", x.finished_at AS "finishedAt", x.cpu_ms::float8 AS "cpuMs", x.wall_ms::float8 AS "wallMs",
      x.peak_memory_bytes::float8 AS "peakMemoryBytes", x.runner, x.log_sha256 AS "logSha256", x.log_size_bytes::float8 AS "logSizeBytes"
    FROM build_steps s LEFT JOIN executions x ON x.id = s.execution_id WHERE s.build_id = $1 ORDER BY s.position`,
};
const INPUTS = {
  name: 'provenance inputs', text: 'SELECT i.role, i.name, i.digest, i.size_bytes::float8 AS "sizeBytes" FROM build_inputs i WHERE i.build_id = $1 ORDER BY i.role, i.name',
};
/** This build's own download of each source, else the last one before it ended: bytes stay in the store from then on. */
const FETCHES = {
  name: 'provenance fetches', text: `SELECT f.sha256, f.size_bytes::float8 AS "sizeBytes", f.url, f.fetched_at AS "fetchedAt", f.build_id AS "buildId"
    FROM (SELECT DISTINCT i.digest FROM build_inputs i WHERE i.build_id = $1 AND i.role = 'source') i JOIN builds b ON b.id = $1
    CROSS JOIN LATERAL (SELECT f.* FROM fetches f WHERE f.sha256 = i.digest AND f.fetched_at <= coalesce(b.finished_at, now())
      ORDER BY f.build_id IS NOT DISTINCT FROM b.id DESC, f.fetched_at DESC, f.id DESC LIMIT 1) f ORDER BY f.sha256`,
};
const SANDBOX = { name: 'provenance sandbox', text: 'SELECT x.digest, x.lock_digest AS "lockDigest", x.architecture, x.definition FROM sandboxes x WHERE x.digest = $1' };
const PACKAGES = {
  name: 'provenance packages', text: `SELECT p.name, p.version, p.architecture, p.sha256, p.size_bytes::float8 AS "sizeBytes", p.pool_path AS pool
    FROM sandbox_packages p WHERE p.sandbox_digest = $1 ORDER BY p.name COLLATE "C", p.architecture COLLATE "C"`,
};

/** One build at a time: made once at its end, never for a list. */
export interface ProvenanceReads {
  build(buildId: string): Promise<ProvenanceRow | undefined>;
  images(buildId: string): Promise<ProvenanceImageRow[]>;
  /** In the order of the plan. */
  steps(buildId: string): Promise<ProvenanceStepRow[]>;
  inputs(buildId: string): Promise<ProvenanceInputRow[]>;
  fetches(buildId: string): Promise<ProvenanceFetchRow[]>;
  sandbox(digest: string): Promise<ProvenanceSandboxRow | undefined>;
  sandboxPackages(digest: string): Promise<ProvenancePackageRow[]>;
}

export function provenanceReads(database: Database): ProvenanceReads {
  return {
    build: async (id) => (await rowsOf<ProvenanceRow>(database, BUILD, [id]))[0],
    images: (id) => rowsOf(database, IMAGES, [id]),
    steps: (id) => rowsOf(database, STEPS, [id]),
    inputs: (id) => rowsOf(database, INPUTS, [id]),
    fetches: (id) => rowsOf(database, FETCHES, [id]),
    sandbox: async (digest) => (await rowsOf<ProvenanceSandboxRow>(database, SANDBOX, [digest]))[0],
    sandboxPackages: (digest) => rowsOf(database, PACKAGES, [digest]),
  };
}
