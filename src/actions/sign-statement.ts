import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Bug } from '../foundation/failure.ts';
import { IN_TOTO_PAYLOAD_TYPE } from '../signing/envelope.ts';
import type { PayloadRole, Signer } from '../signing/signer.ts';
import type { TransparencyLog } from '../transparency/log.ts';
import { logSignatures } from './logged-signatures.ts';
import { indexStatement } from './statement-index.ts';
import type { Workshop } from './workshop.ts';

/** A statement of this home, ready to be signed. */
export interface OwnStatement {
  payload: Buffer;
  role: PayloadRole;
  buildId?: string;
  /** Bytes that the statement names by digest, by name: put into the store and kept for it. */
  blobs?: readonly { name: string; bytes: Uint8Array }[];
  /** The same of what lies in the store already. */
  stored?: readonly { name: string; sha256: Sha256 }[];
}

export interface SignedStatement {
  payloadSha256: Sha256;
  /** It was on record and in the log before. */
  unchanged: boolean;
}

/**
 * Blobs, signature, record, log, in this order: a kill between any two is mended by the next call with the same payload,
 * which signs, records and logs only what is missing.
 */
export async function signStatement(statement: OwnStatement, { records, store }: Pick<Workshop, 'records' | 'store'>, signer: Signer, log: TransparencyLog): Promise<SignedStatement> {
  const { payload, role, blobs = [], stored = [], ...about } = statement;
  const payloadSha256 = sha256(payload);
  const index = indexStatement(payload, 'a statement to be signed');
  if (index === undefined) throw new Bug('what is to be signed is no statement');
  const known = await records.evidence.statement(payloadSha256);
  const kept = [...stored];
  for (const { name, bytes } of blobs) {
    const digests = await store.putBlob(bytes);
    await records.artifacts.recordBlobs([digests]);
    kept.push({ name, sha256: digests.sha256 });
  }
  const own = new Set((await signer.keys()).filter((key) => key.role === role).map(({ keyId }) => keyId));
  const signedBefore = known?.signatures.filter(({ keyId }) => own.has(keyId)) ?? [];
  const signatures = signedBefore.length > 0 ? [] : [await signer.signPayload(role, IN_TOTO_PAYLOAD_TYPE, payload)];
  await records.evidence.recordStatement({ payloadType: IN_TOTO_PAYLOAD_TYPE, payload, ...index, origin: 'own', ...about, signatures, blobs: kept });
  const { unchanged } = await logSignatures({ sha256: payloadSha256, type: index.predicateType, keyIds: [...signedBefore, ...signatures].map(({ keyId }) => keyId) }, records, log);
  return { payloadSha256, unchanged: unchanged && signatures.length === 0 };
}
