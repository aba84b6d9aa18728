import type pg from 'pg';

import { jsonDigest } from '../foundation/canonical-json.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { compareText, sortedEntries } from '../foundation/order.ts';
import { Bug } from '../foundation/failure.ts';
import { pathToBuffer, ROOT_PATH, type PathBytes, type TreeEntry, type Xattrs } from '../tree/entry.ts';
import { decodeNode, encodeTree, type DirectoryNode, type NodeEntry } from '../tree/node.ts';
import type { Tree } from '../tree/tree.ts';
import { chunksOf, columnsOf, inTransaction, row, rows, touched, type Sql } from './sql.ts';

/** Who owns a path of the final root, and how it came to. */
export interface PathOwner { kind: string; name: string; reason: string }

export interface TreeRecords {
  /** Those of the digests that are on record, so that their trees need not be read again. */
  known(digests: readonly Sha256[]): Promise<Set<Sha256>>;
  /** Every directory once; returns the digest. A killed writer leaves nothing of the tree. */
  record(tree: Tree): Promise<Sha256>;
  /** The final root's files with their owners, once for all builds that made the same; returns the set's id. */
  recordFiles(tree: Tree, owners: ReadonlyMap<PathBytes, PathOwner>): Promise<number>;
}

const CHUNK = 2_000;

export function treeRecords(pool: pg.Pool): TreeRecords {
  const known = async (digests: readonly Sha256[]): Promise<Set<Sha256>> =>
    new Set((await rows<{ digest: Sha256 }>(pool, 'SELECT digest FROM trees WHERE digest = ANY($1::text[])', [digests])).map(({ digest }) => digest));
  return {
    known,
    record: async (tree) => {
      const { root, nodes } = encodeTree(tree);
      if (!(await known([root])).has(root)) await inTransaction(pool, (sql) => insertTree(sql, root, tree, nodes));
      return root;
    },
    recordFiles: (tree, owners) => insertFileSet(pool, tree, owners),
  };
}

async function insertTree(sql: Sql, root: Sha256, tree: Tree, encoded: ReadonlyMap<Sha256, Uint8Array>): Promise<void> {
  // In order of digest, so that two that record at once wait for each other instead of locking in a circle.
  const nodes = [...encoded].toSorted(([a], [b]) => compareText(a, b)).map(([digest, bytes]) => ({ digest, node: decodeNode(bytes) }));
  const fresh = await insertNodes(sql, nodes);
  const entries = nodes.filter(({ digest }) => fresh.has(digest)).flatMap(({ digest, node }) => node.entries.map(([name, entry]) => ({ digest, name, entry })));
  for (const chunk of chunksOf(entries, CHUNK)) await insertEntries(sql, chunk);
  const files = [...tree.entries.values()].filter((entry) => entry.kind === 'file');
  await touched(sql, 'INSERT INTO trees (digest, entries, files, size_bytes) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
    [root, tree.entries.size - 1, files.length, files.reduce((sum, file) => sum + file.sizeBytes, 0)]);
}

/** Returns those that were not there; another's that is not committed yet is waited for. */
async function insertNodes(sql: Sql, nodes: readonly { digest: Sha256; node: DirectoryNode }[]): Promise<Set<Sha256>> {
  const inserted = await rows<{ digest: Sha256 }>(sql, `
    INSERT INTO tree_nodes (digest, mode, uid, gid, xattrs, entry_count)
    SELECT digest, mode, uid, gid, xattrs::jsonb, entry_count FROM unnest($1::text[], $2::int[], $3::int8[], $4::int8[], $5::text[], $6::int[])
      AS given(digest, mode, uid, gid, xattrs, entry_count)
    ON CONFLICT DO NOTHING RETURNING digest`,
  columnsOf(nodes, ({ digest }) => digest, ({ node }) => node.directory.mode, ({ node }) => node.directory.uid, ({ node }) => node.directory.gid,
    ({ node }) => xattrsJson(node.directory.xattrs), ({ node }) => node.entries.length));
  return new Set(inserted.map(({ digest }) => digest));
}

interface EntryRow { digest: Sha256; name: PathBytes; entry: NodeEntry }

async function insertEntries(sql: Sql, entries: readonly EntryRow[]): Promise<void> {
  await touched(sql, `
    INSERT INTO tree_entries (node_digest, name, kind, mode, uid, gid, xattrs, size_bytes, sha256, child_digest, target, major, minor)
    SELECT node_digest, name, kind, mode, uid, gid, xattrs::jsonb, size_bytes, sha256, child_digest, target, major, minor
    FROM unnest($1::text[], $2::bytea[], $3::text[], $4::int[], $5::int8[], $6::int8[], $7::text[], $8::int8[], $9::text[], $10::text[], $11::bytea[], $12::int8[], $13::int8[])
      AS given(node_digest, name, kind, mode, uid, gid, xattrs, size_bytes, sha256, child_digest, target, major, minor)`,
  columnsOf(entries, ({ digest }) => digest, ({ name }) => pathToBuffer(name), ({ entry }) => entry.kind,
    ({ entry }) => 'mode' in entry ? entry.mode : null, ({ entry }) => 'uid' in entry ? entry.uid : null, ({ entry }) => 'gid' in entry ? entry.gid : null,
    ({ entry }) => 'xattrs' in entry ? xattrsJson(entry.xattrs) : null, ({ entry }) => entry.kind === 'file' ? entry.sizeBytes : null,
    ({ entry }) => entry.kind === 'file' ? entry.sha256 : null, ({ entry }) => entry.kind === 'directory' ? entry.digest : null,
    ({ entry }) => targetOf(entry), ({ entry }) => 'major' in entry ? entry.major : null, ({ entry }) => 'minor' in entry ? entry.minor : null));
}

