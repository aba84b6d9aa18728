import { PROVENANCE_TYPE } from '../evidence/predicates.ts';
import type { Sha256 } from '../foundation/digest.ts';
import { attestBuild } from './attest-build.ts';
import type { Desk } from './desk.ts';
import { documentBuild, type DocumentMeans } from './document-build.ts';
import type { Workshop } from './workshop.ts';

export interface AttestMeans extends DocumentMeans {
  openDesk(): Promise<Desk>;
}

/**
 * What every build that succeeds ends with: its documents, and the signed and logged provenance that names them, made
 * unless it is there. Nothing is opened where there is nothing to do; a build that had nothing to do costs one look.
 */
export async function attestFinished(buildId: string, workshop: Workshop, means: AttestMeans): Promise<Sha256> {
  const known = (await workshop.reads.evidence.ofBuilds([buildId], { predicateType: PROVENANCE_TYPE, origin: 'own' }, { first: 1 })).get(buildId)?.[0];
  if (known !== undefined && known.logIndex !== null && known.keyIds.length > 0) return known.payloadSha256 as Sha256;
  await documentBuild(buildId, workshop, means);
  const { signer, log } = await means.openDesk();
  return (await attestBuild(buildId, workshop, signer, log)).payloadSha256;
}
