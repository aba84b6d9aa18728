import type pg from 'pg';

import { jsonDigest } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { sortedBy } from '../foundation/order.ts';
import { pathToBuffer, ROOT_PATH, type PathBytes } from '../tree/entry.ts';
import { treeDigest } from '../tree/node.ts';
import type { Tree } from '../tree/tree.ts';
import { ownedDirectories, type OwnedDirectory, type OwnedEntry, type OwnedSegment, type PathOwner } from './owned-directories.ts';
import { chunksOf, columnsOf, inTransaction, row, rows, touched, type Sql } from './sql.ts';
import { xattrsJson } from './xattrs-json.ts';

const CHUNK = 2_000;

/** The final root's files with their owners, each distinct directory once; returns the set's id. */
export async function recordFileSet(pool: pg.Pool, tree: Tree, owners: ReadonlyMap<PathBytes, PathOwner>): Promise<number> {
  const rootTree = treeDigest(tree);
  const { root, distinct } = ownedDirectories(tree, owners);
  const digest = jsonDigest([rootTree, [...tree.entries.keys()].filter((path) => path !== ROOT_PATH).map((path) => { const { kind, name, reason } = owners.get(path)!; return [path, kind, name, reason]; })]);
  const found = await row<{ id: number }>(pool, 'SELECT id::float8 AS id FROM file_sets WHERE digest = $1', [digest]);
  if (found !== undefined) return found.id;
  return inTransaction(pool, async (sql) => {
    const ids = await insertDirectories(sql, [...distinct.values()]);
    const made = await row<{ id: number }>(sql, `INSERT INTO file_sets (digest, root_tree, file_count, root_directory_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING id::float8 AS id`,
      [digest, rootTree, root.pathCount, ids.get(root.digest)]);
    return (made ?? await row<{ id: number }>(sql, 'SELECT id::float8 AS id FROM file_sets WHERE digest = $1', [digest]))!.id;
  });
}

/** Returns the ids of all, whoever put them on record. */
async function insertDirectories(sql: Sql, directories: readonly OwnedDirectory[]): Promise<Map<Sha256, number>> {
  const ids = await idsOf(sql, directories.map(({ digest }) => digest));
  const fresh = directories.filter(({ digest }) => !ids.has(digest));
  const owners = await insertOwners(sql, fresh.flatMap(({ entries }) => entries.flatMap((entry) => entry.kind === 'segment' ? [] : [entry.owner])));
  // In order of digest, so that two that record at once wait for each other instead of locking in a circle.
  const inserted = await rows<{ id: number; digest: Sha256 }>(sql, `INSERT INTO root_directories (digest, path_count) SELECT * FROM unnest($1::text[], $2::int[])
    ON CONFLICT DO NOTHING RETURNING id::float8 AS id, digest`, columnsOf(sortedBy(fresh, ({ digest }) => digest), ({ digest }) => digest, ({ pathCount }) => pathCount));
  for (const { id, digest } of inserted) ids.set(digest, id);
  // Another's, committed since: waited for by the insertion.
  for (const [digest, id] of await idsOf(sql, fresh.map(({ digest: each }) => each).filter((each) => !ids.has(each)))) ids.set(digest, id);
  const own = new Set(inserted.map(({ digest }) => digest));
  const entries = fresh.filter(({ digest }) => own.has(digest)).flatMap(({ digest, entries: list }) => list.map((entry): EntryRow => ({
    directoryId: ids.get(digest)!, entry, ownerId: entry.kind === 'segment' ? null : owners.get(ownerKey(entry.owner))!, childId: entry.below === null ? null : ids.get(entry.below.digest)!,
  })));
  for (const chunk of chunksOf(entries, CHUNK)) await insertEntries(sql, chunk);
  return ids;
}

async function idsOf(sql: Sql, digests: readonly Sha256[]): Promise<Map<Sha256, number>> {
  if (digests.length === 0) return new Map();
  return new Map((await rows<{ id: number; digest: Sha256 }>(sql, 'SELECT id::float8 AS id, digest FROM root_directories WHERE digest = ANY($1::text[])', [digests])).map(({ id, digest }) => [digest, id]));
}

function ownerKey({ kind, name, reason }: PathOwner): string {
  return `${kind}\0${name}\0${reason}`;
}

async function insertOwners(sql: Sql, owners: readonly PathOwner[]): Promise<Map<string, number>> {
  const distinct = sortedBy(new Map(owners.map((owner) => [ownerKey(owner), owner])).values(), ownerKey);
  const columns = columnsOf(distinct, ({ kind }) => kind, ({ name }) => name, ({ reason }) => reason);
  await touched(sql, 'INSERT INTO path_owners (kind, name, reason) SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING', columns);
  const found = await rows<PathOwner & { id: number }>(sql, `SELECT o.id, o.kind, o.name, o.reason FROM unnest($1::text[], $2::text[], $3::text[]) AS given(kind, name, reason)
    JOIN path_owners o ON (o.kind, o.name, o.reason) = (given.kind, given.name, given.reason)`, columns);
  return new Map(found.map((owner) => [ownerKey(owner), owner.id]));
}

interface EntryRow { directoryId: number; entry: OwnedEntry | OwnedSegment; ownerId: number | null; childId: number | null }

async function insertEntries(sql: Sql, entries: readonly EntryRow[]): Promise<void> {
  /** Of a segment nothing is told but what it leads to. */
  const told = <T>(of: (entry: OwnedEntry) => T) => ({ entry }: EntryRow): T | null => entry.kind === 'segment' ? null : of(entry);
  await touched(sql, `
    INSERT INTO root_entries (directory_id, name, kind, mode, uid, gid, xattrs, size_bytes, sha256, target, major, minor, owner_id, child_id, rank, below_rank, below_count)
    SELECT directory_id, name, kind, mode, uid, gid, xattrs::jsonb, size_bytes, sha256, target, major, minor, owner_id, child_id, rank, below_rank, below_count
    FROM unnest($1::int8[], $2::bytea[], $3::text[], $4::int[], $5::int8[], $6::int8[], $7::text[], $8::int8[], $9::text[], $10::bytea[], $11::int8[], $12::int8[], $13::int[], $14::int8[], $15::int[], $16::int[], $17::int[])
      AS given(directory_id, name, kind, mode, uid, gid, xattrs, size_bytes, sha256, target, major, minor, owner_id, child_id, rank, below_rank, below_count)`,
  columnsOf(entries, ({ directoryId }) => directoryId, ({ entry }) => pathToBuffer(entry.name), ({ entry }) => entry.kind,
    told(({ inode }) => inode.mode), told(({ inode }) => inode.uid), told(({ inode }) => inode.gid), told(({ inode }) => xattrsJson(inode.xattrs)),
    told(({ inode }) => inode.kind === 'file' ? inode.sizeBytes : null), told(({ inode }) => inode.kind === 'file' ? inode.sha256 : null), told(({ target }) => target === null ? null : pathToBuffer(target)),
    told(({ inode }) => 'major' in inode ? inode.major : null), told(({ inode }) => 'minor' in inode ? inode.minor : null),
    ({ ownerId }) => ownerId, ({ childId }) => childId, told(({ rank }) => rank), ({ entry }) => entry.below?.rank ?? null, ({ entry }) => entry.below?.count ?? null));
}
