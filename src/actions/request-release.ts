import { Failure } from '../foundation/failure.ts';
import type { Queue } from '../queue/task.ts';
import type { CreateRelease, RequestedRelease } from './actions.ts';
import { keepPolicy } from './queued-contents.ts';
import { releaseTask } from './queued-evidence.ts';
import { succeeded } from './request-verification.ts';
import type { Workshop } from './workshop.ts';

const NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/;

/** Throws RECORDS.BAD_RELEASE for a product or a version that is no plain word. */
export function checkRelease({ product, version }: Pick<CreateRelease, 'product' | 'version'>): void {
  for (const [place, text] of [['product', product], ['version', version]] as const) {
    if (!NAME.test(text)) throw new Failure('RECORDS.BAD_RELEASE', `${JSON.stringify(text)} is no ${place}`, { place });
  }
}

/** Only a worker can reach the signer: here a release is checked and asked for. */
export async function requestRelease({ policy, ...release }: CreateRelease, workshop: Pick<Workshop, 'records' | 'reads' | 'store'>, queue: Queue): Promise<RequestedRelease> {
  checkRelease(release);
  await succeeded(release.buildId, workshop);
  const standing = await workshop.records.evidence.release(release.product, release.version);
  if (standing === undefined) {
    const judged = policy === undefined ? {} : { policySha256: await keepPolicy(policy, workshop) };
    return { jobId: (await queue.enqueue(releaseTask({ ...release, ...judged }))).id };
  }
  if (standing.buildId === release.buildId) return { releaseId: standing.id };
  throw new Failure('RECORDS.ALREADY_THERE', `${release.product} ${release.version} is released already, as build ${standing.buildId}`, {
    hint: 'A released version stays what it is: give this build another version.', place: 'version',
  });
}
