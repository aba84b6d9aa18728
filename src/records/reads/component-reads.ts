import { groupBy, readPage, readPages, rowsOf, type Database, type ListCondition, type ListShape, type Page } from './statement.ts';

export interface CurrentInventoryRow {
  buildId: string;
  digest: string;
  definitionDigest: string;
  rootTree: string;
  recordedAt: Date;
  /** What comparing asks of it, a blob; null where none was made yet. */
  outline: { format: number; sha256: string } | null;
}

export interface ComponentRow {
  inventoryDigest: string;
  ref: string;
  kind: string;
  scope: string;
  name: string;
  version: string;
  /** Expression; null where none is known. */
  license: string | null;
  /** The ids in it. */
  licenses: string[];
  purls: string[];
  cpes: string[];
  sourceSha256s: string[];
}

export interface ComponentFilter {
  scope?: string;
  kind?: string;
  /** In any case. */
  nameContains?: string;
  /** An id, as it stands in expressions. */
  license?: string;
  /** Whole, or up to its version, qualifiers or subpath. */
  purl?: string;
}

export interface ComponentCountRow { buildId: string; kind: string; scope: string; count: number }

/** `license` null: nothing is known of their license. `packages` are all components but images and the root. */
export interface LicenseCountRow { license: string | null; packages: number; shippedPackages: number }

/** The newest counts. */
export const CURRENT_INVENTORY = (build: string): string => `(SELECT l.inventory_digest FROM build_inventories l WHERE l.build_id = ${build} ORDER BY l.id DESC LIMIT 1)`;

const CURRENT = {
  name: 'current inventories', text: `SELECT k.build_id AS "buildId", i.digest, i.definition_digest AS "definitionDigest", i.root_tree AS "rootTree", l.recorded_at AS "recordedAt",
      CASE WHEN o.sha256 IS NOT NULL THEN json_build_object('format', o.format, 'sha256', o.sha256) END AS outline
    FROM unnest($1::text[]) AS k(build_id) CROSS JOIN LATERAL (SELECT l.* FROM build_inventories l WHERE l.build_id = k.build_id ORDER BY l.id DESC LIMIT 1) l
    JOIN inventories i ON i.digest = l.inventory_digest LEFT JOIN inventory_outlines o ON o.inventory_digest = i.digest`,
};
const COMPONENT = 'c.inventory_digest AS "inventoryDigest", c.ref, c.kind, c.scope, c.name, c.version, c.license, c.licenses, c.purls, c.cpes, c.source_sha256s AS "sourceSha256s"';
const COMPONENTS: ListShape & { parent: string } = {
  name: 'components', select: `${COMPONENT}, c.name AS "k0", c.ref AS "k1"`, from: 'inventory_components c', parent: 'c.inventory_digest', order: [{ column: 'c.name', type: 'text' }, { column: 'c.ref', type: 'text' }], direction: 'ASC',
};
const COMPONENTS_NAMED = {
  name: 'components by name', text: `SELECT ${COMPONENT} FROM unnest($1::text[], $2::text[], $3::text[]) AS k(inventory_digest, kind, name)
    JOIN inventory_components c ON c.inventory_digest = k.inventory_digest AND c.kind = k.kind AND c.name = k.name ORDER BY c.ref`,
};
const COUNTS = {
  name: 'component counts', text: `SELECT k.build_id AS "buildId", c.kind, c.scope, count(*)::int AS count FROM unnest($1::text[]) AS k(build_id)
    JOIN inventory_components c ON c.inventory_digest = ${CURRENT_INVENTORY('k.build_id')} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
};
const LICENSES = {
  name: 'licenses of a build', text: `SELECT l.id AS license, count(*)::int AS packages, (count(*) FILTER (WHERE c.scope = 'ships'))::int AS "shippedPackages"
    FROM inventory_components c LEFT JOIN LATERAL unnest(c.licenses) AS l(id) ON true
    WHERE c.inventory_digest = ${CURRENT_INVENTORY('$1')} AND c.kind NOT IN ('image', 'root-file-system')
    GROUP BY 1 ORDER BY l.id COLLATE "C" NULLS LAST`,
};

export interface ComponentName { inventoryDigest: string; kind: string; name: string }

export interface ComponentReads {
  /** By build; one without an inventory is absent. */
  currentInventory(buildIds: readonly string[]): Promise<Map<string, CurrentInventoryRow>>;
  /** Of the inventory that counts, by name; `page.after` is `[name, ref]`. */
  components(buildId: string, filter: ComponentFilter, page: Page): Promise<ComponentRow[]>;
  /** The same of many inventories, by digest. */
  componentsOf(inventoryDigests: readonly string[], filter: ComponentFilter, page: Page): Promise<Map<string, ComponentRow[]>>;
  componentsNamed(keys: readonly ComponentName[]): Promise<ComponentRow[]>;
  componentCounts(buildIds: readonly string[]): Promise<Map<string, ComponentCountRow[]>>;
  /** By license; a component with three counts with each. */
  licensesSummary(buildId: string): Promise<LicenseCountRow[]>;
}

export function componentReads(database: Database): ComponentReads {
  return {
    currentInventory: async (ids) => new Map((await rowsOf<CurrentInventoryRow>(database, CURRENT, [ids])).map((found) => [found.buildId, found])),
    components: (buildId, filter, page) =>
      readPage(database, COMPONENTS, [{ tag: 'of a build', sql: `c.inventory_digest = ${CURRENT_INVENTORY('?')}`, values: [buildId] }, ...componentConditions(filter)], page),
    componentsOf: (digests, filter, page) => readPages<ComponentRow & { parentKey: string }>(database, COMPONENTS, digests, componentConditions(filter), page),
    componentsNamed: (keys) => rowsOf(database, COMPONENTS_NAMED, [keys.map(({ inventoryDigest }) => inventoryDigest), keys.map(({ kind }) => kind), keys.map(({ name }) => name)]),
    componentCounts: async (ids) => groupBy(await rowsOf<ComponentCountRow>(database, COUNTS, [ids]), ({ buildId }) => buildId, ids),
    licensesSummary: (buildId) => rowsOf(database, LICENSES, [buildId]),
  };
}

function componentConditions({ scope, kind, nameContains, license, purl }: ComponentFilter): ListCondition[] {
  const conditions: ListCondition[] = [];
  const add = (tag: string, sql: string, value: unknown, times = 1): void => {
    if (value !== undefined) conditions.push({ tag, sql, values: Array.from({ length: times }, () => value) });
  };
  add('scope', 'c.scope = ?', scope);
  add('kind', 'c.kind = ?', kind);
  add('name', 'strpos(lower(c.name), lower(?::text)) > 0', nameContains);
  add('license', '?::text = ANY(c.licenses)', license);
  add('purl', "EXISTS (SELECT FROM unnest(c.purls) AS p(url) WHERE starts_with(p.url, ?::text) AND left(substr(p.url, length(?::text) + 1), 1) IN ('', '@', '#', chr(63)))", purl, 2);
  return conditions;
}
