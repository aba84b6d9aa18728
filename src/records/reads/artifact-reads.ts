import { directoriesAbove, pathsBelow } from './root-walks.ts';
import { groupBy, rowsOf, type Database } from './statement.ts';

/** `name` is bytes: a path may be no text. */
export interface ArtifactUseRow { digest: string; buildId: string; role: 'IMAGE' | 'FILE' | 'INPUT' | 'OUTPUT'; name: Buffer }
export interface BlobRow { sha256: string; sha512: string; sizeBytes: number }

const BLOBS = {
  name: 'blobs', text: `SELECT o.sha256, o.sha512, o.size_bytes::float8 AS "sizeBytes" FROM blobs o WHERE o.sha256 = ANY($1::text[])`,
};
/** Each branch has an index on the digest and a limit of its own, so bytes that are everywhere cost no more. */
const USES = {
  name: 'artifact uses', text: `SELECT d.digest, u."buildId", u.role, u.name FROM unnest($1::text[]) AS d(digest) CROSS JOIN LATERAL (
    (SELECT m.build_id AS "buildId", 'IMAGE' AS role, convert_to(m.name, 'UTF8') AS name FROM images m WHERE m.sha256 = d.digest ORDER BY m.id DESC LIMIT $2::int)
    UNION ALL
    (WITH RECURSIVE ${directoriesAbove('d.digest')}, newest AS MATERIALIZED (
        SELECT b.id, b.file_set_id FROM above JOIN file_sets s ON s.root_directory_id = above.dir JOIN builds b ON b.file_set_id = s.id ORDER BY b.id DESC LIMIT $2::int),
      ${pathsBelow('(SELECT s.* FROM file_sets s WHERE s.id IN (SELECT newest.file_set_id FROM newest))', 'd.digest')}
      SELECT newest.id, 'FILE', found.path FROM newest JOIN found ON found.set_id = newest.file_set_id ORDER BY newest.id DESC LIMIT $2::int)
    UNION ALL
    (SELECT i.build_id, 'INPUT', convert_to(i.name, 'UTF8') FROM build_inputs i WHERE i.digest = d.digest ORDER BY i.build_id DESC LIMIT $2::int)
    UNION ALL
    (SELECT s.build_id, 'OUTPUT', convert_to(s.name || ' ' || x.name, 'UTF8') FROM execution_outputs x JOIN build_steps s ON s.execution_id = x.execution_id
      WHERE x.tree_digest = d.digest ORDER BY s.build_id DESC LIMIT $2::int)
  ) u ORDER BY u."buildId" DESC, u.role DESC, u.name`,
};

export interface ArtifactReads {
  blobs(digests: readonly string[]): Promise<BlobRow[]>;
  /** Newest build first; at most `limit` for each digest and role. */
  usesOf(digests: readonly string[], limit: number): Promise<Map<string, ArtifactUseRow[]>>;
}

export function artifactReads(database: Database): ArtifactReads {
  return {
    blobs: (digests) => rowsOf(database, BLOBS, [digests]),
    usesOf: async (digests, limit) => groupBy(await rowsOf<ArtifactUseRow>(database, USES, [digests, limit]), (row) => row.digest, digests),
  };
}
