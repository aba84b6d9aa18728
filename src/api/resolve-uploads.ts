import type { SideFinding } from '../compare/comparison.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { ComparedId } from '../records/comparison-records.ts';
import type { ComparisonDetailRow } from '../records/reads/comparison-reads.ts';
import type { UploadRow, UploadState } from '../records/upload-records.ts';
import type { Context } from './context.ts';
import { jobComparison, type ShownComparison } from './kept-comparisons.ts';
import { COMPARISON_LIST, UPLOAD_LIST } from './lists.ts';
import { present } from './mutation-input.ts';
import { nodeId, parseIdOf, parseNodeId } from './node-ids.ts';
import { connectionOf, pageOf, type PageArguments } from './page.ts';
import { enumName } from './report-list.ts';
import { buildById } from './resolve-build.ts';
import { COMPARED_FIELDS } from './resolve-compare.ts';
import { mutation, type Input } from './resolve-mutation.ts';
import { safeValue } from './safe-text.ts';
import { comparisonById, uploadById } from './uploads-by-id.ts';

async function uploads(given: PageArguments & { state?: UploadState | null }, context: Context): Promise<unknown> {
  const page = pageOf(UPLOAD_LIST, given, context.cursors, context.limits.pageSize);
  return connectionOf(UPLOAD_LIST, await context.reads.comparisons.uploads(present({ state: given.state }), page), page, context.cursors);
}

async function comparisons(given: PageArguments & { state?: ComparisonDetailRow['state'] | null }, context: Context): Promise<unknown> {
  const page = pageOf(COMPARISON_LIST, given, context.cursors, context.limits.pageSize);
  return connectionOf(COMPARISON_LIST, await context.reads.comparisons.list(present({ state: given.state }), page), page, context.cursors);
}

async function uploadImage({ input: { name, sizeBytes, sha256 } }: Input<{ name: string; sizeBytes: number; sha256?: Sha256 | null }>, context: Context): Promise<object> {
  const { uploadId } = await context.actions.openUpload({ name, sizeBytes, ...present({ sha256 }) });
  return { upload: await uploadById(context, uploadId) };
}

async function removeUpload({ input: { id } }: Input<{ id: string }>, context: Context): Promise<object> {
  const { id: uploadId } = parseIdOf('Upload', id);
  await context.actions.removeUpload({ uploadId });
  return { upload: await uploadById(context, uploadId) };
}

/** Of a build or an upload; the bare id of a build, as the command line prints it, is good too. */
function comparedId(text: string): ComparedId {
  const { type, id } = text.startsWith('upl_') ? parseNodeId(text) : parseIdOf('Build', text);
  return type === 'Upload' ? { uploadId: id } : { buildId: id };
}

async function startComparison({ input: { left, right } }: Input<{ left: string; right: string }>, context: Context): Promise<object> {
  const { comparisonId, joined } = await context.actions.startComparison({ left: comparedId(left), right: comparedId(right) });
  return { comparison: await comparisonById(context, comparisonId), joined };
}

async function cancelComparison({ input: { id } }: Input<{ id: string }>, context: Context): Promise<object> {
  const { id: comparisonId } = parseIdOf('Comparison', id);
  await context.actions.cancelComparison({ comparisonId });
  return { comparison: await comparisonById(context, comparisonId) };
}

async function sideOf(buildId: string | null, uploadId: string | null, context: Context): Promise<object> {
  return buildId === null ? { ...(await uploadById(context, uploadId!))!, __typename: 'Upload' } : { ...(await buildById(context, buildId))!, __typename: 'Build' };
}

const MOST_FINDINGS = 200;

export const UPLOAD_RESOLVERS = {
  Query: {
    upload: (_: unknown, { id }: { id: string }, context: Context) => uploadById(context, parseIdOf('Upload', id).id),
    uploads: (_: unknown, given: Parameters<typeof uploads>[0], context: Context) => uploads(given, context),
    comparison: (_: unknown, { id }: { id: string }, context: Context) => comparisonById(context, parseIdOf('Comparison', id).id),
    comparisons: (_: unknown, given: Parameters<typeof comparisons>[0], context: Context) => comparisons(given, context),
  },
  Mutation: {
    uploadImage: mutation(uploadImage, { upload: null }),
    removeUpload: mutation(removeUpload, { upload: null }),
    startComparison: mutation(startComparison, { comparison: null, joined: false }),
    cancelComparison: mutation(cancelComparison, { comparison: null }),
  },
  Upload: {
    id: ({ id }: UploadRow) => nodeId('Upload', id),
    name: ({ name }: UploadRow) => safeValue(name),
    url: ({ id }: UploadRow, _: unknown, { address }: Context) => `${address}/uploads/${nodeId('Upload', id)}`,
  },
  Comparison: {
    id: ({ id }: ComparisonDetailRow) => nodeId('Comparison', id),
    left: ({ leftBuildId, leftUploadId }: ComparisonDetailRow, _: unknown, context: Context) => sideOf(leftBuildId, leftUploadId, context),
    right: ({ rightBuildId, rightUploadId }: ComparisonDetailRow, _: unknown, context: Context) => sideOf(rightBuildId, rightUploadId, context),
    progress: ({ stage, progressDone, progressTotal }: ComparisonDetailRow) => ({ stage, done: progressDone, total: progressTotal }),
    error: ({ subcode, message }: ComparisonDetailRow) => (subcode === null ? null : { code: subcode, message: safeValue(message ?? '') }),
    result: (row: ComparisonDetailRow, _: unknown, context: Context) => (row.state === 'DONE' ? jobComparison(row, context) : null),
  },
  ImageComparison: {
    ...COMPARED_FIELDS,
    findings: ({ compared }: ShownComparison) => compared.comparison.findings.slice(0, MOST_FINDINGS),
  },
  ComparedFinding: {
    side: ({ side }: SideFinding) => enumName(side),
    severity: ({ severity }: SideFinding) => enumName(severity),
    place: ({ place }: SideFinding) => safeValue(place),
    message: ({ message }: SideFinding) => safeValue(message),
  },
};
