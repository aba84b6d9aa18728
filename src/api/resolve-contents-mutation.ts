import type { DecideLicense } from '../actions/actions.ts';
import type { Context } from './context.ts';
import { parseIdOf } from './node-ids.ts';
import { licenseDecisionById } from './resolve-licenses.ts';
import { mutation, type Input } from './resolve-mutation.ts';
import { jobById } from './resolve-release.ts';

async function publishDocuments({ input: { build } }: Input<{ build: string }>, context: Context): Promise<object> {
  const { jobId } = await context.actions.publishDocuments({ buildId: parseIdOf('Build', build).id });
  return { job: await jobById(context, jobId) };
}

async function judgeBuild({ input: { build, policy } }: Input<{ build: string; policy: string }>, context: Context): Promise<object> {
  const { jobId } = await context.actions.judgeBuild({ buildId: parseIdOf('Build', build).id, policy: Buffer.from(policy) });
  return { job: await jobById(context, jobId) };
}

async function decideLicense({ input: { build, ...decision } }: Input<Omit<DecideLicense, 'buildId'> & { build: string }>, context: Context): Promise<object> {
  const { decisionId } = await context.turns.take(() => context.actions.decideLicense({ buildId: parseIdOf('Build', build).id, ...decision }));
  return { decision: await licenseDecisionById(context, decisionId) };
}

async function withdrawLicenseDecision({ input: { id, by, reason } }: Input<{ id: string; by: string; reason: string }>, context: Context): Promise<object> {
  const { id: decisionId } = parseIdOf('LicenseDecision', id);
  await context.actions.withdrawLicenseDecision({ decisionId, by, reason });
  return { decision: await licenseDecisionById(context, decisionId) };
}

export const CONTENTS_MUTATION_RESOLVERS = {
  Mutation: {
    publishDocuments: mutation(publishDocuments, { job: null }),
    judgeBuild: mutation(judgeBuild, { job: null }),
    decideLicense: mutation(decideLicense, { decision: null }),
    withdrawLicenseDecision: mutation(withdrawLicenseDecision, { decision: null }),
  },
};
