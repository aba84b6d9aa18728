import type { PathBytes } from '../../tree/entry.ts';
import { askedKey } from '../component-keys.ts';
import { CURRENT_INVENTORY } from './component-reads.ts';
import type { FileRow } from './file-reads.ts';
import { directoriesAbove, entriesOfTrie, fileColumns, pathsBelow } from './root-walks.ts';
import { rowsOf, type Database } from './statement.ts';
import { trieOf } from './trie-of-paths.ts';

/** Builds that succeeded, of one target, board or configuration; rebuilds that check others are not among them. */
export type HistoryScope = { target: string } | { board: string } | { configuration: string };

export interface HistoryBuildRow { buildId: string; targetName: string; definitionDigest: string; finishedAt: Date }

/** `entry` null: the path is not in that build. */
export interface PathStateRow extends HistoryBuildRow { entry: (Omit<FileRow, 'path'> & { major: number | null; minor: number | null; xattrs: Readonly<Record<string, string>> | null }) | null }

/** How a package was made. `planKey`: of its main step, null where none is on record; two that are equal were made in the same way. */
export interface PackageMaking { version: string; license: string; role: string; recipeDigest: string; planKey: string | null; options: Readonly<Record<string, unknown>> }

/** `made` null: the package is not in that build. */
export interface PackageStateRow extends HistoryBuildRow { made: PackageMaking | null }

/** With what it was made from, without its inventory: sources and patches of its recipe, its template by the build's definition. */
export interface MadePackageRow extends PackageMaking {
  buildId: string;
  name: string;
  sources: readonly { file: string; sha256: string }[];
  patches: readonly { file: string; sha256: string }[];
  template: string | null;
  templateDigest: string | null;
}

/** `packages` null: the build has no inventory. */
export interface LicenseStateRow extends HistoryBuildRow { packages: string[] | null }

/** `files`: where bytes out of a list lie. */
export interface HoldingRow extends HistoryBuildRow { files: { path: Buffer; owner: string }[] }

/** All newest first, at most `last` of them. */
export interface HistoryReads {
  path(scope: HistoryScope, path: PathBytes, last: number): Promise<PathStateRow[]>;
  package(scope: HistoryScope, name: string, last: number): Promise<PackageStateRow[]>;
  /** Names of the components that have it, by an id as it stands in expressions. */
  license(scope: HistoryScope, id: string, last: number): Promise<LicenseStateRow[]>;
  /** Digests of the regular files of all roots that may hold code: executable ones, libraries, modules. */
  codeFiles(scope: HistoryScope, last: number): Promise<{ sha256: string; sizeBytes: number }[]>;
  holding(scope: HistoryScope, digests: readonly string[], last: number): Promise<HoldingRow[]>;
  /** Of pairs of a build and a package, those that are on record. */
  madePackages(keys: readonly (readonly [buildId: string, name: string])[]): Promise<MadePackageRow[]>;
}

const BUILD = 'b.id AS "buildId", b.target_name AS "targetName", b.definition_digest AS "definitionDigest", coalesce(b.finished_at, b.created_at) AS "finishedAt"';
const WHERE = {
  target: 'b.target_name = $1', board: 'b.board_name = $1', configuration: 'b.configuration_id IN (SELECT c.id FROM configurations c WHERE c.name = $1)',
} as const;
type ScopeKind = keyof typeof WHERE;

/** `$1` is the scope's name, `$2` how many. */
const scopeOf = (kind: ScopeKind): string => `scope AS MATERIALIZED (
  SELECT b.* FROM builds b WHERE ${WHERE[kind]} AND b.state = 'SUCCEEDED' AND b.purpose = 'build' AND b.file_set_id IS NOT NULL ORDER BY b.id DESC LIMIT $2::int)`;
const SETS = '(SELECT s.* FROM file_sets s WHERE s.id IN (SELECT scope.file_set_id FROM scope))';
const PLAN_KEY = '(SELECT s.plan_key FROM build_steps s WHERE s.build_id = p.build_id AND s.name = coalesce(p.step_name, p.name))';
const LISTED = (field: string): string => `coalesce((SELECT json_agg(json_build_object('file', x->>'file', 'sha256', x->>'sha256')) FROM jsonb_array_elements(v.definition->'${field}') x), '[]') AS ${field}`;

/** A directory more for each name of the path and root that is another; 8 ms of the processor for 100 builds of 15,000 files. */
const PATHS = (kind: ScopeKind): string => `WITH RECURSIVE ${scopeOf(kind)}, ${entriesOfTrie(SETS, '$3', '$4')}
  SELECT ${BUILD}, CASE WHEN e.name IS NOT NULL THEN json_build_object('major', e.major, 'minor', e.minor, 'xattrs', e.xattrs) END AS more, ${fileColumns("''::bytea")}
  FROM scope b LEFT JOIN reached r ON r.set_id = b.file_set_id AND r.number = $5::int LEFT JOIN root_entries e ON e.directory_id = r.directory_id AND e.name = r.name LEFT JOIN path_owners o ON o.id = e.owner_id
  ORDER BY b.id DESC`;
