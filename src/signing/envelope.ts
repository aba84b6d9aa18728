import { Failure } from '../foundation/failure.ts';
import { decodeBase64 } from './base64.ts';
import { asRecord, parseJson } from './strict-json.ts';

/** DSSE 1.0.2, JSON form. */
export interface Envelope {
  payloadType: string;
  /** base64 of the very bytes that were signed. */
  payload: string;
  signatures: readonly EnvelopeSignature[];
}

export interface EnvelopeSignature {
  /** A hint and nothing more: nobody signs it. */
  keyid: string;
  /** base64. */
  sig: string;
}

export const IN_TOTO_PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** 8 MiB of payload in base64, and as much again for signatures and white space. */
const MAX_ENVELOPE_BYTES = 16 * 1024 * 1024;
const MAX_PAYLOAD_TYPE_LENGTH = 255;
const MAX_SIGNATURES = 64;

/** What is signed: `DSSEv1 SP LEN(type) SP type SP LEN(body) SP body`, lengths in bytes (DSSE 1.0.2, protocol.md). */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType, 'utf8');
  return Buffer.concat([Buffer.from(`DSSEv1 ${type.byteLength} `), type, Buffer.from(` ${payload.byteLength} `), payload]);
}

/** Hostile bytes to an envelope whose every part is well-formed; says nothing about who signed. Throws SIGNING.BAD_ENVELOPE. */
export function parseEnvelope(bytes: Uint8Array, place: string): Envelope {
  if (bytes.byteLength > MAX_ENVELOPE_BYTES) refuse(place, `has ${bytes.byteLength} bytes, read are at most ${MAX_ENVELOPE_BYTES}`);
  const fields = asRecord(parseJson(bytes, place)) ?? refuse(place, 'is no JSON object');
  const { payloadType, payload, signatures } = fields;
  if (typeof payloadType !== 'string' || payloadType === '' || payloadType.length > MAX_PAYLOAD_TYPE_LENGTH) refuse(place, 'has no proper "payloadType"');
  if (typeof payload !== 'string' || decodeBase64(payload) === undefined) refuse(place, 'has a "payload" that is not base64');
  if (!Array.isArray(signatures) || signatures.length === 0) refuse(place, 'has no "signatures"');
  if (signatures.length > MAX_SIGNATURES) refuse(place, `has ${signatures.length} signatures, read are at most ${MAX_SIGNATURES}`);
  return { payloadType, payload, signatures: signatures.map((one: unknown, index) => signatureOf(one, `${place}, signature ${index}`)) };
}

function signatureOf(value: unknown, place: string): EnvelopeSignature {
  const { keyid = '', sig } = asRecord(value) ?? refuse(place, 'is no JSON object');
  if (typeof keyid !== 'string' || keyid.length > 256) refuse(place, 'has a "keyid" that is no short text');
  if (typeof sig !== 'string' || decodeBase64(sig) === undefined) refuse(place, 'has a "sig" that is not base64');
  return { keyid, sig };
}

function refuse(place: string, why: string): never {
  throw new Failure('SIGNING.BAD_ENVELOPE', `${place} ${why}`, { place });
}
