/**
 * SQL over the directories of final roots, which builds share (records/owned-directories.ts): pieces of statements, with constants
 * and the names of parameters alone. Recursion goes by key from directory to directory; none reads a whole root but where said.
 */

/** What is told of an entry, given `e` and the bytes of its path before its name. */
export const fileColumns = (prefix: string): string => `${prefix} || e.name AS path, e.kind, e.mode, e.uid::float8 AS uid, e.gid::float8 AS gid, e.size_bytes::float8 AS "sizeBytes",
  e.sha256, e.target, o.name AS owner, o.kind AS "ownerKind", o.reason AS "ownerReason"`;

const SLASH = "'\\x2f'::bytea";

/** What an entry adds to the prefix of what it leads to: a segment is no directory. */
const BELOW = `CASE e.kind WHEN 'segment' THEN ''::bytea ELSE e.name || ${SLASH} END`;

/**
 * `page (dir, base, prefix)` and `start (at)`: directories that have some of the `limit` paths from `key` on, in byte order of
 * path, and the place of the first. The rank of a path is the sum of those on the way to it, so the place of any is known
 * without reading what lies before.
 */
export const pageDirectories = (root: string, key: string, limit: string): string => `seek AS (
    SELECT ${root} AS dir, 0 AS base, ${key} AS rest, 0 AS depth
    UNION ALL
    SELECT e.child_id, seek.base + e.below_rank, CASE e.kind WHEN 'segment' THEN seek.rest ELSE substring(seek.rest FROM octet_length(e.name) + 2) END, seek.depth + 1
    FROM seek CROSS JOIN LATERAL (SELECT * FROM root_entries r WHERE r.directory_id = seek.dir AND r.name <= seek.rest AND r.child_id IS NOT NULL
      AND (r.kind = 'segment' OR r.name || ${SLASH} = substring(seek.rest FOR octet_length(r.name) + 1)) ORDER BY r.name DESC LIMIT 1) e
  ), start AS (
    SELECT last.base + least(
      (SELECT min(coalesce(e.rank, e.below_rank)) FROM root_entries e WHERE e.directory_id = last.dir AND e.name >= last.rest),
      (SELECT min(e.below_rank) FROM root_entries e WHERE e.directory_id = last.dir AND e.kind = 'directory' AND e.name || ${SLASH} >= last.rest), d.path_count) AS at
    FROM (SELECT * FROM seek ORDER BY depth DESC LIMIT 1) last JOIN root_directories d ON d.id = last.dir
  ), page AS (
    SELECT ${root} AS dir, 0 AS base, ''::bytea AS prefix
    UNION ALL
    SELECT e.child_id, page.base + e.below_rank, page.prefix || ${BELOW}
    FROM page CROSS JOIN start JOIN root_entries e ON e.directory_id = page.dir
    WHERE e.child_id IS NOT NULL AND page.base + e.below_rank < start.at + ${limit} AND page.base + e.below_rank + e.below_count > start.at
  )`;

/** `walk (dir, prefix)`: every directory with paths from `key` on and before `end`, where that is not null. */
export const directoriesWithin = (root: string, key: string, end: string): string => `walk AS (
    SELECT ${root} AS dir, ''::bytea AS prefix
    UNION ALL
    SELECT e.child_id, walk.prefix || ${BELOW} FROM walk JOIN root_entries e ON e.directory_id = walk.dir
    WHERE e.child_id IS NOT NULL AND (e.kind = 'segment' OR walk.prefix || e.name || '\\x30'::bytea > ${key}) AND (${end} IS NULL OR walk.prefix || e.name < ${end})
  )`;

/** `above (dir)`: directories that hold the bytes at any depth; `hits`: the entries that are they. `sha256`: a digest, or ANY of some. */
export const directoriesAbove = (sha256: string): string => `hits AS MATERIALIZED (SELECT e.directory_id, e.name, e.owner_id FROM root_entries e WHERE e.sha256 = ${sha256}
  ), above AS (
    SELECT hits.directory_id AS dir FROM hits
    UNION
    SELECT e.directory_id FROM above JOIN root_entries e ON e.child_id = above.dir
  )`;

/** `found (set_id, path, owner_id)`: where the bytes lie in `sets (id, root_directory_id)`; after `directoriesAbove`. */
export const pathsBelow = (sets: string): string => `edges AS MATERIALIZED (SELECT e.directory_id, ${BELOW} AS below, e.child_id FROM above JOIN root_entries e ON e.child_id = above.dir
  ), down AS (
    SELECT s.id AS set_id, s.root_directory_id AS dir, ''::bytea AS prefix FROM ${sets} s
    UNION ALL
    SELECT down.set_id, edges.child_id, down.prefix || edges.below FROM down JOIN edges ON edges.directory_id = down.dir
  ), found AS (SELECT down.set_id, down.prefix || hits.name AS path, hits.owner_id FROM down JOIN hits ON hits.directory_id = down.dir)`;

/** `reached (set_id, number, dir, directory_id, name, owner_id)`: entries at the nodes of a trie (trieOf), and what they lead to. A segment holds entries alone. */
export const entriesOfTrie = (sets: string, parents: string, names: string): string => `trie AS MATERIALIZED (SELECT * FROM unnest(${parents}::int[], ${names}::bytea[]) WITH ORDINALITY AS t(parent, name, number)
  ), reached AS (
    SELECT s.id AS set_id, 0::bigint AS number, s.root_directory_id AS dir, NULL::bigint AS directory_id, NULL::bytea AS name, NULL::int AS owner_id FROM ${sets} s
    UNION ALL
    SELECT reached.set_id, trie.number, CASE e.kind WHEN 'segment' THEN i.child_id ELSE e.child_id END, CASE e.kind WHEN 'segment' THEN e.child_id ELSE reached.dir END, trie.name, coalesce(e.owner_id, i.owner_id)
    FROM reached JOIN trie ON trie.parent = reached.number
    CROSS JOIN LATERAL (SELECT * FROM root_entries r WHERE r.directory_id = reached.dir AND r.name <= trie.name ORDER BY r.name DESC LIMIT 1) e
    LEFT JOIN root_entries i ON e.kind = 'segment' AND i.directory_id = e.child_id AND i.name = trie.name
    WHERE e.name = trie.name AND e.kind <> 'segment' OR i.name IS NOT NULL
  )`;