const PACKAGES = (kind: ScopeKind): string => `WITH ${scopeOf(kind)}
  SELECT ${BUILD}, CASE WHEN p.name IS NOT NULL THEN json_build_object('version', p.version, 'license', p.license, 'role', p.role, 'recipeDigest', p.recipe_digest, 'options', p.options, 'planKey', ${PLAN_KEY}) END AS made
  FROM scope b LEFT JOIN build_packages p ON p.build_id = b.id AND p.name = $3 ORDER BY b.id DESC`;
const LICENSES = (kind: ScopeKind): string => `WITH ${scopeOf(kind)}
  SELECT ${BUILD}, CASE WHEN ${CURRENT_INVENTORY('b.id')} IS NOT NULL THEN ARRAY(SELECT DISTINCT c.name COLLATE "C" FROM component_uses u JOIN inventory_components c ON c.inventory_digest = u.inventory_digest AND c.ref = u.ref
    WHERE u.kind = 'license' AND u.key = $3 AND u.build_id = b.id ORDER BY 1) END AS packages
  FROM scope b ORDER BY b.id DESC`;
/** Each directory that the roots share is looked at once. */
const CODE_FILES = (kind: ScopeKind): string => `WITH RECURSIVE ${scopeOf(kind)}, within AS (
    SELECT s.root_directory_id AS dir FROM ${SETS} s UNION SELECT e.child_id FROM within JOIN root_entries e ON e.directory_id = within.dir WHERE e.child_id IS NOT NULL)
  SELECT DISTINCT e.sha256, e.size_bytes::float8 AS "sizeBytes" FROM within JOIN root_entries e ON e.directory_id = within.dir
  WHERE e.kind = 'file' AND e.size_bytes >= 52 AND (e.mode & 73 <> 0 OR position('.so'::bytea IN e.name) > 0 OR position('.ko'::bytea IN e.name) > 0) ORDER BY 1`;
const HOLDING = (kind: ScopeKind): string => `WITH RECURSIVE ${scopeOf(kind)}, ${directoriesAbove('ANY($3::text[])')}, ${pathsBelow(SETS, 'ANY($3::text[])')}
  SELECT ${BUILD}, coalesce((SELECT json_agg(json_build_object('path', encode(found.path, 'hex'), 'owner', o.name) ORDER BY found.path) FROM found JOIN path_owners o ON o.id = found.owner_id WHERE found.set_id = b.file_set_id), '[]') AS files
  FROM scope b ORDER BY b.id DESC`;
const MADE_PACKAGES = {
  name: 'how packages were made', text: `SELECT p.build_id AS "buildId", p.name, p.version, p.license, p.role, p.recipe_digest AS "recipeDigest", p.options, ${PLAN_KEY} AS "planKey", ${LISTED('sources')}, ${LISTED('patches')},
      v.definition->>'uses' AS template, d.document::jsonb->'templates'->>(v.definition->>'uses') AS "templateDigest"
    FROM unnest($1::text[], $2::text[]) AS k(build_id, name) JOIN build_packages p ON p.build_id = k.build_id AND p.name = k.name JOIN builds b ON b.id = p.build_id
      LEFT JOIN documents d ON d.digest = b.definition_digest LEFT JOIN catalog_versions v ON v.digest = p.recipe_digest`,
};

type FoundEntry = HistoryBuildRow & Omit<FileRow, 'path'> & { path: Buffer; more: Pick<NonNullable<PathStateRow['entry']>, 'major' | 'minor' | 'xattrs'> | null };
type FoundHolding = HistoryBuildRow & { files: { path: string; owner: string }[] };

export function historyReads(database: Database): HistoryReads {
  return {
    path: async (scope, path, last) => {
      const { parents, names, numbers } = trieOf([path]);
      return (await scoped<FoundEntry>(database, 'a path', PATHS, scope, last, [parents, names, numbers.get(path) ?? -1])).map(({ more, path: _none, buildId, targetName, definitionDigest, finishedAt, ...entry }): PathStateRow =>
        ({ buildId, targetName, definitionDigest, finishedAt, entry: more === null ? null : { ...entry, ...more } }));
    },
    package: (scope, name, last) => scoped(database, 'a package', PACKAGES, scope, last, [name]),
    license: (scope, id, last) => scoped(database, 'a license', LICENSES, scope, last, [askedKey('license', id)]),
    codeFiles: (scope, last) => scoped(database, 'code', CODE_FILES, scope, last),
    holding: async (scope, digests, last) => (await scoped<FoundHolding>(database, 'bytes', HOLDING, scope, last, [digests]))
      .map(({ files, ...build }) => ({ ...build, files: files.map(({ path, owner }) => ({ path: Buffer.from(path, 'hex'), owner })) })),
    madePackages: (keys) => rowsOf(database, MADE_PACKAGES, [keys.map(([id]) => id), keys.map(([, name]) => name)]),
  };
}

/** One statement for each kind of scope: its condition is text of ours. */
function scoped<Row>(database: Database, of: string, text: (kind: ScopeKind) => string, scope: HistoryScope, last: number, more: readonly unknown[] = []): Promise<Row[]> {
  const [[kind, name]] = Object.entries(scope) as [[ScopeKind, string]];
  return rowsOf(database, { name: `history of ${of} in a ${kind}`, text: text(kind) }, [name, last, ...more]);
}
