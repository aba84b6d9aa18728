import type pg from 'pg';

import type { Clock } from '../foundation/clock.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { quarantineRecords, type QuarantineRecords } from './quarantine-records.ts';
import { releaseRecords, type ReleaseRecords } from './release-records.ts';
import { statementRecords, type StatementRecords } from './statement-records.ts';
import { inTransaction, row, rows, touched, type Sql } from './sql.ts';

export interface RecordedTrustRoot {
  /** From 1. */
  version: number;
  sha256: Sha256;
  /** The DSSE envelope, as it came. */
  envelope: Buffer;
  recordedAt: Date;
}

export interface TrustRootRecords {
  /** Versions never go back: another content for a version that is passed is RECORDS.STALE; the same content again changes nothing. */
  recordTrustRoot(root: { version: number; envelope: Uint8Array }): Promise<{ unchanged: boolean }>;
  /** By version. */
  trustRoots(): Promise<RecordedTrustRoot[]>;
}

/** What was said about bytes, what is trusted, what was released and what is exempt. */
export type EvidenceRecords = StatementRecords & TrustRootRecords & ReleaseRecords & QuarantineRecords;

export function evidenceRecords(pool: pg.Pool, clock: Clock): EvidenceRecords {
  return { ...statementRecords(pool, clock), ...trustRootRecords(pool, clock), ...releaseRecords(pool, clock), ...quarantineRecords(pool, clock) };
}

function trustRootRecords(pool: pg.Pool, clock: Clock): TrustRootRecords {
  return {
    recordTrustRoot: (root) => inTransaction(pool, (sql) => recordTrustRoot(sql, clock, root)),
    trustRoots: () => rows(pool, 'SELECT version, sha256, envelope, recorded_at AS "recordedAt" FROM trust_roots ORDER BY version'),
  };
}

async function recordTrustRoot(sql: Sql, clock: Clock, { version, envelope }: { version: number; envelope: Uint8Array }): Promise<{ unchanged: boolean }> {
  await touched(sql, 'LOCK TABLE trust_roots IN SHARE ROW EXCLUSIVE MODE');
  const digest = sha256(envelope);
  const known = await row<{ sha256: Sha256 }>(sql, 'SELECT sha256 FROM trust_roots WHERE version = $1', [version]);
  if (known?.sha256 === digest) return { unchanged: true };
  const newest = await row<{ version: number }>(sql, 'SELECT version FROM trust_roots ORDER BY version DESC LIMIT 1');
  if (newest !== undefined && version <= newest.version) {
    throw new Failure('RECORDS.STALE', `the root of trust is at version ${newest.version}; another version ${version} is not taken`, { details: { newest: newest.version } });
  }
  await touched(sql, 'INSERT INTO trust_roots (version, sha256, envelope, recorded_at) VALUES ($1, $2, $3, $4)', [version, digest, Buffer.from(envelope), clock.now()]);
  return { unchanged: false };
}
