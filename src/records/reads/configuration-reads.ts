import { groupBy, readPage, readPages, rowsOf, type Database, type ListCondition, type ListShape, type Page } from './statement.ts';

export interface ConfigurationRow { id: string; name: string; boardName: string; createdAt: Date }

export interface RevisionRow {
  id: string;
  configurationId: string;
  number: number;
  digest: string;
  message: string;
  createdAt: Date;
  /** Canonical JSON. */
  document: string;
}

export interface PinRow { revisionId: string; kind: string; name: string; digest: string }

const CONFIGURATION = 'c.id, c.name, c.board_name AS "boardName", c.created_at AS "createdAt"';
const CONFIGURATIONS: ListShape & { parent: string } = {
  name: 'configurations', select: `${CONFIGURATION}, c.name AS "k0"`, from: 'configurations c', parent: 'c.board_name',
  order: [{ column: 'c.name', type: 'text' }], direction: 'ASC',
};
const REVISION = `r.id, r.configuration_id AS "configurationId", r.number, r.digest, r.message, r.created_at AS "createdAt", d.document`;
const REVISION_FROM = 'configuration_revisions r JOIN documents d ON d.digest = r.digest';
const REVISIONS: ListShape & { parent: string } = {
  name: 'revisions', select: `${REVISION}, r.number AS "k0"`, from: REVISION_FROM, parent: 'r.configuration_id',
  order: [{ column: 'r.number', type: 'int' }], direction: 'DESC',
};
const CONFIGURATIONS_BY_ID = { name: 'configurations by id', text: `SELECT ${CONFIGURATION} FROM configurations c WHERE c.id = ANY($1::text[])` };
const CONFIGURATIONS_BY_NAME = { name: 'configurations by name', text: `SELECT ${CONFIGURATION} FROM configurations c WHERE c.name = ANY($1::text[])` };
const REVISIONS_BY_ID = { name: 'revisions by id', text: `SELECT ${REVISION} FROM ${REVISION_FROM} WHERE r.id = ANY($1::text[])` };
const PINS = {
  name: 'pins', text: `SELECT p.revision_id AS "revisionId", p.kind::text AS kind, p.name, p.digest FROM revision_pins p
    WHERE p.revision_id = ANY($1::text[]) ORDER BY p.kind, p.name`,
};

export interface ConfigurationReads {
  list(filter: { board?: string }, page: Page): Promise<ConfigurationRow[]>;
  ofBoards(boardNames: readonly string[], page: Page): Promise<Map<string, ConfigurationRow[]>>;
  byId(ids: readonly string[]): Promise<ConfigurationRow[]>;
  byName(names: readonly string[]): Promise<ConfigurationRow[]>;
  /** Newest first, by configuration id. */
  revisionsOf(configurationIds: readonly string[], page: Page): Promise<Map<string, RevisionRow[]>>;
  revisionsById(ids: readonly string[]): Promise<RevisionRow[]>;
  pinsOf(revisionIds: readonly string[]): Promise<Map<string, PinRow[]>>;
}

export function configurationReads(database: Database): ConfigurationReads {
  return {
    list: ({ board }, page) => {
      const conditions: ListCondition[] = board === undefined ? [] : [{ tag: 'board', sql: 'c.board_name = ?', values: [board] }];
      return readPage(database, CONFIGURATIONS, conditions, page);
    },
    ofBoards: (names, page) => readPages<ConfigurationRow & { parentKey: string }>(database, CONFIGURATIONS, names, [], page),
    byId: (ids) => rowsOf(database, CONFIGURATIONS_BY_ID, [ids]),
    byName: (names) => rowsOf(database, CONFIGURATIONS_BY_NAME, [names]),
    revisionsOf: (ids, page) => readPages<RevisionRow & { parentKey: string }>(database, REVISIONS, ids, [], page),
    revisionsById: (ids) => rowsOf(database, REVISIONS_BY_ID, [ids]),
    pinsOf: async (ids) => groupBy(await rowsOf<PinRow>(database, PINS, [ids]), (row) => row.revisionId, ids),
  };
}
