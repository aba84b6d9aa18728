import { Failure } from '../foundation/failure.ts';
import { decodeBase64 } from './base64.ts';
import { IN_TOTO_PAYLOAD_TYPE } from './envelope.ts';
import type { PayloadRole } from './signer.ts';
import { asRecord, parseJson } from './strict-json.ts';

/**
 * What each role may say. A process that may ask for a build's statement can so never get a verdict, a release or a root
 * signed by asking for it under another name. Roots are signed only where they are made.
 */
const PREDICATES: Readonly<Record<PayloadRole, readonly string[]>> = {
  builder: ['https://slsa.dev/provenance/v1', 'https://cyclonedx.org/bom', 'https://spdx.dev/Document'],
  rebuilder: ['https://provenroot.dev/rebuild/v1'],
  releaser: ['https://provenroot.dev/release/v1'],
  root: [],
  verifier: ['https://slsa.dev/verification_summary/v1'],
};

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

/** Only a checkpoint of this very log: origin, size, root, and no line more (C2SP tlog-checkpoint). */
export function checkNoteText(text: string, origin: string): void {
  const [first, size, root, ...rest] = text.split('\n');
  const isCheckpoint = first === origin && SIZE.test(size ?? '') && decodeBase64(root ?? '')?.byteLength === 32 && rest.length === 1 && rest[0] === '';
  if (!isCheckpoint) refuse('log', `a note that is no checkpoint of ${origin}`);
}

function refuse(role: string, what: string): never {
  throw new Failure('SIGNING.NOT_ITS_ROLE', `the ${role} key does not sign ${what}`);
}
