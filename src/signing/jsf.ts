import { verify } from 'node:crypto';

import { canonicalJson } from '../foundation/canonical-json.ts';
import { Failure } from '../foundation/failure.ts';
import { decodeBase64 } from './base64.ts';
import { isBillOfMaterials, MAX_DOCUMENT_BYTES } from './domains.ts';
import { rawPublicKey, type PublicKey } from './key.ts';
import { asRecord, parseJson } from './strict-json.ts';

/**
 * The signature of a CycloneDX document as `cdx-sign` and `cdx-verify` have it: over the RFC 8785 form of the document without
 * its member `signature`. JSF 0.82 itself also signs the members of `signature` but `value`; no tool at hand checks that for
 * CycloneDX, and no value is good under both. `verifyJsf` takes either.
 */
export interface JsfSignature extends JsfHead {
  /** base64url of 64 bytes. */
  value: string;
}

export interface JsfHead {
  algorithm: 'Ed25519';
  keyId: string;
  /** RFC 8037. For tools that know no root; who trusts a root looks at its keys alone. */
  publicKey: { kty: 'OKP'; crv: 'Ed25519'; x: string };
}

const BASE64URL = /^[\w-]+$/;
type Fields = Readonly<Record<string, unknown>>;

export function jsfHead({ keyId, key }: PublicKey): JsfHead {
  return { algorithm: 'Ed25519', keyId, publicKey: { kty: 'OKP', crv: 'Ed25519', x: rawPublicKey(key).toString('base64url') } };
}

/** What we sign. It begins with a brace, so it is never an encoding of DSSE nor a note. */
export function signableBytes(unsigned: Fields): Buffer {
  return Buffer.from(canonicalJson(unsigned));
}

/** Made by `verifyJsf` alone: who holds one holds a document that a trusted key has signed. */
class Verified {
  /** As it was signed, without the signature. */
  readonly document: Fields;
  readonly keyId: string;

  constructor(document: Fields, keyId: string) {
    this.document = document;
    this.keyId = keyId;
  }
}

export type VerifiedDocument = Verified;

/**
 * One of the keys has signed the whole CycloneDX document; take them from a root with the role `builder` and, where it is
 * known when the document was signed, that time. Of the signature only the value counts, and that it does not name another
 * key. Throws SIGNING.BAD_JSON, SIGNING.BAD_DOCUMENT, SIGNING.NOT_SIGNED.
 */
export function verifyJsf(bytes: Uint8Array, keys: readonly PublicKey[], place: string): VerifiedDocument {
  const { signature, ...document } = signableFields(bytes, place);
  if (signature === undefined) throw new Failure('SIGNING.NOT_SIGNED', `${place} is not signed`, { place });
  const { value, ...head } = signatureFields(signature, place);
  const candidates = keys.filter((key) => namesKey(head, key));
  const accepted = signerOf(document, head, value, candidates);
  if (accepted === undefined) throw new Failure('SIGNING.NOT_SIGNED', `${place} is signed by none of ${keys.length} trusted keys`, { place, details: { keyId: head.keyId } });
  return new Verified(document, accepted.keyId);
}

function signerOf(document: Fields, head: object, value: Buffer, keys: readonly PublicKey[]): PublicKey | undefined {
  for (const signed of encodings(document, head)) {
    const signer = keys.find(({ key }) => verify(null, signed, key, value));
    if (signer !== undefined) return signer;
  }
  return undefined;
}

/** No bytes are of both forms: what is signed in ours has no member `signature`, in that of JSF 0.82 it has one. */
function* encodings(document: Fields, head: object): Generator<Buffer> {
  yield signableBytes(document);
  yield signableBytes({ ...document, signature: head });
}

function signableFields(bytes: Uint8Array, place: string): Fields {
  if (bytes.byteLength > MAX_DOCUMENT_BYTES) refuse(place, `has ${bytes.byteLength} bytes, read are at most ${MAX_DOCUMENT_BYTES}`);
  const fields = asRecord(parseJson(bytes, place));
  return fields !== undefined && isBillOfMaterials(fields) ? fields : refuse(place, 'is no CycloneDX document of version 1.6 or 1.7');
}

interface ReadSignature { value: Buffer; algorithm: unknown; keyId?: unknown; publicKey?: unknown }

/** Closed: in JSF `excludes` takes parts of the document out of what is signed, `signers` and `chain` mean other bytes. */
function signatureFields(signature: unknown, place: string): ReadSignature {
  const { value, ...head } = asRecord(signature) ?? refuse(place, 'has a "signature" that is no JSON object');
  const unknown = Object.keys(head).find((name) => !['algorithm', 'keyId', 'publicKey'].includes(name));
  if (unknown !== undefined) refuse(place, `has a "signature" with the field ${JSON.stringify(unknown.slice(0, 80))}, which is not read here`);
  const { algorithm, ...rest } = head;
  if (algorithm !== 'Ed25519') refuse(place, `has a "signature" by ${JSON.stringify(algorithm)}, read is Ed25519`);
  const bytes = typeof value === 'string' && BASE64URL.test(value) ? decodeBase64(value) : undefined;
  if (bytes?.byteLength !== 64) return refuse(place, 'has a "signature" whose "value" is no 64 bytes in base64url');
  return { value: bytes, algorithm, ...rest };
}

/** Other tools leave either out, and call keys as they please: only the key itself must be the one that fits. */
function namesKey({ publicKey }: Omit<ReadSignature, 'value'>, { key }: PublicKey): boolean {
  if (publicKey === undefined) return true;
  const { kty, crv, x } = asRecord(publicKey) ?? {};
  return kty === 'OKP' && crv === 'Ed25519' && x === rawPublicKey(key).toString('base64url');
}

function refuse(place: string, why: string): never {
  throw new Failure('SIGNING.BAD_DOCUMENT', `${place} ${why}`, { place });
}
