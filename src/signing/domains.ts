import { Failure } from '../foundation/failure.ts';
import { decodeBase64 } from './base64.ts';
import { IN_TOTO_PAYLOAD_TYPE } from './envelope.ts';
import type { DocumentRole, PayloadRole } from './signer.ts';
import { asRecord, parseJson } from './strict-json.ts';

/**
 * What each role may say. A process that may ask for a build's statement can so never get a verdict, a release or a root
 * signed by asking for it under another name. Roots are signed only where they are made.
 */
const PREDICATES: Readonly<Record<PayloadRole, readonly string[]>> = {
  builder: ['https://slsa.dev/provenance/v1', 'https://cyclonedx.org/bom', 'https://spdx.dev/Document/v2.3', 'https://spdx.dev/Document/v3', 'https://in-toto.io/attestation/reference/v0.1'],
  rebuilder: ['https://provenroot.dev/rebuild/v1'],
  releaser: ['https://provenroot.dev/release/v1'],
  root: [],
  verifier: ['https://slsa.dev/verification_summary/v1'],
};

/** Who signs bills of materials inside the document. */
const DOCUMENT_ROLES: readonly string[] = ['builder'] satisfies DocumentRole[];
const BILL_VERSIONS: readonly unknown[] = ['1.6', '1.7'];
/**
 * Larger documents are signed by digest in a statement beside them: here all of it is parsed and written in canonical form
 * in one piece.
 */
export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

const STATEMENT = 'https://in-toto.io/Statement/v1';
const MAX_PAYLOAD_BYTES = 8 * 1024 * 1024;
const SIZE = /^(0|[1-9][0-9]{0,15})$/;

/** Throws SIGNING.NOT_ITS_ROLE, SIGNING.BAD_JSON. */
export function checkPayload(role: PayloadRole, payloadType: string, payload: Uint8Array): void {
  if (payload.byteLength > MAX_PAYLOAD_BYTES) refuse(role, `a payload of ${payload.byteLength} bytes; signed are at most ${MAX_PAYLOAD_BYTES}`);
  if (payloadType !== IN_TOTO_PAYLOAD_TYPE) refuse(role, `the payload type ${JSON.stringify(payloadType)}`);
  const { _type, predicateType } = asRecord(parseJson(payload, 'the payload to be signed')) ?? {};
  if (_type !== STATEMENT) refuse(role, 'a payload that is no in-toto statement v1');
  if (typeof predicateType !== 'string' || !PREDICATES[role].includes(predicateType)) refuse(role, `the predicate type ${JSON.stringify(predicateType)}`);
}

/** A CycloneDX document that nobody has signed yet, as its fields. Throws SIGNING.NOT_ITS_ROLE, SIGNING.BAD_JSON. */
export function checkDocument(role: DocumentRole, document: Uint8Array): Readonly<Record<string, unknown>> {
  if (!DOCUMENT_ROLES.includes(role)) refuse(role, 'documents');
  checkDocumentSize(role, document);
  const fields = asRecord(parseJson(document, 'the document to be signed')) ?? {};
  if (!isBillOfMaterials(fields)) refuse(role, 'a document that is no CycloneDX of version 1.6 or 1.7');
  if (Object.hasOwn(fields, 'signature')) refuse(role, 'a document that has a signature already');
  return fields;
}

/** Throws SIGNING.NOT_ITS_ROLE. Asked on both sides of the socket: a frame beyond the limit would only end the connection. */
export function checkDocumentSize(role: DocumentRole, document: Uint8Array): void {
  if (document.byteLength > MAX_DOCUMENT_BYTES) refuse(role, `a document of ${document.byteLength} bytes; signed are at most ${MAX_DOCUMENT_BYTES}`);
}

export function isBillOfMaterials({ bomFormat, specVersion }: Readonly<Record<string, unknown>>): boolean {
  return bomFormat === 'CycloneDX' && BILL_VERSIONS.includes(specVersion);
}

/** Only a checkpoint of this very log: origin, size, root, and no line more (C2SP tlog-checkpoint). */
export function checkNoteText(text: string, origin: string): void {
  const [first, size, root, ...rest] = text.split('\n');
  const isCheckpoint = first === origin && SIZE.test(size ?? '') && decodeBase64(root ?? '')?.byteLength === 32 && rest.length === 1 && rest[0] === '';
  if (!isCheckpoint) refuse('log', `a note that is no checkpoint of ${origin}`);
}

function refuse(role: string, what: string): never {
  throw new Failure('SIGNING.NOT_ITS_ROLE', `the ${role} key does not sign ${what}`);
}
