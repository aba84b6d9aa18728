import type { IncomingMessage } from 'node:http';

import { Failure } from '../foundation/failure.ts';
import type { GraphqlRequest } from './document-gate.ts';

/** The whole body, or a refusal as soon as it is known to be too large. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const tooLarge = (): never => { throw new Failure('API.BODY_TOO_LARGE', `the body is larger than ${limitBytes} bytes`); };
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) return tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A page of another site can not send this type without asking first (CORS), and is refused then. */
export function checkJson(request: IncomingMessage): void {
  const [type, ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';').map((part) => part.trim());
  if (type !== 'application/json' || parameters.some((each) => each.startsWith('charset=') && !/^charset="?utf-8"?$/.test(each))) {
    throw new Failure('API.NOT_JSON', 'the body must be application/json in UTF-8');
  }
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw new Failure('API.NOT_JSON', 'the body must not be compressed');
}

/** The shape of a GraphQL request over HTTP or in a `subscribe` message. */
export function parseGraphqlRequest(body: unknown): GraphqlRequest {
  const refuse = (what: string): never => { throw new Failure('API.BAD_REQUEST', what); };
  if (!isPlainObject(body)) return refuse('the body must be one object: {"query": …, "variables": …, "operationName": …}');
  const query = body['query'];
  const variables = body['variables'] ?? {};
  const operationName = body['operationName'] ?? undefined;
  if (typeof query !== 'string' || query === '') return refuse('"query" must be the text of a GraphQL document');
  if (!isPlainObject(variables)) return refuse('"variables" must be an object');
  if (operationName !== undefined && typeof operationName !== 'string') return refuse('"operationName" must be text');
  return { query, variables, operationName };
}

export function parseJsonBody(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch {
    throw new Failure('API.BAD_REQUEST', 'the body is not JSON in UTF-8');
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
