import type { Sha256 } from '../foundation/digest.ts';
import { parsePolicy } from '../compliance/parse-policy.ts';
import type { NewTask, Queue } from '../queue/task.ts';
import { succeeded } from './request-verification.ts';
import type { Workshop } from './workshop.ts';

/** Kinds of tasks about what is in builds. */
export const PUBLISH_TASK = 'publish';
export const JUDGE_TASK = 'judge';

export function publishTask(buildId: string): NewTask {
  return { kind: PUBLISH_TASK, key: JSON.stringify(['publish', buildId]), payload: { buildId } };
}

/** `policySha256`: its text, in the store. */
export function judgeTask(buildId: string, policySha256: Sha256): NewTask {
  return { kind: JUDGE_TASK, key: JSON.stringify(['judge', buildId, policySha256]), payload: { buildId, policySha256 } };
}

/** Gates run foreign tools, and only a worker reaches the signer. */
export async function requestPublication(buildId: string, { reads }: Pick<Workshop, 'reads'>, queue: Queue): Promise<{ jobId: string }> {
  await succeeded(buildId, { reads });
  return { jobId: (await queue.enqueue(publishTask(buildId))).id };
}

/** Of a build that may still run. The policy is refused here, before anything is asked for. */
export async function requestJudgement(buildId: string, policy: Uint8Array, workshop: Pick<Workshop, 'store' | 'records'>, queue: Queue): Promise<{ jobId: string }> {
  return { jobId: (await queue.enqueue(judgeTask(buildId, await keepPolicy(policy, workshop)))).id };
}

/** Throws COMPLIANCE.BAD_POLICY. */
export async function keepPolicy(policy: Uint8Array, { store, records }: Pick<Workshop, 'store' | 'records'>): Promise<Sha256> {
  parsePolicy(policy, 'policy');
  const digests = await store.putBlob(policy);
  await records.artifacts.recordBlobs([digests]);
  return digests.sha256;
}
