import type { IncomingMessage } from 'node:http';

import { DEFAULT_UPLOAD_LIMITS } from '../actions/uploads.ts';
import { Failure } from '../foundation/failure.ts';
import type { UploadRow } from '../records/upload-records.ts';
import { nodeId, parseIdOf } from './node-ids.ts';
import { sendJson } from './respond.ts';
import type { Exchange, Method, Parts, Route, RouteParameter } from './route.ts';
import { safeValue } from './safe-text.ts';
import { byteCount, checkPartType, parseMetadata, PART_TYPE, speakTus, TUS_EXTENSIONS, TUS_VERSION, tusHeaders } from './tus.ts';

async function serveAbilities(_: Parts, { response }: Exchange): Promise<void> {
  response.writeHead(204, { 'tus-resumable': TUS_VERSION, 'tus-version': TUS_VERSION, 'tus-extension': TUS_EXTENSIONS, 'tus-max-size': DEFAULT_UPLOAD_LIMITS.sizeBytes }).end();
}

async function serveCreation(parts: Parts, { request, response, address }: Exchange): Promise<void> {
  speakTus(request, response);
  if (request.headers['upload-defer-length'] !== undefined) throw new Failure('API.BAD_REQUEST', 'the length of an upload must be known when it is opened');
  const sizeBytes = byteCount(request, 'upload-length');
  const { uploadId } = await parts.actions.openUpload({ ...parseMetadata(String(request.headers['upload-metadata'] ?? '')), sizeBytes });
  const row = await parts.actions.settleUpload({ uploadId });
  response.writeHead(201, { ...tusHeaders(row), location: `${address}/uploads/${nodeId('Upload', uploadId)}`, 'content-length': 0 }).end();
}

const idOf = ({ path }: Exchange): string => parseIdOf('Upload', path['id']!).id;

/** HEAD is for who goes on with it; GET tells people. */
async function serveUpload(parts: Parts, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  if (request.method === 'HEAD') speakTus(request, response);
  const row = await parts.actions.settleUpload({ uploadId: idOf(exchange) });
  if (request.method !== 'HEAD') { sendJson(response, 200, presentUpload(row)); return; }
  const isOver = row.state === 'REFUSED' || row.state === 'REMOVED' || row.state === 'EXPIRED';
  response.writeHead(isOver ? 410 : 200, { ...tusHeaders(row), 'content-length': 0 }).end();
}

function presentUpload({ id, name, state, sizeBytes, offsetBytes, sha256, message, expiresAt }: UploadRow): object {
  return { id: nodeId('Upload', id), name: safeValue(name), state, sizeBytes, offsetBytes, sha256, message, expiresAt: expiresAt.toISOString() };
}

async function servePart(parts: Parts, exchange: Exchange): Promise<void> {
  const { request, response, signal } = exchange;
  speakTus(request, response);
  checkPartType(request);
  const length = request.headers['content-length'];
  try {
    const row = await parts.actions.receiveUpload({ uploadId: idOf(exchange), offsetBytes: byteCount(request, 'upload-offset'), ...(length === undefined ? {} : { lengthBytes: Number(length) }), body: received(request), signal });
    response.writeHead(204, tusHeaders(row)).end();
  } finally {
    request.socket.setTimeout(parts.limits.stalledMs);
  }
}

/** Once all has come, hashing and keeping it may take longer than a client may be silent. */
async function* received(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  yield* request as AsyncIterable<Uint8Array>;
  request.socket.setTimeout(0);
}

async function serveRemoval(parts: Parts, exchange: Exchange): Promise<void> {
  speakTus(exchange.request, exchange.response);
  await parts.actions.removeUpload({ uploadId: idOf(exchange) });
  exchange.response.writeHead(204).end();
}

/** For clients behind what lets only GET and POST through. */
async function serveOverridden(parts: Parts, exchange: Exchange): Promise<void> {
  const method = exchange.request.headers['x-http-method-override'];
  const serve = method === 'PATCH' ? servePart : method === 'DELETE' ? serveRemoval : undefined;
  if (serve === undefined) throw new Failure('API.METHOD_NOT_ALLOWED', 'a POST to an upload says what it is for in `X-HTTP-Method-Override`: PATCH or DELETE');
  await serve(parts, exchange);
}

const ID: RouteParameter = { name: 'id', in: 'path', description: 'Id of the upload.', schema: { type: 'string' }, required: true };
const header = (name: string, description: string, required = true): RouteParameter => ({ name, in: 'header', description, schema: { type: 'string' }, required });
const TUS = header('Tus-Resumable', '`1.0.0`.');
const OFFSET = header('Upload-Offset', 'Where the part begins, in bytes: what HEAD says.');
const OVER = { 404: { description: 'No such upload.' }, 410: { description: 'It is over: refused, removed or expired.' }, 412: { description: 'Another version of tus.' } };
const PART_ANSWERS = {
  204: { description: 'So far, on disk and on record; with the last part: whole, and in the store.' }, ...OVER, 409: { description: 'It goes on elsewhere; ask with HEAD.' }, 413: { description: 'More bytes than were announced.' },
  415: { description: `The type is not ${PART_TYPE}.` }, 422: { description: 'The bytes have another digest than was announced; nothing was kept.' }, 423: { description: 'Another request is at it.' }, 507: { description: 'No space is left; what has come stays.' },
};

const route = (method: Method, path: string, id: string, summary: string, rest: Pick<Route, 'parameters' | 'answers' | 'serve'>): Route => ({ method, path, id, summary, streams: true, ...rest });

export const UPLOAD_ROUTES: readonly Route[] = [
  route('OPTIONS', '/uploads', 'getUploadAbilities', 'What of tus this server speaks', { parameters: [], answers: { 204: { description: 'In the headers.' } }, serve: serveAbilities }),
  route('POST', '/uploads', 'createUpload', 'Open an upload', {
    parameters: [TUS, header('Upload-Length', 'Bytes of all of it.'), header('Upload-Metadata', '`filename` and `sha256`, each with its value in base64.', false)],
    answers: { 201: { description: '`Location` is where its parts go.' }, 412: OVER[412], 413: { description: 'Larger than is taken.' }, 429: { description: 'Too many are open.' }, 507: { description: 'There is no space for it.' } }, serve: serveCreation,
  }),
  route('GET', '/uploads/{id}', 'getUpload', 'Where an upload stands; HEAD: as tus has it', {
    parameters: [ID], answers: { 200: { description: 'The upload.', type: 'application/json', schema: { type: 'object', required: ['id', 'name', 'state', 'sizeBytes', 'offsetBytes', 'sha256', 'expiresAt'] } }, 404: OVER[404] }, serve: serveUpload,
  }),
  route('PATCH', '/uploads/{id}', 'sendUploadPart', 'Send a part of an upload', { parameters: [ID, TUS, OFFSET, header('Content-Type', `\`${PART_TYPE}\`.`)], answers: PART_ANSWERS, serve: servePart }),
  route('DELETE', '/uploads/{id}', 'deleteUpload', 'Remove an upload', { parameters: [ID, TUS], answers: { 204: { description: 'Gone.' }, ...OVER }, serve: serveRemoval }),
  route('POST', '/uploads/{id}', 'overrideUploadMethod', 'PATCH or DELETE for who cannot send these', {
    parameters: [ID, TUS, header('X-HTTP-Method-Override', 'PATCH or DELETE.')], answers: { ...PART_ANSWERS, 405: { description: 'Neither of the two.' } }, serve: serveOverridden,
  }),
];
