import { pathFromBuffer, pathToBuffer, type PathBytes } from '../../tree/entry.ts';
import { readPages, rowsOf, type Database, type ListCondition, type ListShape, type Page } from './statement.ts';

/** An entry of a final root; paths and targets are bytes. */
export interface FileRow {
  path: Buffer;
  kind: string;
  mode: number;
  uid: number;
  gid: number;
  sizeBytes: number | null;
  sha256: string | null;
  target: Buffer | null;
  owner: string;
  /** `package`, `table` (of a package), `generator`. */
  ownerKind: string;
  ownerReason: string;
}

export interface FileFilter {
  /** Bytes that the path begins with. */
  pathPrefix?: Uint8Array;
  owner?: string;
  sha256?: string;
}

const FILES: ListShape & { parent: string; parentType: string } = {
  name: 'files', parent: 'f.set_id', parentType: 'bigint',
  select: `f.path, f.kind, f.mode, f.uid::float8 AS uid, f.gid::float8 AS gid, f.size_bytes::float8 AS "sizeBytes", f.sha256, f.target,
    o.name AS owner, o.kind AS "ownerKind", o.reason AS "ownerReason", f.path AS "k0"`,
  from: 'root_files f JOIN file_owners o ON o.set_id = f.set_id AND o.number = f.owner_number',
  order: [{ column: 'f.path', type: 'bytea' }], direction: 'ASC',
};

/** Who owns a path; `kind` as `FileRow.ownerKind`. */
export interface OwnerRow { owner: string; ownerKind: string; ownerReason: string }

const OWNERS = {
  name: 'owners of paths',
  text: `SELECT f.set_id::text AS "setId", f.path, o.name AS owner, o.kind AS "ownerKind", o.reason AS "ownerReason"
    FROM root_files f JOIN file_owners o ON o.set_id = f.set_id AND o.number = f.owner_number WHERE f.set_id = ANY($1::bigint[]) AND f.path = ANY($2::bytea[])`,
};

export interface FileReads {
  /** Of those of the paths that a set has, by file set id and path, in one statement. */
  ownersOf(fileSetIds: readonly string[], paths: readonly PathBytes[]): Promise<Map<string, Map<PathBytes, OwnerRow>>>;
  /** In byte order of path, by file set id; `page.after` is `[path]`. */
  ofSets(fileSetIds: readonly string[], filter: FileFilter, page: Page): Promise<Map<string, FileRow[]>>;
}

export function fileReads(database: Database): FileReads {
  return {
    ownersOf: async (ids, paths) => {
      const found = new Map(ids.map((id) => [id, new Map<PathBytes, OwnerRow>()]));
      for (const { setId, path, ...owner } of await rowsOf<OwnerRow & { setId: string; path: Buffer }>(database, OWNERS, [ids, paths.map(pathToBuffer)])) found.get(setId)!.set(pathFromBuffer(path), owner);
      return found;
    },
    ofSets: (ids, filter, page) => readPages<FileRow & { parentKey: string }>(database, FILES, ids, fileConditions(filter), page),
  };
}

function fileConditions({ pathPrefix, owner, sha256 }: FileFilter): ListCondition[] {
  const conditions: ListCondition[] = [];
  if (pathPrefix !== undefined) {
    conditions.push({ tag: 'from', sql: 'f.path >= ?::bytea', values: [Buffer.from(pathPrefix)] });
    const end = firstBehindPrefix(pathPrefix);
    if (end !== undefined) conditions.push({ tag: 'to', sql: 'f.path < ?::bytea', values: [end] });
  }
  if (owner !== undefined) conditions.push({ tag: 'owner', sql: 'o.name = ?', values: [owner] });
  if (sha256 !== undefined) conditions.push({ tag: 'sha256', sql: 'f.sha256 = ?', values: [sha256] });
  return conditions;
}

/** The smallest byte string above all that begin with the prefix; undefined where there is none. */
function firstBehindPrefix(prefix: Uint8Array): Buffer | undefined {
  const end = Buffer.from(prefix);
  for (let i = end.length - 1; i >= 0; i--) {
    if (end[i]! < 0xff) { end[i]!++; return end.subarray(0, i + 1); }
  }
  return undefined;
}
