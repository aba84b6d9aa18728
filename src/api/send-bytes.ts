import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';

import type { Sha256 } from '../foundation/digest.ts';
import { namesTag, parseRange, type ByteRange } from './byte-range.ts';

export interface SentBytes {
  sizeBytes: number;
  type: string;
  /** File name that a browser keeps it under. */
  name: string;
  /** Strong entity tag, quoted; absent for what still changes. */
  tag?: string;
  cache: string;
  /** Of the whole, where it is known (RFC 9530). */
  sha256?: Sha256;
  /** Undefined: all of it. */
  read(range: ByteRange | undefined): AsyncIterable<Uint8Array>;
}

/** 200, 206, 304 or 416 by RFC 9110; sends as fast as the client takes it. */
export async function sendBytes(request: IncomingMessage, response: ServerResponse, sent: SentBytes, signal: AbortSignal): Promise<void> {
  response.setHeader('accept-ranges', 'bytes');
  response.setHeader('cache-control', sent.cache);
  if (sent.tag !== undefined) response.setHeader('etag', sent.tag);
  if (sent.tag !== undefined && namesTag(request.headers['if-none-match'], sent.tag, true)) { response.writeHead(304).end(); return; }
  const range = rangeOf(request, sent);
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'content-range': `bytes */${sent.sizeBytes}`, 'content-length': 0 }).end();
    return;
  }
  if (sent.sha256 !== undefined) response.setHeader('repr-digest', `sha-256=:${Buffer.from(sent.sha256, 'hex').toString('base64')}:`);
  if (range !== undefined) response.setHeader('content-range', `bytes ${range.start}-${range.end - 1}/${sent.sizeBytes}`);
  response.writeHead(range === undefined ? 200 : 206, {
    'content-type': sent.type,
    'content-length': range === undefined ? sent.sizeBytes : range.end - range.start,
    'content-disposition': attachment(sent.name),
  });
  if (request.method === 'HEAD') { response.end(); return; }
  await pour(sent.read(range), response, signal);
}

function rangeOf(request: IncomingMessage, sent: SentBytes): ByteRange | 'unsatisfiable' | undefined {
  const condition = request.headers['if-range'];
  if (typeof condition === 'string' && !(sent.tag !== undefined && condition.trim() === sent.tag)) return undefined;
  return parseRange(request.headers.range, sent.sizeBytes);
}

/**
 * The last piece is held back until the source has ended: a store that finds the whole damaged says so at the end,
 * and the connection is then cut, so the client sees a short body and never a complete wrong one.
 */
export async function pour(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, response: ServerResponse, signal: AbortSignal): Promise<void> {
  let held: Uint8Array | undefined;
  for await (const chunk of source) {
    if (held !== undefined && !response.write(held)) await once(response, 'drain', { signal });
    signal.throwIfAborted();
    held = chunk;
  }
  response.end(held);
}

/** RFC 6266: plain ASCII for old clients, the true name beside it. */
function attachment(name: string): string {
  const ascii = name.replace(/[^A-Za-z0-9._-]/g, '_');
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (each) => `%${each.codePointAt(0)!.toString(16).toUpperCase()}`);
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
