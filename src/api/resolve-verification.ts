import type { BuildRow } from '../records/reads/build-reads.ts';
import type { JobRow, VariationDetailRow, VerdictRow, VerificationDetailRow } from '../records/reads/verification-reads.ts';
import { byKey } from './batches.ts';
import { childConnection } from './child-list.ts';
import type { Context } from './context.ts';
import { VARIATION_LIST, VERIFICATION_LIST } from './lists.ts';
import { present } from './mutation-input.ts';
import { nodeId, parseIdOf } from './node-ids.ts';
import { connectionOf, pageOf, type PageArguments } from './page.ts';
import { buildById } from './resolve-build.ts';
import { statementByDigest } from './resolve-evidence.ts';
import { safeValue } from './safe-text.ts';

export function verificationById(context: Context, id: string): Promise<VerificationDetailRow | undefined> {
  return context.batches.one('verification', id, async (ids) => byKey(await context.reads.verifications.byId(ids), (row) => row.id));
}

export function variationById(context: Context, id: string): Promise<VariationDetailRow | undefined> {
  return context.batches.one('variation', id, async (ids) => byKey(await context.reads.verifications.variationsById(ids), (row) => row.id));
}

async function verifications(given: PageArguments & { state?: JobRow['state'] | null }, context: Context): Promise<unknown> {
  const page = pageOf(VERIFICATION_LIST, given, context.cursors, context.limits.pageSize);
  return connectionOf(VERIFICATION_LIST, await context.reads.verifications.list(present({ state: given.state }), page), page, context.cursors);
}

const JOB_FIELDS = {
  progress: ({ stage, progressDone, progressTotal }: JobRow) => ({ stage, done: progressDone, total: progressTotal }),
  message: (row: JobRow) => safeValue(row.message),
  report: (row: JobRow) => safeValue(row.report),
};

export const VERIFICATION_RESOLVERS = {
  Query: {
    verification: (_: unknown, { id }: { id: string }, context: Context) => verificationById(context, parseIdOf('Verification', id).id),
    verifications: (_: unknown, given: PageArguments & { state?: JobRow['state'] | null }, context: Context) => verifications(given, context),
    variation: (_: unknown, { id }: { id: string }, context: Context) => variationById(context, parseIdOf('VariationRun', id).id),
  },
  Build: {
    verifications: (row: BuildRow, given: PageArguments, context: Context) =>
      childConnection(context, VERIFICATION_LIST, row.id, given, '', (ids, page) => context.reads.verifications.ofBuilds(ids, page)),
    variations: (row: BuildRow, given: PageArguments, context: Context) =>
      childConnection(context, VARIATION_LIST, row.id, given, '', (ids, page) => context.reads.verifications.variationsOfBuilds(ids, page)),
  },
  Verification: {
    ...JOB_FIELDS,
    id: (row: VerificationDetailRow) => nodeId('Verification', row.id),
    statement: (row: VerificationDetailRow, _: unknown, context: Context) => statementByDigest(context, row.statementSha256),
    build: (row: VerificationDetailRow, _: unknown, context: Context) => row.buildId === null ? null : buildById(context, row.buildId),
    rebuild: (row: VerificationDetailRow, _: unknown, context: Context) => row.rebuildBuildId === null ? null : buildById(context, row.rebuildBuildId),
    rebuildStatement: (row: VerificationDetailRow, _: unknown, context: Context) =>
      row.rebuildStatementSha256 === null ? null : statementByDigest(context, row.rebuildStatementSha256),
    verdicts: (row: VerificationDetailRow, _: unknown, context: Context) =>
      context.batches.one('verdicts', row.id, (ids) => context.reads.verifications.verdictsOf(ids)),
  },
  Verdict: {
    artifact: (row: VerdictRow) => safeValue(row.artifact),
    detail: (row: VerdictRow) => safeValue(row.detail),
  },
  VariationRun: {
    ...JOB_FIELDS,
    id: (row: VariationDetailRow) => nodeId('VariationRun', row.id),
    build: (row: VariationDetailRow, _: unknown, context: Context) => buildById(context, row.buildId),
  },
};
