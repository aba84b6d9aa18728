import type { JudgedBytes } from '../actions/judge-artifacts.ts';
import type { BuildRow } from '../records/reads/build-reads.ts';
import type { QuarantineRow, ReleaseRow } from '../records/reads/release-reads.ts';
import type { TaskRow } from '../records/reads/task-reads.ts';
import { byKey } from './batches.ts';
import type { Context } from './context.ts';
import { QUARANTINE_LIST, RELEASE_LIST } from './lists.ts';
import { present } from './mutation-input.ts';
import { nodeId, parseIdOf } from './node-ids.ts';
import { connectionOf, pageOf, type PageArguments } from './page.ts';
import { buildById } from './resolve-build.ts';
import { statementByDigest } from './resolve-evidence.ts';
import { safeValue } from './safe-text.ts';

export function releaseById(context: Context, id: string): Promise<ReleaseRow | undefined> {
  return context.batches.one('release', id, async (ids) => byKey(await context.reads.releases.byId(ids), (row) => row.id));
}

export function quarantineById(context: Context, id: string): Promise<QuarantineRow | undefined> {
  return context.batches.one('quarantine', id, async (ids) => byKey(await context.reads.releases.quarantinesById(ids), (row) => row.id));
}

export function jobById(context: Context, id: string): Promise<TaskRow | undefined> {
  return context.batches.one('job', id, async (ids) => byKey(await context.reads.tasks.byId(ids), (row) => row.id));
}

async function releases(given: PageArguments & { product?: string | null }, context: Context): Promise<unknown> {
  const page = pageOf(RELEASE_LIST, given, context.cursors, context.limits.pageSize);
  return connectionOf(RELEASE_LIST, await context.reads.releases.list(present({ product: given.product }), page), page, context.cursors);
}

async function quarantines(given: PageArguments & { activeAt?: Date | null }, context: Context): Promise<unknown> {
  const page = pageOf(QUARANTINE_LIST, given, context.cursors, context.limits.pageSize);
  return connectionOf(QUARANTINE_LIST, await context.reads.releases.quarantines(present({ activeAt: given.activeAt }), page), page, context.cursors);
}

function isActive({ reviewedAt, expiresAt, closedAt }: QuarantineRow, now: Date): boolean {
  return reviewedAt !== null && reviewedAt <= now && expiresAt > now && (closedAt === null || closedAt > now);
}

export const RELEASE_RESOLVERS = {
  Query: {
    releases: (_: unknown, given: PageArguments & { product?: string | null }, context: Context) => releases(given, context),
    release: async (_: unknown, { product, version }: { product: string; version: string }, context: Context) =>
      (await context.reads.releases.byName(product, version)) ?? null,
    quarantines: (_: unknown, given: PageArguments & { activeAt?: Date | null }, context: Context) => quarantines(given, context),
    job: (_: unknown, { id }: { id: string }, context: Context) => jobById(context, parseIdOf('Job', id).id),
  },
  Build: {
    releases: (row: BuildRow, _: unknown, context: Context) => context.batches.one('releases', row.id, (ids) => context.reads.releases.ofBuilds(ids)),
  },
  Release: {
    id: (row: ReleaseRow) => nodeId('Release', row.id),
    build: (row: ReleaseRow, _: unknown, context: Context) => buildById(context, row.buildId),
    statement: (row: ReleaseRow, _: unknown, context: Context) => statementByDigest(context, row.statementSha256),
  },
  Aggregate: {
    exemption: ({ exemption }: JudgedBytes, _: unknown, context: Context) => exemption === undefined ? null : quarantineById(context, exemption),
  },
  Quarantine: {
    id: (row: QuarantineRow) => nodeId('Quarantine', row.id),
    kind: (row: QuarantineRow) => row.kind.toUpperCase(),
    scope: (row: QuarantineRow) => safeValue(row.scope),
    reason: (row: QuarantineRow) => safeValue(row.reason),
    url: (row: QuarantineRow) => safeValue(row.url),
    active: (row: QuarantineRow, _: unknown, context: Context) => isActive(row, context.clock.now()),
  },
  Job: {
    id: (row: TaskRow) => nodeId('Job', row.id),
    error: ({ errorCode, errorMessage }: TaskRow) => errorCode === null ? null : { code: errorCode, message: safeValue(errorMessage ?? '') },
  },
};
