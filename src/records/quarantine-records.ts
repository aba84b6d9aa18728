import type pg from 'pg';

import type { Clock } from '../foundation/clock.ts';
import { Failure } from '../foundation/failure.ts';
import { uuidV7 } from '../foundation/ids.ts';
import { DEFAULT_PROJECT, row, rows, touched, type Sql } from './sql.ts';

/** `digest`: the bytes; `image`: a name, or `target/name`; `package`: a recipe's name; `file`: a glob of paths. */
export type QuarantineKind = 'digest' | 'image' | 'package' | 'file';

export interface NewQuarantine {
  kind: QuarantineKind;
  scope: string;
  reason: string;
  url: string;
  openedBy: string;
  /** At most 180 days from now. */
  expiresAt: Date;
}

export interface RecordedQuarantine extends NewQuarantine {
  id: string;
  openedAt: Date;
  /** It counts only once another has reviewed it. */
  reviewedBy: string | null;
  reviewedAt: Date | null;
  closedBy: string | null;
  closedAt: Date | null;
}

/** An exemption that a gate knows; it changes no verdict. */
export interface QuarantineRecords {
  openQuarantine(quarantine: NewQuarantine): Promise<{ id: string }>;
  /** Throws RECORDS.BAD_QUARANTINE for who opened it, RECORDS.STALE where it is reviewed, closed or expired. */
  reviewQuarantine(id: string, reviewedBy: string): Promise<void>;
  closeQuarantine(id: string, closedBy: string): Promise<void>;
  /** Those that count at that time. */
  activeQuarantines(at: Date): Promise<RecordedQuarantine[]>;
}

export const QUARANTINE_COLUMNS = `q.id, q.kind, q.scope, q.reason, q.url, q.opened_by AS "openedBy", q.opened_at AS "openedAt", q.expires_at AS "expiresAt",
  q.reviewed_by AS "reviewedBy", q.reviewed_at AS "reviewedAt", q.closed_by AS "closedBy", q.closed_at AS "closedAt"`;
const LONGEST_MS = 180 * 24 * 60 * 60 * 1000;

export function quarantineRecords(pool: pg.Pool, clock: Clock): QuarantineRecords {
  return {
    openQuarantine: (quarantine) => openQuarantine(pool, clock, quarantine),
    reviewQuarantine: (id, reviewedBy) => reviewQuarantine(pool, clock, id, reviewedBy),
    closeQuarantine: async (id, closedBy) => {
      const done = await touched(pool, 'UPDATE quarantines SET closed_by = $2, closed_at = $3 WHERE id = $1 AND closed_at IS NULL', [id, closedBy, clock.now()]);
      if (done === 0) await refuse(pool, id, 'closed');
    },
    activeQuarantines: (at) => rows<RecordedQuarantine>(pool, `SELECT ${QUARANTINE_COLUMNS} FROM quarantines q
      WHERE q.reviewed_at <= $1 AND q.expires_at > $1 AND (q.closed_at IS NULL OR q.closed_at > $1) ORDER BY q.id`, [at]),
  };
}

async function openQuarantine(sql: Sql, clock: Clock, { kind, scope, reason, url, openedBy, expiresAt }: NewQuarantine): Promise<{ id: string }> {
  const id = uuidV7(clock);
  const now = clock.now();
  const lasts = expiresAt.getTime() - now.getTime();
  if (!(lasts > 0 && lasts <= LONGEST_MS)) throw new Failure('RECORDS.BAD_QUARANTINE', 'a quarantine expires in the future, and within 180 days', { place: 'expiresAt' });
  for (const [place, text] of Object.entries({ scope, reason, url, openedBy })) {
    if (text.trim() === '') throw new Failure('RECORDS.BAD_QUARANTINE', `a quarantine says its ${place}`, { place });
  }
  await touched(sql, `INSERT INTO quarantines (id, project_id, kind, scope, reason, url, opened_by, opened_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [id, DEFAULT_PROJECT, kind, scope, reason, url, openedBy, now, expiresAt]);
  return { id };
}

async function reviewQuarantine(sql: Sql, clock: Clock, id: string, reviewedBy: string): Promise<void> {
  const found = await row<{ openedBy: string }>(sql, 'SELECT opened_by AS "openedBy" FROM quarantines WHERE id = $1', [id]);
  const plain = (name: string): string => name.trim().toLowerCase();
  if (found !== undefined && (plain(reviewedBy) === '' || plain(reviewedBy) === plain(found.openedBy))) {
    throw new Failure('RECORDS.BAD_QUARANTINE', `a quarantine is reviewed by another than ${found.openedBy}, who opened it`, { place: 'reviewedBy' });
  }
  const done = await touched(sql, `UPDATE quarantines SET reviewed_by = $2, reviewed_at = $3
    WHERE id = $1 AND reviewed_at IS NULL AND closed_at IS NULL AND expires_at > $3`, [id, reviewedBy, clock.now()]);
  if (done === 0) await refuse(sql, id, 'reviewed');
}

async function refuse(sql: Sql, id: string, what: string): Promise<never> {
  if (await row(sql, 'SELECT FROM quarantines WHERE id = $1', [id]) === undefined) throw new Failure('RECORDS.UNKNOWN', `no quarantine ${id} is on record`);
  throw new Failure('RECORDS.STALE', `quarantine ${id} cannot be ${what} any more: it was before, or it is closed or has expired`);
}
