import { Failure } from '../foundation/failure.ts';
import type { StepRow } from '../records/reads/step-reads.ts';
import { byKey } from './batches.ts';
import type { Context } from './context.ts';
import { nodeId } from './node-ids.ts';
import { buildById, failureOf } from './resolve-build.ts';
import { safeText } from './safe-text.ts';
import { openStepLog, readLogRange } from './step-log.ts';

const MAX_LOG_BYTES = 262_144;

/** Build id and name as one key of a batch. */
const joined = (buildId: string, name: string): string => `${buildId} ${name}`;
const parted = (key: string): [string, string] => [key.slice(0, key.indexOf(' ')), key.slice(key.indexOf(' ') + 1)];

export function stepByKey(context: Context, buildId: string, name: string): Promise<StepRow | undefined> {
  return context.batches.one('step', joined(buildId, name), async (keys) =>
    byKey(await context.reads.steps.byKey(keys.map(parted)), (row) => joined(row.buildId, row.name)));
}

async function needsOf(row: StepRow, context: Context): Promise<string[]> {
  const found = await context.batches.one('needs', joined(row.buildId, row.name), async (keys) => {
    const rows = await context.reads.steps.needsOf(keys.map(parted));
    return Map.groupBy(rows, (each) => joined(each.buildId, each.stepName));
  });
  return found?.map(({ need }) => need) ?? [];
}

async function outputsOf(row: StepRow, context: Context): Promise<{ name: string; tree: string }[]> {
  if (row.executionId === null) return [];
  const found = await context.batches.one('outputs', row.executionId, (ids) => context.reads.steps.outputsOf(ids));
  return found?.map(({ name, treeDigest }) => ({ name, tree: treeDigest })) ?? [];
}

async function logOf(row: StepRow, given: { offset: number; limitBytes: number }, context: Context): Promise<unknown> {
  const { offset, limitBytes } = given;
  if (limitBytes < 1 || limitBytes > MAX_LOG_BYTES) throw new Failure('API.BAD_PAGE', `limitBytes is ${limitBytes}; 1 to ${MAX_LOG_BYTES} is allowed`);
  const log = await openStepLog(context, row);
  if (log === undefined) return null;
  const bytes = await readLogRange(log, offset, limitBytes);
  const start = Math.min(offset, log.sizeBytes);
  const nextOffset = start + bytes.length;
  return { offset: start, nextOffset, sizeBytes: log.sizeBytes, ended: log.ended && nextOffset >= log.sizeBytes, text: safeText(bytes) };
}

export const STEP_RESOLVERS = {
  Step: {
    id: (row: StepRow) => nodeId('Step', row.buildId, row.name),
    build: (row: StepRow, _: unknown, context: Context) => buildById(context, row.buildId),
    execution: (row: StepRow) => row.outcome?.toUpperCase() ?? null,
    failure: (row: StepRow) => failureOf(row, row.name, row.phase),
    needs: (row: StepRow, _: unknown, context: Context) => needsOf(row, context),
    outputs: (row: StepRow, _: unknown, context: Context) => outputsOf(row, context),
    log: (row: StepRow, given: { offset: number; limitBytes: number }, context: Context) => logOf(row, given, context),
  },
};
