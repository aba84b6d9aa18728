import type { ComparisonDetailRow } from '../records/reads/comparison-reads.ts';
import type { UploadRow } from '../records/upload-records.ts';
import { byKey } from './batches.ts';
import type { Context } from './context.ts';

export function uploadById(context: Context, id: string): Promise<UploadRow | undefined> {
  return context.batches.one('upload', id, async (ids) => byKey(await context.reads.comparisons.uploadsById(ids), (row) => row.id));
}

export function comparisonById(context: Context, id: string): Promise<ComparisonDetailRow | undefined> {
  return context.batches.one('comparison', id, async (ids) => byKey(await context.reads.comparisons.byId(ids), (row) => row.id));
}
