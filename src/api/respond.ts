import type { ServerResponse } from 'node:http';

import type { PublicError } from './present-error.ts';

/** On every answer: nothing of it may run, be framed, be guessed at, or be read by another site's page. */
const BASE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

export function setBaseHeaders(response: ServerResponse, requestId: string): void {
  for (const [name, value] of Object.entries(BASE_HEADERS)) response.setHeader(name, value);
  response.setHeader('x-request-id', requestId);
}

export function sendText(response: ServerResponse, status: number, type: string, text: string, headers: Readonly<Record<string, string>> = {}): void {
  const bytes = Buffer.from(text, 'utf8');
  response.writeHead(status, { 'cache-control': 'no-store', ...headers, 'content-type': type, 'content-length': bytes.length });
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}

export function sendJson(response: ServerResponse, status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): void {
  sendText(response, status, 'application/json; charset=utf-8', JSON.stringify(value), headers);
}

/** The same shape at every address: a GraphQL answer without data. */
export function sendError(response: ServerResponse, { code, message, hint, place, http, findings }: PublicError, requestId: string, headers: Readonly<Record<string, string>> = {}): void {
  if (response.headersSent) { response.destroy(); return; }
  for (const name of ['etag', 'content-disposition', 'accept-ranges', 'content-range', 'repr-digest']) response.removeHeader(name);
  sendJson(response, http, { errors: [{ message, extensions: { code, hint, requestId, ...(place === undefined ? {} : { place }), ...(findings === undefined ? {} : { findings }) } }] }, headers);
}
