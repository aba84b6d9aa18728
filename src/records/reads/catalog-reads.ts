import { readPage, readPages, rowsOf, type Database, type ListShape, type Page } from './statement.ts';

/** A name in the catalog with what it stands for now (the version published last where the catalog dropped it). */
export interface CatalogItemRow {
  id: string;
  kind: 'recipe' | 'board' | 'template' | 'architecture';
  name: string;
  digest: string | null;
  summary: string | null;
  definition: unknown;
}

export interface CatalogVersionRow {
  digest: string;
  itemId: string;
  kind: string;
  name: string;
  version: string | null;
  summary: string | null;
  license: string | null;
  definition: unknown;
  publishedAt: Date;
  sequence: number;
}

const ITEM = `i.id, i.kind::text AS kind, i.name, v.digest, v.summary, v.definition, i.name AS "k0"`;
const ITEM_FROM = `catalog_items i LEFT JOIN LATERAL (
  SELECT w.digest, w.summary, w.definition FROM catalog_versions w
  WHERE w.digest = i.current_digest OR (i.current_digest IS NULL AND w.item_id = i.id) ORDER BY w.sequence DESC LIMIT 1) v ON true`;
const ITEMS: ListShape = { name: 'catalog items', select: ITEM, from: ITEM_FROM, order: [{ column: 'i.name', type: 'text' }], direction: 'ASC' };

const VERSION = `v.digest, v.item_id AS "itemId", v.kind::text AS kind, v.name, v.version, v.summary, v.license, v.definition,
  v.published_at AS "publishedAt", v.sequence`;
const VERSIONS: ListShape & { parent: string } = {
  name: 'catalog versions', select: `${VERSION}, v.sequence AS "k0"`, from: 'catalog_versions v', parent: 'v.item_id',
  order: [{ column: 'v.sequence', type: 'int' }], direction: 'DESC',
};

const ITEMS_BY_ID = { name: 'catalog items by id', text: `SELECT ${ITEM} FROM ${ITEM_FROM} WHERE i.id = ANY($1::text[])` };
const ITEMS_BY_NAME = { name: 'catalog items by name', text: `SELECT ${ITEM} FROM ${ITEM_FROM} WHERE i.kind = $1::catalog_kind AND i.name = ANY($2::text[])` };
const VERSIONS_BY_DIGEST = { name: 'catalog versions by digest', text: `SELECT ${VERSION} FROM catalog_versions v WHERE v.digest = ANY($1::text[])` };

export interface CatalogReads {
  items(kind: 'recipe' | 'board', page: Page): Promise<CatalogItemRow[]>;
  itemsById(ids: readonly string[]): Promise<CatalogItemRow[]>;
  itemsByName(kind: 'recipe' | 'board', names: readonly string[]): Promise<CatalogItemRow[]>;
  /** Newest first, by item id. */
  versionsOf(itemIds: readonly string[], page: Page): Promise<Map<string, CatalogVersionRow[]>>;
  versionsByDigest(digests: readonly string[]): Promise<CatalogVersionRow[]>;
}

export function catalogReads(database: Database): CatalogReads {
  return {
    items: (kind, page) => readPage(database, ITEMS, [{ tag: 'kind', sql: 'i.kind = ?::catalog_kind', values: [kind] }], page),
    itemsById: (ids) => rowsOf(database, ITEMS_BY_ID, [ids]),
    itemsByName: (kind, names) => rowsOf(database, ITEMS_BY_NAME, [kind, names]),
    versionsOf: (itemIds, page) => readPages<CatalogVersionRow & { parentKey: string }>(database, VERSIONS, itemIds, [], page),
    versionsByDigest: (digests) => rowsOf(database, VERSIONS_BY_DIGEST, [digests]),
  };
}
