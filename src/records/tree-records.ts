import type pg from 'pg';

import type { Sha256 } from '../foundation/digest.ts';
import { compareText } from '../foundation/order.ts';
import { pathToBuffer, type PathBytes, type TreeEntry } from '../tree/entry.ts';
import { decodeNode, encodeTree, type DirectoryNode, type NodeEntry } from '../tree/node.ts';
import type { Tree } from '../tree/tree.ts';
import { recordFileSet } from './file-set-records.ts';
import type { PathOwner } from './owned-directories.ts';
import { chunksOf, columnsOf, inTransaction, rows, touched, type Sql } from './sql.ts';
import { xattrsJson } from './xattrs-json.ts';

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
    recordFiles: (tree, owners) => recordFileSet(pool, tree, owners),
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
