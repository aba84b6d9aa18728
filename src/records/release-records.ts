import type pg from 'pg';

import type { Clock } from '../foundation/clock.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { uuidV7 } from '../foundation/ids.ts';
import { DEFAULT_ACTOR, DEFAULT_PROJECT, row, type Sql } from './sql.ts';

export interface NewRelease { product: string; version: string; buildId: string; statementSha256: Sha256 }

export interface RecordedRelease extends NewRelease { id: string; createdAt: Date }

export interface ReleaseRecords {
  /** The same again gives the same; another build or statement for the version is RECORDS.ALREADY_THERE. */
  recordRelease(release: NewRelease): Promise<{ id: string; unchanged: boolean }>;
  release(product: string, version: string): Promise<RecordedRelease | undefined>;
  releaseById(id: string): Promise<RecordedRelease | undefined>;
}

const SELECT = 'SELECT id, product, version, build_id AS "buildId", statement_sha256 AS "statementSha256", created_at AS "createdAt" FROM releases';

export function releaseRecords(pool: pg.Pool, clock: Clock): ReleaseRecords {
  return {
    recordRelease: (release) => recordRelease(pool, clock, release),
    release: (product, version) => byName(pool, product, version),
    releaseById: (id) => row<RecordedRelease>(pool, `${SELECT} WHERE id = $1`, [id]),
  };
}

function byName(sql: Sql, product: string, version: string): Promise<RecordedRelease | undefined> {
  return row<RecordedRelease>(sql, `${SELECT} WHERE project_id = $1 AND product = $2 AND version = $3`, [DEFAULT_PROJECT, product, version]);
}

async function recordRelease(pool: pg.Pool, clock: Clock, { product, version, buildId, statementSha256 }: NewRelease): Promise<{ id: string; unchanged: boolean }> {
  const made = await row<{ id: string }>(pool, `
    INSERT INTO releases (id, project_id, product, version, build_id, statement_sha256, actor_id, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING id`,
  [uuidV7(clock), DEFAULT_PROJECT, product, version, buildId, statementSha256, DEFAULT_ACTOR, clock.now()]);
  if (made !== undefined) return { id: made.id, unchanged: false };
  const standing = (await byName(pool, product, version))!;
  if (standing.buildId === buildId && standing.statementSha256 === statementSha256) return { id: standing.id, unchanged: true };
  throw new Failure('RECORDS.ALREADY_THERE', `${product} ${version} is released already, as build ${standing.buildId}`, {
    hint: 'A released version stays what it is: give this build another version.', details: { releaseId: standing.id },
  });
}
