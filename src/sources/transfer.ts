import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { fileURLToPath } from 'node:url';

import { errorCodeOf, isCoded } from '../foundation/failure.ts';
import type { Origin } from './origin.ts';
import type { PartialFile } from './partial-file.ts';
import { checkUrl, isTrusted, PRIVATE_ADDRESS, publicLookup } from './url-guard.ts';

/** How one try at one origin ended. `complete` says only that all bytes came, not that they are the right ones. */
export type Transfer = { kind: 'complete' } | TransferFailure;

export interface TransferFailure {
  kind: 'refused' | 'missing' | 'wrong-size' | 'broken' | 'no-answer';
  /** Reads after the URL: "answered 404". */
  why: string;
  /** The same try may go better in a moment. */
  retryable: boolean;
  /** Nobody answered there at all: another file of the same host need not be asked for. */
  hostIsDown?: true;
  /** What the server asked us to wait. */
  retryAfterMs?: number;
}

export interface TransferLimits {
  /** Without a byte for so long, the connection counts as broken. */
  idleMs: number;
  /** A server may not take longer than this in all, however steadily it drips. */
  deadlineMs(sizeBytes: number): number;
  redirects: number;
}

export interface TransferAsk {
  origin: Origin;
  sizeBytes: number;
  partial: PartialFile;
  privateHosts: readonly string[];
  limits: TransferLimits;
  signal?: AbortSignal | undefined;
  onBytes(receivedBytes: number): void;
}

/** Brings the rest of a file into `partial`. Throws only where the disk fails or the caller cancels. */
export async function transfer(ask: TransferAsk): Promise<Transfer> {
  const checked = checkUrl(ask.origin.url, ask.origin.namedBy, ask.privateHosts);
  if ('refused' in checked) return refused(checked.refused);
  if (checked.url.protocol === 'file:') return copyFile(checked.url, ask);
  const deadline = AbortSignal.timeout(Math.ceil(ask.limits.deadlineMs(ask.sizeBytes)));
  try {
    const answer = await askFollowing(checked.url, ask, AbortSignal.any([deadline, ...(ask.signal === undefined ? [] : [ask.signal])]));
    return 'kind' in answer ? answer : await receive(answer, ask);
  } catch (error) {
    ask.signal?.throwIfAborted();
    if (isCoded(error) || isOurMistake(error)) throw error;
    return deadline.aborted ? { kind: 'broken', why: 'took too long', retryable: false } : brokenBy(error);
  }
}

async function copyFile(url: URL, ask: TransferAsk): Promise<Transfer> {
  const found = await stat(fileURLToPath(url)).catch(() => undefined);
  if (found === undefined || !found.isFile()) return missing('is not a file here');
  await ask.partial.restart();
  return pump(createReadStream(fileURLToPath(url)), ask, () => true);
}

async function askFollowing(first: URL, ask: TransferAsk, signal: AbortSignal): Promise<IncomingMessage | TransferFailure> {
  let url = first;
  for (let hops = 0; hops <= ask.limits.redirects; hops++) {
    const response = await send(url, ask, signal);
    const location = redirectOf(response);
    if (location === undefined) return response;
    response.destroy();
    if (!URL.canParse(location, url.href)) return refused('redirects to what is not a URL');
    const next = checkUrl(new URL(location, url).href, ask.origin.namedBy, ask.privateHosts);
    if ('refused' in next) return refused(`redirects to a place that ${next.refused}`);
    if (next.url.protocol === 'file:') return refused('redirects to a file of this machine');
    url = next.url;
  }
  return refused(`redirects more than ${ask.limits.redirects} times`);
}

/** No decompression ever: the digest is over the bytes as upstream publishes them. */
function send(url: URL, ask: TransferAsk, signal: AbortSignal): Promise<IncomingMessage> {
  const driver = url.protocol === 'https:' ? https : http;
  const offset = ask.partial.lengthBytes;
  const headers = { 'user-agent': 'provenroot', accept: '*/*', 'accept-encoding': 'identity', ...(offset > 0 ? { range: `bytes=${offset}-` } : {}) };
  const guard = isTrusted(url, ask.origin.namedBy, ask.privateHosts) ? {} : { lookup: publicLookup };
  return new Promise((resolve, reject) => {
    // `agent: false`: a connection that was opened for a trusted origin must not serve an untrusted one.
    const request = driver.get(url, { headers, signal, timeout: ask.limits.idleMs, agent: false, ...guard });
    request.once('timeout', () => request.destroy(timeoutError()));
    request.once('response', resolve);
    request.on('error', reject);
  });
}

