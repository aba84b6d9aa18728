import { PROVENANCE_TYPE } from '../evidence/predicates.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { attestBuild } from './attest-build.ts';
import type { Desk } from './desk.ts';
import type { Workshop } from './workshop.ts';

/**
 * The signed and logged provenance of a build that has succeeded, made unless it is there: what every build ends with.
 * The desk is opened only where there is something to sign; a build that had nothing to do costs one look.
 */
export async function attestFinished(buildId: string, workshop: Workshop, openDesk: () => Promise<Desk>): Promise<Sha256> {
  const known = (await workshop.reads.evidence.ofBuilds([buildId], { predicateType: PROVENANCE_TYPE, origin: 'own' }, { first: 1 })).get(buildId)?.[0];
  if (known !== undefined && known.logIndex !== null && known.keyIds.length > 0) return known.payloadSha256 as Sha256;
  const { signer, log } = await openDesk();
  return (await attestBuild(buildId, workshop, signer, log)).payloadSha256;
}
