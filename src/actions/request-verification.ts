import { PROVENANCE_TYPE } from '../evidence/predicates.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import type { Queue } from '../queue/task.ts';
import { jobLock, type JobRecords } from '../records/job-records.ts';
import type { Records } from '../records/records.ts';
import { chooseConditions } from '../variation/profiles.ts';
import type { StartVariation } from './actions.ts';
import { varyTask, verifyTask } from './queued-evidence.ts';
import type { Workshop } from './workshop.ts';

/** Exactly one of the two. */
export type VerificationTarget = { buildId: string } | { statementSha256: Sha256 };

/** Puts a verification on record and asks a worker for it; what a kill left between the two is mended by asking again. */
export async function requestVerification(target: VerificationTarget, operator: string, { records }: Pick<Workshop, 'records'>, queue: Queue): Promise<{ verificationId: string; joined: boolean }> {
  const { statementSha256, buildId } = await provenanceOf(target, records);
  const { id, joined } = await records.verifications.start({ statementSha256, operator, join: true, ...(buildId === undefined ? {} : { buildId }) });
  await queue.enqueue(verifyTask(id));
  return { verificationId: id, joined };
}

export async function provenanceOf(target: VerificationTarget, records: Records): Promise<{ statementSha256: Sha256; buildId?: string }> {
  if ('buildId' in target) {
    const own = (await records.evidence.statementsOfBuild(target.buildId, PROVENANCE_TYPE)).findLast(({ origin }) => origin === 'own');
    if (own === undefined) throw new Failure('ACTIONS.NOT_ATTESTED', `build ${target.buildId} has no signed provenance`);
    return { statementSha256: own.payloadSha256, buildId: target.buildId };
  }
  const statement = await records.evidence.statement(target.statementSha256);
  if (statement === undefined) throw new Failure('RECORDS.UNKNOWN', `no statement ${target.statementSha256} is on record`);
  if (statement.predicateType !== PROVENANCE_TYPE) throw new Failure('EVIDENCE.WRONG_TYPE', `statement ${target.statementSha256} is a ${statement.predicateType}, not a provenance`);
  return { statementSha256: statement.payloadSha256, ...(statement.buildId === null ? {} : { buildId: statement.buildId }) };
}

/** Profile of a run whose conditions were named one by one. */
const CHOSEN = 'chosen';

/** The explicit list is put on record: a profile may be another tomorrow. */
export async function requestVariation({ buildId, ...request }: StartVariation, { records, reads }: Pick<Workshop, 'records' | 'reads'>, queue: Queue): Promise<{ variationId: string }> {
  const { profile = CHOSEN, conditions } = chooseConditions(request);
  await succeeded(buildId, { reads });
  const { id } = await records.variations.start({ buildId, profile, conditions });
  await queue.enqueue(varyTask(id));
  return { variationId: id };
}

export async function succeeded(buildId: string, { reads }: Pick<Workshop, 'reads'>): Promise<void> {
  const [build] = await reads.builds.byId([buildId]);
  if (build === undefined) throw new Failure('RECORDS.UNKNOWN', `no build ${buildId} is on record`);
  if (build.state !== 'SUCCEEDED') throw new Failure('ACTIONS.NOT_SUCCEEDED', `build ${buildId} is ${build.state}`);
}

export function cancelVerification(id: string, { records }: Pick<Workshop, 'records'>, queue: Queue): Promise<void> {
  return cancelRecordedJob(id, records.verifications, (job) => records.verifications.finish(job, { state: 'CANCELLED', verdicts: [] }), records, queue);
}

export function cancelVariation(id: string, { records }: Pick<Workshop, 'records'>, queue: Queue): Promise<void> {
  return cancelRecordedJob(id, records.variations, (job) => records.variations.finish(job, { state: 'CANCELLED' }), records, queue);
}

/** Whoever runs it looks at the record; one that nobody runs any more ends here. */
export async function cancelRecordedJob(id: string, jobs: JobRecords, end: (job: NonNullable<Awaited<ReturnType<JobRecords['claim']>>>) => Promise<void>, { locks }: Records, queue: Queue): Promise<void> {
  if (!await jobs.requestCancel(id)) return;
  await queue.cancelKey(id);
  await locks.unlessHeld(jobLock(id), async () => {
    const job = await jobs.claim(id);
    if (job !== undefined) await end(job);
  });
}
