import type pg from 'pg';

import type { Clock } from '../foundation/clock.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { uuidV7 } from '../foundation/ids.ts';
import { buildDocumentRecords, type BuildDocumentRecords } from './build-document-records.ts';
import { inventoryRecords, type InventoryRecords } from './inventory-records.ts';
import { licenseRecords, type LicenseRecords } from './license-records.ts';
import { row, type Sql } from './sql.ts';

export type PolicyOutcome = 'ALLOWED' | 'REVIEW' | 'VIOLATED';

export interface NewPolicyReport {
  buildId: string;
  inventoryDigest: Sha256;
  /** A blob of the store: the policy's bytes. */
  policySha256: Sha256;
  policyName: string;
  outcome: PolicyOutcome;
  /** A blob of the store. */
  reportSha256: Sha256;
}

export interface PolicyReportRecords {
  /** What the newest of this build by that policy says already is not written again. */
  recordPolicyReport(report: NewPolicyReport): Promise<{ id: string; unchanged: boolean }>;
}

/** What builds are made of, the documents that say so, and what is decided and judged about licenses. */
export type ContentsRecords = InventoryRecords & BuildDocumentRecords & LicenseRecords & PolicyReportRecords;

export function contentsRecords(pool: pg.Pool, clock: Clock): ContentsRecords {
  return {
    ...inventoryRecords(pool, clock), ...buildDocumentRecords(pool, clock), ...licenseRecords(pool, clock),
    recordPolicyReport: (report) => recordPolicyReport(pool, clock, report),
  };
}

async function recordPolicyReport(sql: Sql, clock: Clock, report: NewPolicyReport): Promise<{ id: string; unchanged: boolean }> {
  const { buildId, inventoryDigest, policySha256, policyName, outcome, reportSha256 } = report;
  const newest = await row<{ id: string; inventoryDigest: Sha256; reportSha256: Sha256 }>(sql, `
    SELECT id, inventory_digest AS "inventoryDigest", report_sha256 AS "reportSha256" FROM policy_reports
    WHERE build_id = $1 AND policy_sha256 = $2 AND policy_name = $3 ORDER BY id DESC LIMIT 1`, [buildId, policySha256, policyName]);
  if (newest?.inventoryDigest === inventoryDigest && newest.reportSha256 === reportSha256) return { id: newest.id, unchanged: true };
  const id = uuidV7(clock);
  await row(sql, `
    INSERT INTO policy_reports (id, build_id, inventory_digest, policy_sha256, policy_name, outcome, report_sha256, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
  [id, buildId, inventoryDigest, policySha256, policyName, outcome, reportSha256, clock.now()]);
  return { id, unchanged: false };
}
