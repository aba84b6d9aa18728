import { bindRebuild, type BoundRebuild } from '../evidence/bound-rebuild.ts';
import { REBUILD_TYPE } from '../evidence/predicates.ts';
import { summaryOf } from '../evidence/quorum.ts';
import { DEFAULT_POLICY, type QuorumPolicy } from '../evidence/quorum-policy.ts';
import type { Summary } from '../evidence/summary-schema.ts';
import { expectedArtifacts } from '../evidence/verdict.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { Bug, Failure } from '../foundation/failure.ts';
import type { RecordedStatement } from '../records/statement-records.ts';
import { scoreStatement } from './attest-build.ts';
import type { Desk } from './desk.ts';
import { proveStatement } from './logged-signatures.ts';
import { signStatement } from './sign-statement.ts';
import { envelopeOf } from './signed-statements.ts';
import type { Workshop } from './workshop.ts';

/** Who says it: an address of this home's verifier, and its version. */
export interface Verifier { id: string; version: Readonly<Record<string, string>> }

export interface SignedSummary { payloadSha256: Sha256; summary: Summary['predicate'] }

type Parts = Pick<Workshop, 'records' | 'store' | 'clock'>;

/**
 * A verification summary over what is on record of a provenance: its own check, its completeness, every rebuild that the
 * root knows the operator of. Signed by the verifier's key and logged, PASSED or FAILED. Throws RECORDS.UNKNOWN, and the
 * code of the first step that refuses the provenance itself: of that there is nothing to sum up.
 */
export async function summarizeStatement(statement: Sha256, verifier: Verifier, workshop: Parts, desk: Pick<Desk, 'root' | 'signer' | 'log'>, policy: QuorumPolicy = DEFAULT_POLICY): Promise<SignedSummary> {
  const now = workshop.clock.now().toISOString();
  const { provenance, builderOperator } = await checkedProvenance(statement, workshop, desk);
  const rebuilds = await rebuildsOnRecord(expectedArtifacts(provenance.statement).map(({ sha256 }) => sha256), workshop, desk);
  const completeness = await scoreStatement(provenance, workshop);
  const made = summaryOf({ provenance, builderOperator, rebuilds, completeness, policy, verifier, now });
  const { payloadSha256 } = await signStatement({ payload: made.payload, role: 'verifier' }, workshop, desk.signer, desk.log);
  return { payloadSha256, summary: made.statement.predicate };
}

async function checkedProvenance(digest: Sha256, workshop: Parts, { root }: Pick<Desk, 'root'>) {
  const recorded = await workshop.records.evidence.statement(digest);
  if (recorded === undefined) throw new Failure('RECORDS.UNKNOWN', `no statement ${digest} is on record`, { place: digest });
  const { checked: { steps, statement, signers } } = await proveStatement(recorded, root, workshop.records);
  const refused = steps.find(({ outcome }) => outcome === 'FAILED');
  if (refused?.code !== undefined) throw new Failure(refused.code, `statement ${digest}: ${refused.message}`, { place: digest });
  if (statement?.kind !== 'provenance') throw new Failure('EVIDENCE.WRONG_TYPE', `statement ${digest} is a ${statement?.kind}, not a provenance`, { place: digest });
  const [signer] = signers;
  if (signer === undefined) throw new Bug('an accepted statement has no signer');
  return { provenance: statement.provenance, builderOperator: signer.operator };
}

/** One that is not logged, or that the root does not let its key say, counts for nothing. */
async function rebuildsOnRecord(images: readonly Sha256[], workshop: Parts, { root }: Pick<Desk, 'root'>): Promise<BoundRebuild[]> {
  const found = new Map<Sha256, RecordedStatement>();
  for (const image of images) for (const one of await workshop.records.evidence.statementsBySubject(image, REBUILD_TYPE)) found.set(one.payloadSha256, one);
  const bound: BoundRebuild[] = [];
  for (const [digest, recorded] of found) {
    const { checked: { accepted, loggedAt } } = await proveStatement(recorded, root, workshop.records);
    if (accepted && loggedAt !== undefined) bound.push(bindRebuild(envelopeOf(recorded), root, loggedAt, `statement ${digest}`));
  }
  return bound;
}
