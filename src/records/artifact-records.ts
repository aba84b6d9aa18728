import type pg from 'pg';

import { canonicalJson } from '../foundation/canonical-json.ts';
import type { Clock } from '../foundation/clock.ts';
import type { BlobDigests, Sha256 } from '../foundation/digest.ts';
import { uuidV7 } from '../foundation/ids.ts';
import { compareText } from '../foundation/order.ts';
import { guard, type BuildHandle } from './build-records.ts';
import { columnsOf, inTransaction, rows, touched, type Sql } from './sql.ts';

export interface NewImage {
  name: string;
  format: string;
  digests: BlobDigests;
  parameters: Readonly<Record<string, unknown>>;
  writerVersion: string;
  rootTree: Sha256;
}

export interface NewSandbox {
  /** Digest of its root tree. */
  digest: Sha256;
  lockDigest: Sha256;
  architecture: string;
  definition: unknown;
  packages: readonly { name: string; version: string; architecture: string; sha256: Sha256; sizeBytes: number; poolPath: string }[];
}

export interface NewSource {
  sha256: Sha256;
  sizeBytes: number;
  file: string;
  locations: readonly { kind: 'url' | 'debian-pool'; location: string }[];
}

export interface NewFetch { sha256: Sha256; sizeBytes: number; kind: string; url: string; wallMs: number; buildId?: string; fetchedAt: Date }

/** Things known by digest; recording one again changes nothing. */
export interface ArtifactRecords {
  recordBlobs(blobs: readonly BlobDigests[]): Promise<void>;
  recordImage(build: BuildHandle, image: NewImage): Promise<void>;
  recordSandbox(sandbox: NewSandbox): Promise<void>;
  /** Every sandbox that a build on record stands on; `inUse` where one of them is not finished. */
  sandboxes(): Promise<{ digest: Sha256; inUse: boolean }[]>;
  recordSources(sources: readonly NewSource[]): Promise<void>;
  recordFetch(fetch: NewFetch): Promise<void>;
}

export function artifactRecords(pool: pg.Pool, clock: Clock): ArtifactRecords {
  return {
    recordBlobs: (blobs) => recordBlobs(pool, blobs),
    recordImage: (build, image) => inTransaction(pool, (sql) => recordImage(sql, clock, build, image)),
    recordSandbox: (sandbox) => inTransaction(pool, (sql) => recordSandbox(sql, sandbox)),
    sandboxes: () => rows(pool, `
      SELECT digest, EXISTS (SELECT FROM builds b WHERE b.sandbox_digest = s.digest AND b.state IN ('QUEUED', 'RUNNING')) AS "inUse" FROM sandboxes s ORDER BY digest`),
    recordSources: (sources) => inTransaction(pool, (sql) => recordSources(sql, sources)),
    recordFetch: async (fetch) => {
      await touched(pool, 'INSERT INTO fetches (id, sha256, size_bytes, kind, url, wall_ms, build_id, fetched_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)',
        [uuidV7(clock), fetch.sha256, fetch.sizeBytes, fetch.kind, fetch.url, Math.round(fetch.wallMs), fetch.buildId ?? null, fetch.fetchedAt]);
    },
  };
}

async function recordBlobs(sql: Sql, blobs: readonly BlobDigests[]): Promise<void> {
  const sorted = [...blobs].toSorted((a, b) => compareText(a.sha256, b.sha256));
  await touched(sql, 'INSERT INTO blobs (sha256, sha512, size_bytes) SELECT * FROM unnest($1::text[], $2::text[], $3::int8[]) ON CONFLICT DO NOTHING',
    columnsOf(sorted, (blob) => blob.sha256, (blob) => blob.sha512, (blob) => blob.sizeBytes));
}

async function recordImage(sql: Sql, clock: Clock, build: BuildHandle, image: NewImage): Promise<void> {
  await guard(sql, build);
  await recordBlobs(sql, [image.digests]);
  await touched(sql, `
    INSERT INTO images (id, build_id, name, format, sha256, size_bytes, parameters, writer_version, root_tree, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`,
  [uuidV7(clock), build.id, image.name, image.format, image.digests.sha256, image.digests.sizeBytes, canonicalJson(image.parameters), image.writerVersion,
    image.rootTree, clock.now()]);
}

async function recordSandbox(sql: Sql, sandbox: NewSandbox): Promise<void> {
  const made = await touched(sql, 'INSERT INTO sandboxes (digest, lock_digest, architecture, definition) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
    [sandbox.digest, sandbox.lockDigest, sandbox.architecture, canonicalJson(sandbox.definition)]);
  if (made === 0) return;
  await touched(sql, `
    INSERT INTO sandbox_packages (sandbox_digest, name, version, architecture, sha256, size_bytes, pool_path)
    SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::int8[], $7::text[])`,
  [sandbox.digest, ...columnsOf(sandbox.packages, ({ name }) => name, ({ version }) => version, ({ architecture }) => architecture, ({ sha256 }) => sha256,
    ({ sizeBytes }) => sizeBytes, ({ poolPath }) => poolPath)]);
}

async function recordSources(sql: Sql, sources: readonly NewSource[]): Promise<void> {
  const sorted = [...sources].toSorted((a, b) => compareText(a.sha256, b.sha256));
  await touched(sql, 'INSERT INTO sources (sha256, size_bytes, file_name) SELECT * FROM unnest($1::text[], $2::int8[], $3::text[]) ON CONFLICT DO NOTHING',
    columnsOf(sorted, ({ sha256 }) => sha256, ({ sizeBytes }) => sizeBytes, ({ file }) => file));
  const locations = sorted.flatMap(({ sha256, locations: given }) => given.map((location) => ({ sha256, ...location })))
    .toSorted((a, b) => compareText(a.sha256, b.sha256) || compareText(a.kind, b.kind) || compareText(a.location, b.location));
  await touched(sql, 'INSERT INTO source_locations (sha256, kind, location) SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING',
    columnsOf(locations, ({ sha256 }) => sha256, ({ kind }) => kind, ({ location }) => location));
}