const IDLE = 'EIDLE';
const timeoutError = (): Error => Object.assign(new Error('idle'), { code: IDLE });

function redirectOf(response: IncomingMessage): string | undefined {
  return [301, 302, 303, 307, 308].includes(response.statusCode ?? 0) ? response.headers.location : undefined;
}

async function receive(response: IncomingMessage, ask: TransferAsk): Promise<Transfer> {
  const judged = judgeHead(response, ask);
  if (judged !== undefined) {
    response.destroy();
    return judged;
  }
  if (response.statusCode === 200) await ask.partial.restart();
  const statesLength = response.headers['content-length'] !== undefined || response.headers['transfer-encoding'] !== undefined;
  try {
    return await pump(response, ask, () => statesLength);
  } finally {
    response.destroy();
  }
}

function judgeHead(response: IncomingMessage, ask: TransferAsk): TransferFailure | undefined {
  const status = response.statusCode ?? 0;
  const answered = `answered ${status}`;
  if (status === 416) return { kind: 'broken', why: `${answered} to a request to go on`, retryable: true };
  if (status === 404 || status === 410) return missing(answered);
  if (status === 408 || status === 429 || status >= 500) return { kind: 'no-answer', why: answered, retryable: true, ...retryAfter(response) };
  if (status === 206) return judgeRange(response, ask);
  if (status !== 200) return { kind: 'no-answer', why: answered, retryable: false };
  const length = response.headers['content-length'];
  return length === undefined ? undefined : judgeLength(Number(length), ask.sizeBytes);
}

function judgeRange(response: IncomingMessage, ask: TransferAsk): TransferFailure | undefined {
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers['content-range'] ?? '');
  if (range === null || Number(range[1]) !== ask.partial.lengthBytes) {
    return { kind: 'broken', why: 'answered with another part than asked for', retryable: true };
  }
  return range[2] === '*' ? undefined : judgeLength(Number(range[2]), ask.sizeBytes);
}

function judgeLength(found: number, expected: number): TransferFailure | undefined {
  return found === expected ? undefined : { kind: 'wrong-size', why: `has ${found} bytes, expected are ${expected}`, retryable: false };
}

function retryAfter(response: IncomingMessage): { retryAfterMs?: number } {
  const seconds = Number(response.headers['retry-after']);
  return Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: Math.min(seconds, 30) * 1000 } : {};
}

/** `endIsSure`: whether a clean end means that the server has no more, or may as well be a cut connection. */
async function pump(body: AsyncIterable<Uint8Array>, ask: TransferAsk, endIsSure: () => boolean): Promise<Transfer> {
  const { partial, sizeBytes } = ask;
  for await (const chunk of body) {
    if (partial.lengthBytes + chunk.byteLength > sizeBytes) {
      return { kind: 'wrong-size', why: `has more than the expected ${sizeBytes} bytes`, retryable: false };
    }
    await partial.append(chunk);
    ask.onBytes(partial.lengthBytes);
  }
  if (partial.lengthBytes === sizeBytes) return { kind: 'complete' };
  const why = `ended after ${partial.lengthBytes} of ${sizeBytes} bytes`;
  return endIsSure() ? { kind: 'wrong-size', why, retryable: false } : { kind: 'broken', why, retryable: true };
}

const refused = (why: string): TransferFailure => ({ kind: 'refused', why, retryable: false });
const missing = (why: string): TransferFailure => ({ kind: 'missing', why, retryable: false });

/** A wrong argument to Node is no broken line. */
function isOurMistake(error: unknown): boolean {
  return /^ERR_(INVALID|OUT_OF)/.test(errorCodeOf(error) ?? 'ERR_INVALID');
}

const NOBODY_THERE = new Set(['ENOTFOUND', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENODATA']);

function brokenBy(error: unknown): TransferFailure {
  const code = errorCodeOf(error) ?? 'unknown error';
  if (code === PRIVATE_ADDRESS) return refused('resolves to an address that is not public');
  if (code === IDLE) return { kind: 'no-answer', why: 'fell silent', retryable: true, hostIsDown: true };
  if (code === 'EAI_AGAIN' || code === 'ETIMEDOUT') return { kind: 'no-answer', why: `cannot be reached (${code})`, retryable: true, hostIsDown: true };
  if (NOBODY_THERE.has(code)) return { kind: 'no-answer', why: `cannot be reached (${code})`, retryable: false, hostIsDown: true };
  return { kind: 'broken', why: `broke off (${code})`, retryable: true };
}
