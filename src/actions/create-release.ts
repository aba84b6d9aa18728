import { releaseStatement } from '../evidence/release-statement.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import type { RecordedRelease } from '../records/release-records.ts';
import type { SourceFetcher } from '../sources/fetcher.ts';
import { attestFinished } from './attest-finished.ts';
import type { CreateRelease } from './actions.ts';
import type { Desk } from './desk.ts';
import type { DocumentMeans } from './document-build.ts';
import { refuseViolation } from './report-licenses.ts';
import { checkRelease } from './request-release.ts';
import { succeeded } from './request-verification.ts';
import { retainInputs } from './retain-inputs.ts';
import { signStatement } from './sign-statement.ts';
import { statementOnRecord } from './verify-build.ts';
import type { Workshop } from './workshop.ts';

export interface CreatedRelease {
  release: RecordedRelease;
  subjects: readonly { name: string; sha256: Sha256 }[];
  /** It was released as this build before. */
  unchanged: boolean;
}

export interface ReleaseMeans extends DocumentMeans {
  openFetcher(): Promise<SourceFetcher>;
}

/**
 * Product and version on the digests of a build: signed, logged, its inputs retained, and from then on kept by gc. Idempotent; one
 * at a time for a version, so that no second statement is ever signed for it. Throws RECORDS.ALREADY_THERE where the
 * version is another build, ACTIONS.POLICY_VIOLATED.
 */
export async function createRelease(input: CreateRelease, workshop: Workshop, desk: Desk, means: ReleaseMeans): Promise<CreatedRelease> {
  const { product, version, buildId, policy } = input;
  const { records: { evidence, locks } } = workshop;
  checkRelease(input);
  await succeeded(buildId, workshop);
  return locks.exclusively(sha256(`provenroot release ${product} ${version}`), async () => {
    const standing = await evidence.release(product, version);
    if (standing !== undefined && standing.buildId !== buildId) throw released(standing);
    const provenance = await statementOnRecord(await attestFinished(buildId, workshop, { ...means, openDesk: async () => desk }), workshop);
    if (policy !== undefined) await refuseViolation(buildId, policy, workshop);
    await retainInputs(provenance, means.openFetcher, workshop);
    const made = releaseStatement({ product, version, provenance, releasedAt: standing?.createdAt ?? workshop.clock.now() });
    const subjects = made.statement.subject.map(({ name, digest }) => ({ name, sha256: digest.sha256 }));
    if (standing !== undefined) return { release: standing, subjects, unchanged: true };
    const { payloadSha256 } = await signStatement({ payload: made.payload, role: 'releaser', buildId }, workshop, desk.signer, desk.log);
    await evidence.recordRelease({ product, version, buildId, statementSha256: payloadSha256 });
    return { release: (await evidence.release(product, version))!, subjects, unchanged: false };
  });
}

function released({ product, version, buildId }: RecordedRelease): Failure {
  return new Failure('RECORDS.ALREADY_THERE', `${product} ${version} is released already, as build ${buildId}`, { hint: 'A released version stays what it is: give this build another version.' });
}
