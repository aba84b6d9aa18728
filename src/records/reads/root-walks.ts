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
 * `e`: the entries of a directory that a walk came to and that lead on, by key. As a plain join the planner, who cannot know how
 * many directories there are, reads the whole table at each step: 42 ms of the processor in place of 8 at 100 builds.
 */
const leadingOn = (dir: string): string => `CROSS JOIN LATERAL (SELECT * FROM root_entries r WHERE r.directory_id = ${dir} AND r.child_id IS NOT NULL OFFSET 0) e`;

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
    FROM page CROSS JOIN start ${leadingOn('page.dir')}
    WHERE page.base + e.below_rank < start.at + ${limit} AND page.base + e.below_rank + e.below_count > start.at
  )`;

/** `walk (dir, prefix)`: every directory with paths from `key` on and before `end`, where that is not null. */
export const directoriesWithin = (root: string, key: string, end: string): string => `walk AS (
    SELECT ${root} AS dir, ''::bytea AS prefix
    UNION ALL
    SELECT e.child_id, walk.prefix || ${BELOW} FROM walk ${leadingOn('walk.dir')}
    WHERE (e.kind = 'segment' OR walk.prefix || e.name || '\\x30'::bytea > ${key}) AND (${end} IS NULL OR walk.prefix || e.name < ${end})
  )`;

/**
 * `above (dir)`: directories that hold the bytes at any depth. `sha256`: a digest, or ANY of some. As a plain join the planner
 * reads the whole index at each step where the bytes are said to lie in many places.
 */
export const directoriesAbove = (sha256: string): string => `above AS (
    SELECT e.directory_id AS dir FROM root_entries e WHERE e.sha256 = ${sha256}
    UNION
    SELECT e.directory_id FROM above CROSS JOIN LATERAL (SELECT r.directory_id FROM root_entries r WHERE r.child_id = above.dir OFFSET 0) e
  )`;

/**
 * `found (set_id, path, owner_id)`: where the bytes lie in `sets (id, root_directory_id)`; after `directoriesAbove`. In a CASE,
 * for as a join the planner, who cannot know how many directories there are, takes each with each: 290 ms of an empty file
 * that lies 20 times in each of 40 builds. Through an array, of which it thinks that it is short, so that it hashes it
 * whatever it thinks of the directories: 60 ms in place of 1.7 s of 200 builds.
 */
export const pathsBelow = (sets: string, sha256: string): string => `down AS (
    SELECT s.id AS set_id, s.root_directory_id AS dir, ''::bytea AS prefix FROM ${sets} s
    UNION ALL
    SELECT down.set_id, e.child_id, down.prefix || ${BELOW} FROM down ${leadingOn('down.dir')}
    WHERE CASE WHEN e.child_id IN (SELECT unnest(ARRAY(SELECT above.dir FROM above))) THEN true ELSE false END
  ), found AS (SELECT down.set_id, down.prefix || e.name AS path, e.owner_id FROM down JOIN root_entries e ON e.sha256 = ${sha256} AND e.directory_id = down.dir)`;

/** `reached (set_id, number, dir, directory_id, name, owner_id)`: entries at the nodes of a trie (trieOf), and what they lead to. A segment holds entries alone. */
export const entriesOfTrie = (sets: string, parents: string, names: string): string => `trie AS MATERIALIZED (SELECT * FROM unnest(${parents}::int[], ${names}::bytea[]) WITH ORDINALITY AS t(parent, name, number)
  ), reached AS (
    SELECT s.id AS set_id, 0::bigint AS number, s.root_directory_id AS dir, NULL::bigint AS directory_id, NULL::bytea AS name, NULL::int AS owner_id FROM ${sets} s
    UNION ALL
    SELECT reached.set_id, trie.number, CASE e.kind WHEN 'segment' THEN i.child_id ELSE e.child_id END, CASE e.kind WHEN 'segment' THEN e.child_id ELSE reached.dir END, trie.name, coalesce(e.owner_id, i.owner_id)
    FROM reached JOIN trie ON trie.parent = reached.number
    CROSS JOIN LATERAL (SELECT * FROM root_entries r WHERE r.directory_id = reached.dir AND r.name <= trie.name ORDER BY r.name DESC LIMIT 1) e
    LEFT JOIN LATERAL (SELECT * FROM root_entries r WHERE e.kind = 'segment' AND r.directory_id = e.child_id AND r.name = trie.name OFFSET 0) i ON true
    WHERE e.name = trie.name AND e.kind <> 'segment' OR i.name IS NOT NULL
  )`;
