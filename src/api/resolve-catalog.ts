import type { CatalogItemRow, CatalogVersionRow } from '../records/reads/catalog-reads.ts';
import type { BuildStateName } from '../records/reads/build-reads.ts';
import { byKey } from './batches.ts';
import type { Context } from './context.ts';
import { BUILD_LIST, CONFIGURATION_LIST, VERSION_LIST } from './lists.ts';
import { nodeId } from './node-ids.ts';
import { connectionOf, pageOf, type Connection, type PageArguments } from './page.ts';
import { childConnection } from './child-list.ts';

export type CatalogKind = 'recipe' | 'board';

export function catalogItemByName(context: Context, kind: CatalogKind, name: string): Promise<CatalogItemRow | undefined> {
  return context.batches.one(`${kind} by name`, name, async (names) =>
    byKey(await context.reads.catalog.itemsByName(kind, names), (row) => row.name));
}

export function catalogItemById(context: Context, id: string): Promise<CatalogItemRow | undefined> {
  return context.batches.one('catalog item', id, async (ids) => byKey(await context.reads.catalog.itemsById(ids), (row) => row.id));
}

export function recipeVersionByDigest(context: Context, digest: string): Promise<CatalogVersionRow | undefined> {
  return context.batches.one('recipe version', digest, async (digests) =>
    byKey(await context.reads.catalog.versionsByDigest(digests), (row) => row.digest));
}

/** A text that the frozen definition holds at its top. */
export function factOf(row: { definition: unknown }, name: string): string | null {
  const definition = row.definition;
  if (typeof definition !== 'object' || definition === null || !Object.hasOwn(definition, name)) return null;
  const value = (definition as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : null;
}

async function latestVersion(item: CatalogItemRow, context: Context): Promise<CatalogVersionRow | undefined> {
  return item.digest === null ? undefined : recipeVersionByDigest(context, item.digest);
}

async function versionsOf(item: CatalogItemRow, given: PageArguments, context: Context): Promise<Connection<CatalogVersionRow>> {
  return childConnection(context, VERSION_LIST, item.id, given, '', (ids, page) => context.reads.catalog.versionsOf(ids, page));
}

export const CATALOG_RESOLVERS = {
  Board: {
    id: (row: CatalogItemRow) => nodeId('Board', row.id),
    summary: (row: CatalogItemRow) => row.summary ?? '',
    architecture: (row: CatalogItemRow) => factOf(row, 'architecture') ?? '',
    folderDigest: (row: CatalogItemRow) => row.digest,
    configurations: (row: CatalogItemRow, given: PageArguments, context: Context) =>
      childConnection(context, CONFIGURATION_LIST, row.name, given, '', (names, page) => context.reads.configurations.ofBoards(names, page)),
    builds: (row: CatalogItemRow, given: PageArguments & { state?: BuildStateName | null }, context: Context) => {
      const filter = given.state ? { state: given.state } : {};
      return childConnection(context, BUILD_LIST, row.name, given, `of board ${given.state ?? ''}`, (names, page) =>
        context.reads.builds.ofBoards(names, filter, page));
    },
  },
  Recipe: {
    id: (row: CatalogItemRow) => nodeId('Recipe', row.id),
    latest: (row: CatalogItemRow, _: unknown, context: Context) => latestVersion(row, context),
    versions: (row: CatalogItemRow, given: PageArguments, context: Context) => versionsOf(row, given, context),
  },
  RecipeVersion: {
    id: (row: CatalogVersionRow) => nodeId('RecipeVersion', row.digest),
    recipe: (row: CatalogVersionRow, _: unknown, context: Context) => catalogItemById(context, row.itemId),
    version: (row: CatalogVersionRow) => row.version ?? '',
    folderDigest: (row: CatalogVersionRow) => row.digest,
    summary: (row: CatalogVersionRow) => row.summary ?? '',
    homepage: (row: CatalogVersionRow) => factOf(row, 'homepage'),
    license: (row: CatalogVersionRow) => ({ expression: row.license ?? 'NOASSERTION' }),
    purl: (row: CatalogVersionRow) => factOf(row, 'purl'),
    cpe: (row: CatalogVersionRow) => factOf(row, 'cpe'),
  },
};

export async function catalogItems(context: Context, kind: CatalogKind, given: PageArguments): Promise<Connection<CatalogItemRow>> {
  const list = { name: `${kind}s`, keyOf: (row: CatalogItemRow) => [row.name] };
  const page = pageOf(list, given, context.cursors, context.limits.pageSize);
  return connectionOf(list, await context.reads.catalog.items(kind, page), page, context.cursors);
}
