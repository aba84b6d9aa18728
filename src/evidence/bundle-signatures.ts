import { Failure } from '../foundation/failure.ts';
import type { ErrorCode } from '../foundation/error-registry.ts';
import { isValidAt, rootKey, type TrustRoot } from '../signing/trust-root.ts';
import type { RootKey } from '../signing/root-content.ts';
import type { SigningRole } from '../signing/signer.ts';
import { signersOf, verifyEnvelope, type VerifiedEnvelope } from '../signing/verify-envelope.ts';
import type { LoggedStatement } from './bundle-log.ts';
import { PROVENANCE_TYPE, REBUILD_TYPE, RELEASE_TYPE, SUMMARY_TYPE } from './predicates.ts';

const ROLES: Readonly<Record<string, SigningRole>> = { [PROVENANCE_TYPE]: 'builder', [REBUILD_TYPE]: 'rebuilder', [RELEASE_TYPE]: 'releaser', [SUMMARY_TYPE]: 'verifier' };

/** A statement that keys of the right role have signed, valid when the log took it, and named by the log. */
export interface SignedStatement extends LoggedStatement {
  verified: VerifiedEnvelope;
  signers: readonly RootKey[];
}

/**
 * Throws EVIDENCE.WRONG_TYPE, BAD_SIGNATURE, UNKNOWN_SIGNER, WRONG_ROLE, KEY_NOT_VALID_THEN, KEY_NOT_LOGGED: which of
 * them tells what is wrong with the nearest of its signatures.
 */
export function verifySigned(statement: LoggedStatement, root: TrustRoot): SignedStatement {
  const { sha256, envelope, entry } = statement;
  const refuse = (code: ErrorCode, why: string): never => { throw new Failure(code, `statement ${sha256} ${why}`, { place: sha256 }); };
  const role = ROLES[entry.type] ?? refuse('EVIDENCE.WRONG_TYPE', `has the predicate type ${JSON.stringify(entry.type.slice(0, 200))}, which is not known here`);
  const signed = signersOf(envelope, root.content.keys.map(({ keyId }) => root.publicKey(keyId))).map((keyId) => rootKey(root, keyId)!);
  if (signed.length === 0) {
    const claimed = envelope.signatures.map(({ keyid }) => rootKey(root, keyid)).find((key) => key !== undefined);
    if (claimed !== undefined) refuse('EVIDENCE.BAD_SIGNATURE', `has a signature under the name of ${claimed.keyId} that is not good`);
    refuse('EVIDENCE.UNKNOWN_SIGNER', `is signed by no key that the root names`);
  }
  const ofRole = signed.filter(({ roles }) => roles.includes(role));
  if (ofRole.length === 0) refuse('EVIDENCE.WRONG_ROLE', `is signed by a ${signed[0]!.roles.join(' and ')} key, needed is a ${role}`);
  const valid = ofRole.filter((key) => isValidAt(key, entry.at));
  if (valid.length === 0) refuse('EVIDENCE.KEY_NOT_VALID_THEN', `was logged at ${entry.at}, its key is valid from ${ofRole[0]!.validFrom} to ${ofRole[0]!.validUntil ?? 'no end'}`);
  const signers = valid.filter(({ keyId }) => entry.keys.includes(keyId));
  if (signers.length === 0) refuse('EVIDENCE.KEY_NOT_LOGGED', 'is signed by a key that the log did not see');
  return { ...statement, signers, verified: verifyEnvelope(envelope, signers.map(({ keyId }) => root.publicKey(keyId)), 1, `statement ${sha256}`) };
}
