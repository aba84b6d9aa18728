import type { Page } from '../records/reads/statement.ts';
import type { Context } from './context.ts';
import { connectionOf, pageOf, type Connection, type ListKind, type PageArguments } from './page.ts';

/** The page of one parent's list, read together with the pages of all parents that ask for the same. */
export async function childConnection<Row>(
  context: Context, list: ListKind<Row>, parent: string, given: PageArguments, variant: string,
  load: (parents: readonly string[], page: Page) => Promise<ReadonlyMap<string, Row[]>>,
): Promise<Connection<Row>> {
  const page = pageOf(list, given, context.cursors, context.limits.pageSize);
  const batch = JSON.stringify([list.name, variant, page.first, given.after ?? null]);
  const rows = await context.batches.one(batch, parent, (parents) => load(parents, page));
  return connectionOf(list, rows ?? [], page, context.cursors);
}
