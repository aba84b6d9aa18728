import { verify } from 'node:crypto';

import { Failure } from '../foundation/failure.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { preAuthenticationEncoding, type Envelope } from './envelope.ts';
import type { PublicKey } from './key.ts';

/** Made by `verifyEnvelope` alone: who holds one holds bytes that trusted keys have signed. */
class Verified {
  readonly #payload: Buffer;
  readonly payloadType: string;
  /** Those of the trusted keys that signed, each once, in the order they were handed in. */
  readonly keyIds: readonly string[];

  constructor(payloadType: string, payload: Buffer, keyIds: readonly string[]) {
    this.payloadType = payloadType;
    this.#payload = payload;
    this.keyIds = keyIds;
  }

  /** The very bytes that were signed: parse these, never the envelope again. */
  get payload(): Buffer {
    return Buffer.from(this.#payload);
  }
}

export type VerifiedEnvelope = Verified;

/**
 * At least `threshold` of the keys have signed the envelope; several signatures of one key count once (DSSE 1.0.2,
 * "Multi-signature Verification"). `keyid` is only a hint which key to try first. Throws SIGNING.NOT_SIGNED.
 */
export function verifyEnvelope(envelope: Envelope, keys: readonly PublicKey[], threshold: number, place: string): VerifiedEnvelope {
  const accepted = signersOf(envelope, keys);
  if (threshold < 1 || accepted.length < threshold) {
    throw new Failure('SIGNING.NOT_SIGNED', `${place} is signed by ${accepted.length} of ${keys.length} trusted keys, needed are ${threshold}`, {
      place, details: { accepted, needed: threshold, signatures: envelope.signatures.map(({ keyid }) => keyid) },
    });
  }
  return new Verified(envelope.payloadType, payloadBytes(envelope), accepted);
}

/** Ids of those keys of which a signature in the envelope is good. */
export function signersOf(envelope: Envelope, keys: readonly PublicKey[]): string[] {
  const signed = preAuthenticationEncoding(envelope.payloadType, payloadBytes(envelope));
  const signatures = envelope.signatures.map(({ keyid, sig }) => ({ keyid, bytes: decodeBase64(sig) ?? Buffer.alloc(0) }));
  return keys.filter(({ keyId, key }) => {
    const hinted = signatures.toSorted((a, b) => Number(b.keyid === keyId) - Number(a.keyid === keyId));
    return hinted.some(({ bytes }) => bytes.byteLength === 64 && verify(null, signed, key, bytes));
  }).map(({ keyId }) => keyId).filter((keyId, index, all) => all.indexOf(keyId) === index);
}

/** Unverified: for digests and for grouping, never to be parsed and believed. */
export function payloadBytes(envelope: Envelope): Buffer {
  return decodeBase64(envelope.payload) ?? Buffer.alloc(0);
}

/** Of foreign origin or not: the same bytes in the form that we write. */
export function plainEnvelope(envelope: Envelope): Envelope {
  return {
    payloadType: envelope.payloadType,
    payload: encodeBase64(payloadBytes(envelope)),
    signatures: envelope.signatures.map(({ keyid, sig }) => ({ keyid, sig: encodeBase64(decodeBase64(sig) ?? Buffer.alloc(0)) })),
  };
}
