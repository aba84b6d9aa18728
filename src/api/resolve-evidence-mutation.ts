import { Failure } from '../foundation/failure.ts';
import type { Sha256 } from '../foundation/digest.ts';
import type { QuarantineKind } from '../records/quarantine-records.ts';
import type { Context } from './context.ts';
import { policyOf, present } from './mutation-input.ts';
import { parseIdOf } from './node-ids.ts';
import { mutation, type Input } from './resolve-mutation.ts';
import { jobById, quarantineById, releaseById } from './resolve-release.ts';
import { variationById, verificationById } from './resolve-verification.ts';

interface ReleaseArgument { product: string; version: string; build: string; policy?: string | null }
interface VerificationArgument { build?: string | null; statement?: Sha256 | null }
interface VariationArgument { build: string; profile?: string | null; conditions?: string[] | null }
interface QuarantineArgument { kind: Uppercase<QuarantineKind>; scope: string; reason: string; url: string; openedBy: string; expiresAt: Date }

async function createRelease({ input: { product, version, build, policy } }: Input<ReleaseArgument>, context: Context): Promise<object> {
  const asked = await context.actions.createRelease({ product, version, buildId: parseIdOf('Build', build).id, ...policyOf({ policy }) });
  return 'releaseId' in asked ? { release: await releaseById(context, asked.releaseId), job: null } : { release: null, job: await jobById(context, asked.jobId) };
}

async function startVerification({ input: { build, statement } }: Input<VerificationArgument>, context: Context): Promise<object> {
  const { verificationId, joined } = await context.actions.startVerification(verificationTarget(build ?? undefined, statement ?? undefined));
  return { verification: await verificationById(context, verificationId), joined };
}

function verificationTarget(build: string | undefined, statement: Sha256 | undefined): { buildId: string } | { statementSha256: Sha256 } {
  if (build !== undefined && statement === undefined) return { buildId: parseIdOf('Build', build).id };
  if (build === undefined && statement !== undefined) return { statementSha256: statement };
  throw new Failure('API.BAD_REQUEST', 'name either a build or a statement');
}

async function cancelVerification({ input }: Input<{ id: string }>, context: Context): Promise<object> {
  const { id: verificationId } = parseIdOf('Verification', input.id);
  await context.actions.cancelVerification({ verificationId });
  return { verification: await verificationById(context, verificationId) };
}

async function startVariation({ input: { build, profile, conditions } }: Input<VariationArgument>, context: Context): Promise<object> {
  const { variationId } = await context.actions.startVariation({ buildId: parseIdOf('Build', build).id, ...present({ profile, conditions }) });
  return { variation: await variationById(context, variationId) };
}

async function cancelVariation({ input }: Input<{ id: string }>, context: Context): Promise<object> {
  const { id: variationId } = parseIdOf('VariationRun', input.id);
  await context.actions.cancelVariation({ variationId });
  return { variation: await variationById(context, variationId) };
}

async function cancelJob({ input }: Input<{ id: string }>, context: Context): Promise<object> {
  const { id: jobId } = parseIdOf('Job', input.id);
  await context.actions.cancelJob({ jobId });
  return { job: await jobById(context, jobId) };
}

async function importStatements({ input: { lines } }: Input<{ lines: string }>, context: Context): Promise<object> {
  const { jobId, statements } = await context.actions.importStatements({ lines: Buffer.from(lines) });
  return { job: await jobById(context, jobId), statements };
}

async function openQuarantine({ input }: Input<QuarantineArgument>, context: Context): Promise<object> {
  const { quarantineId } = await context.actions.openQuarantine({ ...input, kind: input.kind.toLowerCase() as QuarantineKind });
  return { quarantine: await quarantineById(context, quarantineId) };
}

async function reviewQuarantine({ input: { id, reviewedBy } }: Input<{ id: string; reviewedBy: string }>, context: Context): Promise<object> {
  const { id: quarantineId } = parseIdOf('Quarantine', id);
  await context.actions.reviewQuarantine({ quarantineId, reviewedBy });
  return { quarantine: await quarantineById(context, quarantineId) };
}

async function closeQuarantine({ input: { id, closedBy } }: Input<{ id: string; closedBy: string }>, context: Context): Promise<object> {
  const { id: quarantineId } = parseIdOf('Quarantine', id);
  await context.actions.closeQuarantine({ quarantineId, closedBy });
  return { quarantine: await quarantineById(context, quarantineId) };
}

export const EVIDENCE_MUTATION_RESOLVERS = {
  Mutation: {
    createRelease: mutation(createRelease, { release: null, job: null }),
    startVerification: mutation(startVerification, { verification: null, joined: false }),
    cancelVerification: mutation(cancelVerification, { verification: null }),
    startVariation: mutation(startVariation, { variation: null }),
    cancelVariation: mutation(cancelVariation, { variation: null }),
    cancelJob: mutation(cancelJob, { job: null }),
    importStatements: mutation(importStatements, { job: null, statements: [] }),
    openQuarantine: mutation(openQuarantine, { quarantine: null }),
    reviewQuarantine: mutation(reviewQuarantine, { quarantine: null }),
    closeQuarantine: mutation(closeQuarantine, { quarantine: null }),
  },
};
