import type { ReadDocument } from '../documents/document-fields.ts';
import { STATEMENT_TYPE } from '../evidence/predicates.ts';
import { sha256 } from '../foundation/digest.ts';
import { Failure, isCoded } from '../foundation/failure.ts';
import { IN_TOTO_PAYLOAD_TYPE, parseEnvelope } from '../signing/envelope.ts';
import { verifyJsf } from '../signing/jsf.ts';
import type { RootKey } from '../signing/root-content.ts';
import { asRecord, parseJson } from '../signing/strict-json.ts';
import { isValidAt, rootKey, type TrustRoot } from '../signing/trust-root.ts';
import { signersOf, verifyEnvelope } from '../signing/verify-envelope.ts';

/** Who vouches for a document, and where the signature stands. */
export interface BillSigner { form: 'JSF' | 'DSSE'; keyId: string; operator: string }

export interface SignedBill {
  bytes: Uint8Array;
  document: ReadDocument;
  /** A DSSE envelope that came beside the document. */
  envelope?: Uint8Array;
  root: TrustRoot;
  /** RFC 3339, milliseconds, UTC: keys must be valid then. */
  at: string;
}

/** Predicates under which a builder speaks of documents (`domains.ts` of the room `signing`). */
const PREDICATES = ['https://cyclonedx.org/bom', 'https://spdx.dev/Document', 'https://in-toto.io/attestation/reference'];

/**
 * Every signature that is there must be good: the one inside a CycloneDX document, the envelope beside any. Throws
 * DOCUMENTS.NOT_SIGNED where there is none, DOCUMENTS.OTHER_DOCUMENT, and what says why a signature does not count.
 */
export function verifyBillSignatures(bill: SignedBill): BillSigner[] {
  const { document: { format, fields }, envelope } = bill;
  const inside = format.startsWith('cyclonedx-') && Object.hasOwn(fields, 'signature');
  if (!inside && envelope === undefined) throw new Failure('DOCUMENTS.NOT_SIGNED', 'the document carries no signature, and no envelope came beside it');
  return [...(inside ? [insideSigner(bill)] : []), ...(envelope === undefined ? [] : besideSigners(bill, envelope))];
}

function insideSigner({ bytes, document: { fields }, root, at }: SignedBill): BillSigner {
  const keyId = signedInside(bytes, fields, root);
  const [key] = entitled([rootKey(root, keyId)!], at);
  return { form: 'JSF', keyId, operator: key!.operator };
}

function signedInside(bytes: Uint8Array, fields: ReadDocument['fields'], root: TrustRoot): string {
  try {
    return verifyJsf(bytes, root.content.keys.map(({ keyId }) => root.publicKey(keyId)), 'the document').keyId;
  } catch (error) {
    if (!isCoded(error) || error.code !== 'SIGNING.NOT_SIGNED') throw error;
    const claimed = asRecord(fields['signature'])?.['keyId'];
    return refuseSigner(typeof claimed === 'string' ? [claimed] : [], root);
  }
}

function besideSigners({ bytes, root, at }: SignedBill, envelopeBytes: Uint8Array): BillSigner[] {
  const envelope = parseEnvelope(envelopeBytes, 'the envelope');
  const signed = signersOf(envelope, root.content.keys.map(({ keyId }) => root.publicKey(keyId)));
  if (signed.length === 0) refuseSigner(envelope.signatures.map(({ keyid }) => keyid), root);
  const keys = entitled(signed.map((keyId) => rootKey(root, keyId)!), at);
  const { payloadType, payload } = verifyEnvelope(envelope, keys.map(({ keyId }) => root.publicKey(keyId)), 1, 'the envelope');
  if (payloadType !== IN_TOTO_PAYLOAD_TYPE) throw new Failure('EVIDENCE.WRONG_TYPE', `the envelope has the payload type ${JSON.stringify(payloadType)}`);
  checkStatement(parseJson(payload, 'the statement in the envelope'), bytes);
  return keys.map(({ keyId, operator }) => ({ form: 'DSSE', keyId, operator }));
}

function checkStatement(statement: unknown, bytes: Uint8Array): void {
  const { _type, predicateType, subject } = asRecord(statement) ?? {};
  const ofDocuments = typeof predicateType === 'string' && PREDICATES.some((one) => predicateType === one || predicateType.startsWith(`${one}/`));
  if (_type !== STATEMENT_TYPE || !ofDocuments) throw new Failure('EVIDENCE.WRONG_TYPE', `the envelope holds no statement about documents but ${JSON.stringify(predicateType ?? _type ?? null).slice(0, 200)}`);
  const digest = sha256(bytes);
  const named = Array.isArray(subject) && subject.some((one: unknown) => asRecord(asRecord(one)?.['digest'])?.['sha256'] === digest);
  if (!named) throw new Failure('DOCUMENTS.OTHER_DOCUMENT', `the envelope does not speak of this document, ${digest}`);
}

/** What the root lets a builder's key say, while it is valid. */
function entitled(keys: readonly RootKey[], at: string): RootKey[] {
  const builders = keys.filter(({ roles }) => roles.includes('builder'));
  if (builders.length === 0) throw new Failure('EVIDENCE.WRONG_ROLE', `a document is for a builder to sign; the key is that of ${keys[0]!.roles.join(' and ')}`);
  const valid = builders.filter((key) => isValidAt(key, at));
  const [first] = builders;
  if (valid.length === 0) throw new Failure('EVIDENCE.KEY_NOT_VALID_THEN', `the key is valid from ${first!.validFrom} to ${first!.validUntil ?? 'no end'}, not at ${at}`);
  return valid;
}

function refuseSigner(claimed: readonly string[], root: TrustRoot): never {
  const known = claimed.find((keyId) => rootKey(root, keyId) !== undefined);
  if (known !== undefined) throw new Failure('EVIDENCE.BAD_SIGNATURE', `the signature under the name of ${known} is not good`);
  throw new Failure('EVIDENCE.UNKNOWN_SIGNER', 'no key that the root names has signed it');
}
