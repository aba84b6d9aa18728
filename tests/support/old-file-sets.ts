import type pg from 'pg';

import { jsonDigest } from '../../src/foundation/canonical-json.ts';
import type { PathOwner } from '../../src/records/owned-directories.ts';
import { pathToBuffer, type HardLinkEntry, type PathBytes, type TreeEntry } from '../../src/tree/entry.ts';
import { treeDigest } from '../../src/tree/node.ts';
import type { Tree } from '../../src/tree/tree.ts';

/** A set of files as it was put on record before migration 0006: one row a path. Returns its id. */
export async function oldFileSet(pool: pg.Pool, tree: Tree, owners: ReadonlyMap<PathBytes, PathOwner>): Promise<number> {
  const paths = [...tree.entries.keys()].filter((path) => path !== '');
  const digest = jsonDigest([treeDigest(tree), paths.map((path) => { const { kind, name, reason } = owners.get(path)!; return [path, kind, name, reason]; })]);
  const known = await pool.query<{ id: number }>('SELECT id::float8 AS id FROM file_sets WHERE digest = $1', [digest]);
  if (known.rows[0] !== undefined) return known.rows[0].id;
  const { rows } = await pool.query<{ id: number }>('INSERT INTO file_sets (digest, root_tree, file_count) VALUES ($1, $2, $3) RETURNING id::float8 AS id', [digest, treeDigest(tree), paths.length]);
  const { id } = rows[0]!;
  const numbers = new Map<string, number>();
  for (const [position, path] of paths.entries()) {
    const { kind, name, reason } = owners.get(path)!;
    const key = JSON.stringify([kind, name, reason]);
    if (!numbers.has(key)) {
      numbers.set(key, numbers.size);
      await pool.query('INSERT INTO file_owners (set_id, number, kind, name, reason) VALUES ($1, $2, $3, $4, $5)', [id, numbers.get(key), kind, name, reason]);
    }
    const entry = tree.entries.get(path)!;
    const inode = (entry.kind === 'hard-link' ? tree.entries.get(entry.target) : entry) as Exclude<TreeEntry, HardLinkEntry>;
    await pool.query('INSERT INTO root_files (set_id, position, path, kind, mode, uid, gid, size_bytes, sha256, target, major, minor, owner_number) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)', [
      id, position, pathToBuffer(path), entry.kind, inode.mode, inode.uid, inode.gid, inode.kind === 'file' ? inode.sizeBytes : null, inode.kind === 'file' ? inode.sha256 : null,
      'target' in entry ? pathToBuffer(entry.target) : null, 'major' in entry ? entry.major : null, 'minor' in entry ? entry.minor : null, numbers.get(key),
    ]);
  }
  return id;
}
