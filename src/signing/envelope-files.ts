import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import { encodeBase64 } from './base64.ts';
import { parseEnvelope, type Envelope, type EnvelopeSignature } from './envelope.ts';
import type { Signature } from './signer.ts';
import { payloadBytes, plainEnvelope } from './verify-envelope.ts';

const MAX_FILE_BYTES = 256 * 1024 * 1024;
const MAX_LINES = 10_000;
const LINE_FEED = 0x0a;

export function makeEnvelope(payloadType: string, payload: Uint8Array, signatures: readonly Signature[]): Envelope {
  return {
    payloadType, payload: encodeBase64(payload),
    signatures: signatures.map(({ keyId, signature }) => ({ keyid: keyId, sig: encodeBase64(signature) })),
  };
}

/** One line of canonical JSON, without its end. */
export function encodeEnvelope(envelope: Envelope): string {
  return canonicalJson(plainEnvelope(envelope));
}

/** By which a statement is known: its payload's digest. */
export function payloadDigest(envelope: Envelope): Sha256 {
  return sha256(payloadBytes(envelope));
}

/** `.intoto.jsonl`: one envelope a line, empty lines skipped. Throws SIGNING.BAD_ENVELOPE, SIGNING.BAD_JSON with the line. */
export function parseEnvelopeLines(bytes: Uint8Array, place: string): Envelope[] {
  if (bytes.byteLength > MAX_FILE_BYTES) throw new Failure('SIGNING.BAD_ENVELOPE', `${place} has ${bytes.byteLength} bytes, read are at most ${MAX_FILE_BYTES}`, { place });
  const envelopes: Envelope[] = [];
  for (let start = 0, line = 1; start < bytes.byteLength; line++) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const end = feed < 0 ? bytes.byteLength : feed;
    const content = bytes.subarray(start, end);
    if (line > MAX_LINES) throw new Failure('SIGNING.BAD_ENVELOPE', `${place} has more than ${MAX_LINES} lines`, { place });
    if (content.some((byte) => byte !== 0x20 && byte !== 0x0d && byte !== 0x09)) envelopes.push(parseEnvelope(content, `${place}, line ${line}`));
    start = end + 1;
  }
  return envelopes;
}

export function encodeEnvelopeLines(envelopes: readonly Envelope[]): Buffer {
  return Buffer.from(envelopes.map((envelope) => `${encodeEnvelope(envelope)}\n`).join(''));
}

/** As they are kept: one envelope a signature, over the same payload. */
export function oneEach(envelope: Envelope): Envelope[] {
  return envelope.signatures.map((signature) => ({ ...envelope, signatures: [signature] }));
}

/** One envelope for each payload, in the order they first come; a signature that comes twice stands once. */
export function mergeEnvelopes(envelopes: readonly Envelope[]): Envelope[] {
  const merged = new Map<string, { envelope: Envelope; signatures: Map<string, EnvelopeSignature> }>();
  for (const envelope of envelopes.map(plainEnvelope)) {
    const key = `${envelope.payloadType}\0${payloadDigest(envelope)}`;
    const found = merged.get(key) ?? { envelope, signatures: new Map<string, EnvelopeSignature>() };
    for (const signature of envelope.signatures) found.signatures.set(`${signature.keyid}\0${signature.sig}`, signature);
    merged.set(key, found);
  }
  return [...merged.values()].map(({ envelope, signatures }) => ({ ...envelope, signatures: [...signatures.values()] }));
}
