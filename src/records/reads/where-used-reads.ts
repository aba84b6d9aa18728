import { VERIFY } from '../build-reference.ts';
import { askedKey, type ComponentKey } from '../component-keys.ts';
import type { BuildStateName } from './build-reads.ts';
import { CURRENT_INVENTORY } from './component-reads.ts';
import { readPage, type Database, type ListCondition, type ListShape, type Page } from './statement.ts';

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

/** The key of `component_uses` is this order: a page costs the same however often something is used. Rebuilds that check others are not in it. */
const COMPONENTS: ListShape = {
  name: 'where used', from: 'component_uses u JOIN builds b ON b.id = u.build_id JOIN inventory_components c ON c.inventory_digest = u.inventory_digest AND c.ref = u.ref',
  select: `${BUILD}, c.ref AS "componentRef", c.name AS "componentName", c.version AS "componentVersion", NULL::bytea AS path, u.ref AS place, u.build_id AS "k0", u.ref AS "k1"`,
  order: [{ column: 'u.build_id', type: 'text' }, { column: 'u.ref', type: 'text' }], direction: 'DESC',
};

const OF_COMPONENT = (column: string): string => `(SELECT c.${column} FROM inventory_components c
  WHERE c.inventory_digest = ${CURRENT_INVENTORY('u.build_id')} AND c.kind = u.component_kind AND c.name = u.component_name LIMIT 1)`;
/** Tables are their packages'; a place in hexadecimal is never the name of an image with a word before it. */
const FILES: ListShape = {
  name: 'where a file is used', from: `(
    SELECT f.sha256, s.id AS build_id, CASE o.kind WHEN 'generator' THEN o.kind ELSE 'package' END AS component_kind, o.name AS component_name, f.path, encode(f.path, 'hex') AS place
      FROM root_files f JOIN builds s ON s.file_set_id = f.set_id JOIN file_owners o ON o.set_id = f.set_id AND o.number = f.owner_number
    UNION ALL SELECT m.sha256, m.build_id, 'image', m.name, NULL, 'image ' || m.name FROM images m) u JOIN builds b ON b.id = u.build_id`,
  select: `${BUILD}, ${OF_COMPONENT('ref')} AS "componentRef", u.component_name AS "componentName", ${OF_COMPONENT('version')} AS "componentVersion", u.path, u.place,
    u.build_id AS "k0", u.place AS "k1"`,
  order: [{ column: 'u.build_id', type: 'text' }, { column: 'u.place', type: 'text' }], direction: 'DESC',
};

export interface WhereUsedReads {
  /** Newest build first, rebuilds that check others left out; `page.after` is `[buildId, place]`. */
  whereUsed(question: WhereUsedQuestion, page: Page): Promise<WhereUsedRow[]>;
}

export function whereUsedReads(database: Database): WhereUsedReads {
  return {
    whereUsed: (question, page) => 'fileSha256' in question
      ? readPage(database, FILES, [{ tag: '', sql: 'u.sha256 = ? AND b.purpose <> ?', values: [question.fileSha256, VERIFY] }], page)
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
