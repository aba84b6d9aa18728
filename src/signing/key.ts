import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';

/** An ed25519 public key and its name. */
export interface PublicKey {
  /** sha256 of the key's SubjectPublicKeyInfo in DER. */
  keyId: Sha256;
  key: KeyObject;
}

/** Longer than any PEM of an ed25519 key. */
const MAX_PEM_LENGTH = 1024;

export function keyIdOf(key: KeyObject): Sha256 {
  return sha256(publicOf(key).export({ type: 'spki', format: 'der' }));
}

/** SPKI PEM to a key; only ed25519. Throws SIGNING.BAD_KEY. */
export function parsePublicKey(pem: string, place: string): PublicKey {
  const key = parsed(() => pem.length <= MAX_PEM_LENGTH && pem.startsWith('-----BEGIN PUBLIC KEY-----') ? createPublicKey(pem) : undefined);
  if (key?.asymmetricKeyType !== 'ed25519') throw new Failure('SIGNING.BAD_KEY', `${place} is no ed25519 public key in PEM`, { place });
  return { keyId: keyIdOf(key), key };
}

/** PKCS#8 PEM to a key; only ed25519. Throws SIGNING.BAD_KEY, which never quotes the text. */
export function parsePrivateKey(pem: string, place: string): KeyObject {
  const key = parsed(() => createPrivateKey(pem));
  if (key?.asymmetricKeyType !== 'ed25519') throw new Failure('SIGNING.BAD_KEY', `${place} is no ed25519 private key in PEM`, { place });
  return key;
}

export function newPrivateKey(): KeyObject {
  return generateKeyPairSync('ed25519').privateKey;
}

export function publicPem(key: KeyObject): string {
  return publicOf(key).export({ type: 'spki', format: 'pem' }).toString();
}

/** The 32 bytes of RFC 8032. */
export function rawPublicKey(key: KeyObject): Buffer {
  return publicOf(key).export({ type: 'spki', format: 'der' }).subarray(-32);
}

function publicOf(key: KeyObject): KeyObject {
  return key.type === 'public' ? key : createPublicKey(key);
}

function parsed(read: () => KeyObject | undefined): KeyObject | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
