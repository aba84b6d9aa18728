import { VERIFY } from '../build-reference.ts';
import { askedKey, type ComponentKey } from '../component-keys.ts';
import type { BuildStateName } from './build-reads.ts';
import { CURRENT_INVENTORY } from './component-reads.ts';
import { directoriesAbove, pathsBelow } from './root-walks.ts';
import { readPage, rowsOf, type Database, type ListCondition, type ListShape, type Page } from './statement.ts';

/**
 * `purl`: as it stands, without qualifiers, or without its version, which means all. `cpe`: the same; `*` at its end says
 * nothing. `license`: an id. `fileSha256`: of a path in a final root, or of an image.
 */
export type WhereUsedQuestion = { purl: string } | { cpe: string } | { sourceSha256: string } | { license: string } | { fileSha256: string };

export interface WhereUsedRow {
  buildId: string;
  /** What users call the build. */
  target: string;
  state: BuildStateName;
  finishedAt: Date | null;
  /** Of a file its owner's, of an image its own; null where the build has no inventory. */
  componentRef: string | null;
  componentName: string;
  componentVersion: string | null;
  /** Of a file: bytes, no slash before it. */
  path: Buffer | null;
  /** Tells the rows of one build apart; with the build's id it is what the next page goes on behind. */
  place: string;
}

const BUILD = 'b.id AS "buildId", b.target_name AS target, b.state::text AS state, b.finished_at AS "finishedAt"';

/**
 * The key of `component_uses` is this order: a page costs the same however often something is used. A GIN index over arrays takes
 * far less space, and 100 ms wherever the planner guesses wrong (a license of half of 100,000 components; a key of old builds
 * only). Rebuilds that check others are not in it.
 */
const COMPONENTS: ListShape = {
  name: 'where used', from: 'component_uses u JOIN builds b ON b.id = u.build_id JOIN inventory_components c ON c.inventory_digest = u.inventory_digest AND c.ref = u.ref',
  select: `${BUILD}, c.ref AS "componentRef", c.name AS "componentName", c.version AS "componentVersion", NULL::bytea AS path, u.ref AS place, u.build_id AS "k0", u.ref AS "k1"`,
  order: [{ column: 'u.build_id', type: 'text' }, { column: 'u.ref', type: 'text' }], direction: 'DESC',
};

/**
 * As many builds as a page can have are chosen first (each has a row at least, the one to go on behind perhaps no more): of bytes
 * that lie twenty times in each of 1,000 builds a page took 410 ms when all their rows were sorted, and takes some 20. Tables are their packages'.
 * A place in hexadecimal is never the name of an image with a word before it.
 */
const FILES = {
  name: 'where a file is used',
  text: `WITH RECURSIVE ${directoriesAbove('$1')}, page AS MATERIALIZED (
      SELECT b.id, b.file_set_id FROM builds b JOIN (
          SELECT b.id FROM above JOIN file_sets s ON s.root_directory_id = above.dir JOIN builds b ON b.file_set_id = s.id
          UNION SELECT m.build_id FROM images m WHERE m.sha256 = $1) used ON used.id = b.id
        WHERE b.purpose <> '${VERIFY}' AND ($3::text IS NULL OR b.id <= $3) ORDER BY b.id DESC LIMIT $2::int + 2),
    ${pathsBelow('(SELECT s.* FROM file_sets s WHERE s.id IN (SELECT page.file_set_id FROM page))', '$1')},
    uses AS (
      SELECT page.id, CASE o.kind WHEN 'generator' THEN o.kind ELSE 'package' END AS kind, o.name, found.path, encode(found.path, 'hex') AS place
        FROM page JOIN found ON found.set_id = page.file_set_id JOIN path_owners o ON o.id = found.owner_id
      UNION ALL SELECT page.id, 'image', m.name, NULL, 'image ' || m.name FROM page JOIN images m ON m.build_id = page.id AND m.sha256 = $1),
    told AS (SELECT * FROM uses u WHERE $3::text IS NULL OR (u.id, u.place) < ($3, $4::text) ORDER BY u.id DESC, u.place DESC LIMIT $2::int + 1)
    SELECT ${BUILD}, c.ref AS "componentRef", u.name AS "componentName", c.version AS "componentVersion", u.path, u.place FROM told u JOIN builds b ON b.id = u.id
      LEFT JOIN LATERAL (SELECT i.ref, i.version FROM inventory_components i WHERE i.inventory_digest = ${CURRENT_INVENTORY('u.id')} AND i.kind = u.kind AND i.name = u.name LIMIT 1) c ON true
    ORDER BY u.id DESC, u.place DESC`,
};

export interface WhereUsedReads {
  /** Newest build first, rebuilds that check others left out; `page.after` is `[buildId, place]`. */
  whereUsed(question: WhereUsedQuestion, page: Page): Promise<WhereUsedRow[]>;
}

export function whereUsedReads(database: Database): WhereUsedReads {
  return {
    whereUsed: (question, page) => 'fileSha256' in question
      ? rowsOf(database, FILES, [question.fileSha256, page.first, page.after?.[0] ?? null, page.after?.[1] ?? null])
      : readPage(database, COMPONENTS, keyConditions(keyOf(question)), page),
  };
}

function keyOf(question: Exclude<WhereUsedQuestion, { fileSha256: string }>): ComponentKey {
  if ('purl' in question) return { kind: 'purl', key: askedKey('purl', question.purl) };
  if ('cpe' in question) return { kind: 'cpe', key: askedKey('cpe', question.cpe) };
  if ('license' in question) return { kind: 'license', key: askedKey('license', question.license) };
  return { kind: 'source', key: question.sourceSha256 };
}

function keyConditions({ kind, key }: ComponentKey): ListCondition[] {
  return [{ tag: '', sql: 'u.kind = ? AND u.key = ?', values: [kind, key] }];
}