function targetOf(entry: NodeEntry | TreeEntry): Buffer | null {
  return entry.kind === 'symlink' || entry.kind === 'hard-link' ? pathToBuffer(entry.target) : null;
}

/** Values in hexadecimal: JSON in Postgres holds no NUL. */
function xattrsJson(xattrs: Xattrs | undefined): string | null {
  if (xattrs === undefined) return null;
  return JSON.stringify(Object.fromEntries(sortedEntries(xattrs).map(([name, value]) => [name, Buffer.from(value, 'latin1').toString('hex')])));
}

async function insertFileSet(pool: pg.Pool, tree: Tree, owners: ReadonlyMap<PathBytes, PathOwner>): Promise<number> {
  const { root } = encodeTree(tree);
  const files = [...tree.entries].filter(([path]) => path !== ROOT_PATH).map(([path, entry], position) => ({ path, entry, position, owner: ownerAt(owners, path) }));
  const digest = jsonDigest([root, files.map(({ path, owner }) => [path, owner.kind, owner.name, owner.reason])]);
  const found = await row<{ id: number }>(pool, 'SELECT id::float8 AS id FROM file_sets WHERE digest = $1', [digest]);
  if (found !== undefined) return found.id;
  return inTransaction(pool, async (sql) => {
    const made = await row<{ id: number }>(sql,
      'INSERT INTO file_sets (digest, root_tree, file_count) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id::float8 AS id', [digest, root, files.length]);
    if (made === undefined) return (await row<{ id: number }>(sql, 'SELECT id::float8 AS id FROM file_sets WHERE digest = $1', [digest]))!.id;
    const numbers = await insertOwners(sql, made.id, files.map(({ owner }) => owner));
    for (const chunk of chunksOf(files, CHUNK)) await insertFiles(sql, made.id, chunk.map((file) => ({ ...file, number: numbers.get(ownerKey(file.owner))! })), tree);
    return made.id;
  });
}

function ownerAt(owners: ReadonlyMap<PathBytes, PathOwner>, path: PathBytes): PathOwner {
  const owner = owners.get(path);
  if (owner === undefined) throw new Bug(`a path of the final root has no owner: ${JSON.stringify(path)}`);
  return owner;
}

function ownerKey(owner: PathOwner): string {
  return `${owner.kind}\0${owner.name}\0${owner.reason}`;
}

async function insertOwners(sql: Sql, setId: number, owners: readonly PathOwner[]): Promise<Map<string, number>> {
  const distinct = new Map<string, PathOwner>();
  for (const owner of owners) distinct.set(ownerKey(owner), owner);
  const list = [...distinct].toSorted(([a], [b]) => compareText(a, b));
  await touched(sql, 'INSERT INTO file_owners (set_id, number, kind, name, reason) SELECT $1, * FROM unnest($2::int[], $3::text[], $4::text[], $5::text[])',
    [setId, list.map((_, number) => number), ...columnsOf(list, ([, owner]) => owner.kind, ([, owner]) => owner.name, ([, owner]) => owner.reason)]);
  return new Map(list.map(([key], number) => [key, number]));
}

interface FileRow { path: PathBytes; entry: TreeEntry; position: number; number: number }

async function insertFiles(sql: Sql, setId: number, files: readonly FileRow[], tree: Tree): Promise<void> {
  // A hard link has the mode and owner of the file that it is another name of.
  const inode = ({ entry }: FileRow): Exclude<TreeEntry, { kind: 'hard-link' }> =>
    (entry.kind === 'hard-link' ? tree.entries.get(entry.target)! : entry) as Exclude<TreeEntry, { kind: 'hard-link' }>;
  await touched(sql, `
    INSERT INTO root_files (set_id, position, path, kind, mode, uid, gid, size_bytes, sha256, target, major, minor, owner_number)
    SELECT $1, * FROM unnest($2::int[], $3::bytea[], $4::text[], $5::int[], $6::int8[], $7::int8[], $8::int8[], $9::text[], $10::bytea[], $11::int8[], $12::int8[], $13::int[])`,
  [setId, ...columnsOf(files, ({ position }) => position, ({ path }) => pathToBuffer(path), ({ entry }) => entry.kind,
    (file) => inode(file).mode, (file) => inode(file).uid, (file) => inode(file).gid,
    (file) => { const it = inode(file); return it.kind === 'file' ? it.sizeBytes : null; }, (file) => { const it = inode(file); return it.kind === 'file' ? it.sha256 : null; },
    ({ entry }) => targetOf(entry), ({ entry }) => 'major' in entry ? entry.major : null, ({ entry }) => 'minor' in entry ? entry.minor : null, ({ number }) => number)]);
}
