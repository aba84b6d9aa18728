import type pg from 'pg';

import type { Clock } from '../foundation/clock.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { row, rows, touched } from './sql.ts';

/** Two contents, and the version of what tells how they differ. */
export interface ExplanationKey { left: Sha256; right: Sha256; version: number }

/** What differs between contents, kept until it is forgotten: it can be made again. */
export interface ExplanationRecords {
  /** JSON. */
  find(key: ExplanationKey): Promise<string | undefined>;
  /** By `LEFT RIGHT`, in one statement. */
  findAll(pairs: readonly { left: Sha256; right: Sha256 }[], version: number): Promise<ReadonlyMap<string, string>>;
  /** The first that is kept stays. */
  keep(key: ExplanationKey, document: string): Promise<void>;
  /** What was made before that; returns how many. */
  forget(before: Date): Promise<number>;
}

export function explanationRecords(pool: pg.Pool, clock: Clock): ExplanationRecords {
  return {
    find: async ({ left, right, version }) => (await row<{ document: string }>(pool, 'SELECT document FROM explanations WHERE left_sha256 = $1 AND right_sha256 = $2 AND version = $3', [left, right, version]))?.document,
    findAll: async (pairs, version) => {
      const found = await rows<{ left: string; right: string; document: string }>(pool, `SELECT left_sha256 AS left, right_sha256 AS right, document FROM explanations
        WHERE version = $3 AND (left_sha256, right_sha256) IN (SELECT * FROM unnest($1::text[], $2::text[]))`, [pairs.map(({ left }) => left), pairs.map(({ right }) => right), version]);
      return new Map(found.map(({ left, right, document }) => [`${left} ${right}`, document]));
    },
    keep: async ({ left, right, version }, document) => {
      await touched(pool, 'INSERT INTO explanations (left_sha256, right_sha256, version, document, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING', [left, right, version, document, clock.now()]);
    },
    forget: (before) => touched(pool, 'DELETE FROM explanations WHERE created_at < $1', [before]),
  };
}
