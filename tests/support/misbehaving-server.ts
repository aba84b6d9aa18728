import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface MisbehavingServer {
  url: string;
  host: string;
  /** Path and Range header of every request so far. */
  asked: { path: string; range?: string }[];
  close(): Promise<void>;
}

/** How one path answers; the second argument counts the requests for that path from 1. */
export type Answer = (response: ServerResponse, nth: number, request: IncomingMessage) => void;

/** A real HTTP server on loopback that answers each path as told, 404 for any other. */
export async function startMisbehavingServer(answers: Readonly<Record<string, Answer>>): Promise<MisbehavingServer> {
  const asked: MisbehavingServer['asked'] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const range = request.headers.range;
    asked.push({ path, ...(range === undefined ? {} : { range }) });
    const answer = answers[path];
    if (answer === undefined) response.writeHead(404).end('no');
    else answer(response, asked.filter((one) => one.path === path).length, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `http://${host}`, host, asked, close: () => close(server) };
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

export const serving = {
  /** Honest, with ranges. */
  whole: (bytes: Uint8Array): Answer => (response, _nth, request) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const head = { 'content-length': bytes.length - start, ...(start > 0 ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}) };
    response.writeHead(start > 0 ? 206 : 200, head).end(bytes.subarray(start));
  },
  wholeWithoutRanges: (bytes: Uint8Array): Answer => (response) => {
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  },
  /** States the length, sends `count` bytes of what is asked for, cuts the connection. */
  cutAfter: (bytes: Uint8Array, count: number): Answer => (response, _nth, request) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const head = { 'content-length': bytes.length - start, ...(start > 0 ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}) };
    response.writeHead(start > 0 ? 206 : 200, head);
    response.write(bytes.subarray(start, start + count), () => setTimeout(() => response.destroy(), 20));
  },
  status: (code: number, headers: Record<string, string> = {}): Answer => (response) => {
    response.writeHead(code, headers).end('an error page');
  },
  redirect: (to: string): Answer => (response) => {
    response.writeHead(302, { location: to }).end();
  },
  endless: (): Answer => (response) => {
    response.writeHead(200);
    const chunk = Buffer.alloc(65_536, 1);
    const more = (): void => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  },
  /** Accepts and never says anything. */
  silence: (): Answer => () => undefined,
  /** The head, one byte, then nothing. */
  stall: (length: number): Answer => (response) => {
    response.writeHead(200, { 'content-length': length });
    response.write('x');
  },
  /** One byte every so many milliseconds. */
  drip: (length: number, everyMs: number): Answer => (response) => {
    response.writeHead(200, { 'content-length': length });
    const timer = setInterval(() => response.write('x'), everyMs);
    response.once('close', () => clearInterval(timer));
  },
  inTurn: (...answers: Answer[]): Answer => (response, nth, request) => answers[Math.min(nth, answers.length) - 1]!(response, nth, request),
};
