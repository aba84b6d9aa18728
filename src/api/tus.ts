import type { IncomingMessage, ServerResponse } from 'node:http';

import { isSha256, type Sha256 } from '../foundation/digest.ts';
import { Failure } from '../foundation/failure.ts';
import type { UploadRow } from '../records/upload-records.ts';

/** Resumable uploads over HTTP: https://tus.io/protocols/resumable-upload, core and three extensions. */
export const TUS_VERSION = '1.0.0';
export const TUS_EXTENSIONS = 'creation,termination,expiration';
export const PART_TYPE = 'application/offset+octet-stream';

/** On every answer, refusals too; all but OPTIONS must name the version. Throws API.TUS_VERSION. */
export function speakTus(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('tus-resumable', TUS_VERSION);
  if (request.headers['tus-resumable'] === TUS_VERSION) return;
  response.setHeader('tus-version', TUS_VERSION);
  throw new Failure('API.TUS_VERSION', `the request does not say \`Tus-Resumable: ${TUS_VERSION}\``);
}

/** A header that is a whole number of bytes. Throws API.BAD_REQUEST. */
export function byteCount(request: IncomingMessage, name: 'upload-offset' | 'upload-length'): number {
  const text = request.headers[name];
  const count = typeof text === 'string' && /^(0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(count)) throw new Failure('API.BAD_REQUEST', `\`${name}\` must be a whole number of bytes`);
  return count;
}

/** Throws API.NOT_OFFSET_STREAM: a page of another site cannot send this type without asking first (CORS). */
export function checkPartType(request: IncomingMessage): void {
  if ((request.headers['content-type'] ?? '').toLowerCase() !== PART_TYPE) throw new Failure('API.NOT_OFFSET_STREAM', `the type of a part is ${PART_TYPE}`);
}

export interface UploadMetadata { name: string; sha256?: Sha256 }

/** `Upload-Metadata`: `filename` (or `name`) and `sha256`, each a key and its value in base64; others are passed over. Throws API.BAD_REQUEST. */
export function parseMetadata(header: string | undefined): UploadMetadata {
  const pairs = new Map((header ?? '').split(',').map((each) => each.trim()).filter((each) => each !== '').map(metadataPair));
  const sha256 = pairs.get('sha256');
  if (sha256 !== undefined && !isSha256(sha256)) throw new Failure('API.BAD_REQUEST', '`sha256` of `Upload-Metadata` must be 64 lower-case hexadecimal digits, in base64');
  return { name: pairs.get('filename') ?? pairs.get('name') ?? 'unnamed', ...(sha256 === undefined ? {} : { sha256 }) };
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function metadataPair(text: string): [string, string] {
  const [key = '', value = '', ...more] = text.split(' ');
  if (more.length > 0 || !BASE64.test(value)) throw new Failure('API.BAD_REQUEST', '`Upload-Metadata` is keys and base64 values: `filename aW1hZ2U=,sha256 …`');
  return [key, Buffer.from(value, 'base64').toString('utf8')];
}

/** Where an upload stands, in headers. */
export function tusHeaders({ offsetBytes, sizeBytes, state, expiresAt }: UploadRow): Record<string, string> {
  return {
    'cache-control': 'no-store', 'upload-offset': String(offsetBytes), 'upload-length': String(sizeBytes),
    ...(state === 'OPEN' ? { 'upload-expires': expiresAt.toUTCString() } : {}),
  };
}
