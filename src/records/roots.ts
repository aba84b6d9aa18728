import type { Sha256 } from '../foundation/digest.ts';
import { rows, type Sql } from './sql.ts';

/** What the store must keep. A tree keeps its directories and files, an action what it gave. */
export interface StoreRoots {
  trees: Set<Sha256>;
  blobs: Set<Sha256>;
  actions: Set<Sha256>;
}

export interface RootsOptions {
  /** Keep the outputs of so many newest finished builds of each target; absent: of all. Logs, inventories and documents are kept of every build, and what statements name. */
  buildsPerTarget?: number;
}

/**
 * Kept whatever the limit says: what runs, what is released, and what an unfinished verification, variation run or
 * comparison is about. A rebuild takes no place of the build that it repeats.
 */
const KEPT = `
  WITH ranked AS (
    SELECT id, root_tree, sandbox_digest, state,
      row_number() OVER (PARTITION BY project_id, target_name, purpose, state = 'SUCCEEDED' ORDER BY id DESC) AS age FROM builds),
  pinned AS (
    SELECT build_id AS id FROM releases
    UNION SELECT unnest(ARRAY[build_id, rebuild_build_id]) FROM verifications WHERE state IN ('QUEUED', 'RUNNING')
    UNION SELECT build_id FROM variation_runs WHERE state IN ('QUEUED', 'RUNNING')
    UNION SELECT unnest(ARRAY[left_build_id, right_build_id]) FROM comparisons WHERE state IN ('QUEUED', 'RUNNING')),
  kept AS (SELECT id, root_tree, sandbox_digest FROM ranked
    WHERE state IN ('QUEUED', 'RUNNING') OR $1::int IS NULL OR age <= $1 OR id IN (SELECT id FROM pinned WHERE id IS NOT NULL))`;

/** A sandbox is kept as its packages: its tree is in no store. Read in one snapshot; what is put into the store afterwards is younger than any sweep may touch. */
export async function storeRoots(sql: Sql, options: RootsOptions = {}): Promise<StoreRoots> {
  const found = await rows<{ kind: 'tree' | 'blob' | 'action'; digest: Sha256 }>(sql, `${KEPT},
    steps AS (SELECT s.action_key, s.execution_id FROM build_steps s JOIN kept ON kept.id = s.build_id)
    SELECT 'tree' AS kind, root_tree AS digest FROM kept WHERE root_tree IS NOT NULL
    UNION SELECT 'tree', o.tree_digest FROM execution_outputs o JOIN steps ON steps.execution_id = o.execution_id
    UNION SELECT 'tree', o.tree_digest FROM execution_outputs o JOIN executions e ON e.id = o.execution_id JOIN steps ON steps.action_key = e.action_key
    UNION SELECT 'blob', i.sha256 FROM images i JOIN kept ON kept.id = i.build_id
    UNION SELECT 'blob', i.digest FROM build_inputs i JOIN kept ON kept.id = i.build_id
    UNION SELECT 'blob', p.sha256 FROM sandbox_packages p JOIN kept ON kept.sandbox_digest = p.sandbox_digest
    UNION SELECT 'blob', sha256 FROM statement_blobs
    UNION SELECT 'blob', digest FROM inventories
    UNION SELECT 'blob', sha256 FROM inventory_outlines
    UNION SELECT 'blob', d.sha256 FROM build_documents b, unnest(ARRAY[b.sha256, b.signed_sha256]) AS d(sha256) WHERE d.sha256 IS NOT NULL
    UNION SELECT 'blob', text_sha256 FROM license_texts WHERE text_sha256 IS NOT NULL
    UNION SELECT 'blob', unnest(ARRAY[policy_sha256, report_sha256]) FROM policy_reports
    UNION SELECT 'blob', log_sha256 FROM executions WHERE log_sha256 IS NOT NULL
    UNION SELECT 'blob', sha256 FROM uploads u WHERE state = 'READY' AND (expires_at > now()
      OR EXISTS (SELECT FROM comparisons c WHERE u.id IN (c.left_upload_id, c.right_upload_id) AND c.state IN ('QUEUED', 'RUNNING')))
    UNION SELECT 'blob', result_sha256 FROM comparisons WHERE expires_at > now()
    UNION SELECT 'action', action_key FROM steps WHERE action_key IS NOT NULL`, [options.buildsPerTarget ?? null]);
  const of = (kind: string): Set<Sha256> => new Set(found.filter((each) => each.kind === kind).map(({ digest }) => digest));
  return { trees: of('tree'), blobs: of('blob'), actions: of('action') };
}
