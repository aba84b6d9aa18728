import { Failure } from '../foundation/failure.ts';
import { encodeEnvelope } from './envelope-files.ts';
import type { Envelope } from './envelope.ts';

/** Sigstore bundle v0.3, JSON form. */
export interface SigstoreBundle {
  mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json';
  verificationMaterial: { publicKey: { hint: string }; tlogEntries: readonly never[] };
  dsseEnvelope: Envelope;
}

/** A bundle holds one signature and a hint which public key to get on another way. Throws SIGNING.BAD_ENVELOPE for more or none. */
export function sigstoreBundle(envelope: Envelope): SigstoreBundle {
  const [signature, second] = envelope.signatures;
  if (signature === undefined || second !== undefined) {
    throw new Failure('SIGNING.BAD_ENVELOPE', `a Sigstore bundle holds one signature, not ${envelope.signatures.length}`, { hint: 'Export one bundle a signer.' });
  }
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: signature.keyid }, tlogEntries: [] },
    dsseEnvelope: JSON.parse(encodeEnvelope(envelope)) as Envelope,
  };
}
