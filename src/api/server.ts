import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

import type { Actions } from '../actions/actions.ts';
import type { Clock } from '../foundation/clock.ts';
import { Failure, Fault } from '../foundation/failure.ts';
import { uniqueName } from '../foundation/ids.ts';
import type { EventFeed } from '../records/event-feed.ts';
import type { Reads } from '../records/reads/reads.ts';
import type { Store } from '../store/store.ts';
import { ATTESTATION_ROUTES } from './attestation-routes.ts';
import { BLOB_ROUTES } from './blob-routes.ts';
import { COMPARE_ROUTES, COMPARISON_ROUTES } from './compare-routes.ts';
import { Cursors } from './cursors.ts';
import { DocumentGate } from './document-gate.ts';
import { createApollo, graphqlRoutes } from './graphql-door.ts';
import { KeptComparisons } from './kept-comparisons.ts';
import { DEFAULT_LIMITS, type ApiLimits } from './limits.ts';
import { LOG_ROUTES } from './log-routes.ts';
import { Metrics } from './metrics.ts';
import { openApiOf } from './openapi.ts';
import { checkOrigin, ownAddress, type OriginPolicy } from './origin.ts';
import { pageRoutes } from './page-routes.ts';
import { pause } from './pause.ts';
import { isInternal, presentError, type ErrorLog } from './present-error.ts';
import { REPORT_ROUTES } from './report-routes.ts';
import { sendError, sendJson, setBaseHeaders } from './respond.ts';
import { matchRoute, type Exchange, type Parts, type Route } from './route.ts';
import { SBOM_ROUTES } from './sbom-routes.ts';
import { loadSchema } from './schema.ts';
import { SocketDoor } from './socket-door.ts';
import { STATE_ROUTES } from './state-routes.ts';
import { TRANSPARENCY_ROUTES } from './transparency-routes.ts';
import { Turns } from './turns.ts';
import { UPLOAD_ROUTES } from './upload-routes.ts';

export interface ApiDeps {
  reads: Reads;
  actions: Actions;
  store: Store;
  clock: Clock;
  /** Wakes who follows events at once; without it they wait for the next look (`limits.followMs`). */
  feed?: Pick<EventFeed, 'subscribe'>;
  /** Of Provenroot. */
  version: string;
  log: ErrorLog;
  limits?: Partial<ApiLimits>;
  /** Beyond loopback names and its own origin. */
  origins?: Partial<OriginPolicy>;
  /** Begins URLs in answers where a proxy stands in front: `https://builds.example`. */
  publicAddress?: string;
  /** Signs cursors; they are good for as long as it stays the same. */
  cursorKey?: string | Uint8Array;
}

export interface Api {
  routes: readonly Route[];
  /** Port 0 takes a free one; returns the IP address and port that were bound. Throws a Fault API.CANNOT_LISTEN. */
  listen(host: string, port: number): Promise<{ address: string; port: number }>;
  /** Ends subscriptions and requests; at most a few seconds. */
  close(): Promise<void>;
}

/** Nothing secret rests on a cursor: the key only tells a damaged or foreign one from ours. */
const DEFAULT_CURSOR_KEY = 'provenroot cursor 1';
const CLOSE_MS = 3000;
const WILDCARDS = ['0.0.0.0', '::'];

export async function createApi(deps: ApiDeps): Promise<Api> {
  const limits = { ...DEFAULT_LIMITS, ...deps.limits };
  const { reads, actions, store, clock, version, feed } = deps;
  const parts: Parts = {
    reads, actions, store, clock, version, feed, limits, cursors: new Cursors(deps.cursorKey ?? DEFAULT_CURSOR_KEY), metrics: new Metrics(clock),
    turns: new Turns(limits.reports, limits.reportsWaiting), comparisons: new KeptComparisons(limits.comparisonsKept),
  };
  const schema = loadSchema();
  const gate = new DocumentGate(schema, limits);
  const apollo = createApollo(schema, deps.log);
  await apollo.start();
  const routes = [...pageRoutes(), ...graphqlRoutes(apollo, gate, schema, limits), ...BLOB_ROUTES, ...LOG_ROUTES, ...ATTESTATION_ROUTES, ...SBOM_ROUTES, ...REPORT_ROUTES, ...COMPARE_ROUTES, ...COMPARISON_ROUTES, ...UPLOAD_ROUTES, ...TRANSPARENCY_ROUTES, ...STATE_ROUTES];
  const door = new HttpDoor(parts, withOpenApi(routes, version), new SocketDoor(parts, schema, gate, deps.log), deps);
  return {
    routes: door.routes,
    listen: (host, port) => door.listen(host, port),
    close: async () => { await door.close(); await apollo.stop(); },
  };
}

function withOpenApi(routes: readonly Route[], version: string): Route[] {
  const route: Route = {
    method: 'GET', path: '/openapi.json', id: 'getOpenApi', summary: 'This description', parameters: [],
    answers: { 200: { description: 'OpenAPI 3.1.', type: 'application/json', schema: { type: 'object' } } },
    serve: async (_, { response }) => sendJson(response, 200, document),
  };
  const all = [...routes, route];
  const document = openApiOf(all, version);
  return all;
}

class HttpDoor {
  readonly routes: readonly Route[];
  readonly #parts: Parts;
  readonly #sockets: SocketDoor;
  readonly #log: ErrorLog;
  readonly #publicAddress: string | undefined;
  readonly #origins: { hosts: string[]; origins: string[] };
  readonly #server: Server;

  constructor(parts: Parts, routes: readonly Route[], sockets: SocketDoor, deps: ApiDeps) {
    this.routes = routes;
    this.#parts = parts;
    this.#sockets = sockets;
    this.#log = deps.log;
    this.#publicAddress = deps.publicAddress;
    const lower = (names: readonly string[] | undefined): string[] => (names ?? []).map((name) => name.toLowerCase());
    this.#origins = { hosts: lower(deps.origins?.hosts), origins: lower(deps.origins?.origins) };
    const { headerMs, stalledMs, bodyMs } = parts.limits;
    this.#server = createServer({ headersTimeout: headerMs, requestTimeout: Math.max(headerMs, bodyMs), connectionsCheckingInterval: 1000 });
    this.#server.timeout = stalledMs;
    this.#server.maxRequestsPerSocket = 1000;
    this.#server.on('request', (request, response) => { void this.#answer(request, response); });
    this.#server.on('upgrade', (request, stream, head) => this.#upgrade(request, stream, head));
  }

  async listen(host: string, port: number): Promise<{ address: string; port: number }> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) => reject(new Fault('API.CANNOT_LISTEN', `cannot listen at ${host}, port ${port}`, { cause })));
      this.#server.listen(port, host, resolve);
    });
    const bound = this.#server.address() as AddressInfo;
    // An address cannot be rebound as a name can: who listens there answers for it.
    if (!WILDCARDS.includes(bound.address)) this.#origins.hosts.push(bound.family === 'IPv6' ? `[${bound.address}]` : bound.address);
    return { address: bound.address, port: bound.port };
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => { this.#server.close(() => resolve()); });
    await this.#sockets.close();
    this.#server.closeIdleConnections();
    const late = setTimeout(() => this.#server.closeAllConnections(), CLOSE_MS);
    await closed;
    clearTimeout(late);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = uniqueName();
    const timed = this.#parts.metrics.time('provenroot_http_seconds', 'Time to answer, by route.');
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    setBaseHeaders(response, requestId);
    let id = 'none';
    try {
      checkOrigin(request, this.#origins);
      const { route, exchange } = this.#exchange(request, response, requestId, gone.signal);
      id = route.id;
      await this.#withinTime(route, exchange);
    } catch (error) {
      this.#refuse(request, response, requestId, error);
    } finally {
      timed({ route: id });
      this.#parts.metrics.add('provenroot_http_requests_total', 'Requests, by route and status.', { route: id, status: String(response.statusCode) });
    }
  }

  #exchange(request: IncomingMessage, response: ServerResponse, requestId: string, signal: AbortSignal): { route: Route; exchange: Exchange } {
    const url = parseTarget(request.url ?? '');
    const matched = matchRoute(this.routes, request.method ?? '', url.pathname);
    if ('allowed' in matched) {
      if (matched.allowed.length === 0) throw new Failure('API.NOT_FOUND', 'there is nothing at this address');
      response.setHeader('allow', matched.allowed.flatMap((method) => method === 'GET' ? ['GET', 'HEAD'] : [method]).join(', '));
      throw new Failure('API.METHOD_NOT_ALLOWED', 'the address does not take this method');
    }
    const address = this.#publicAddress ?? ownAddress(request);
    return { route: matched.route, exchange: { request, response, path: matched.path, query: url.searchParams, requestId, address, signal } };
  }

  async #withinTime(route: Route, exchange: Exchange): Promise<void> {
    const served = route.serve(this.#parts, exchange);
    if (route.streams === true) { await served; return; }
    const done = new AbortController();
    const late = pause(this.#parts.limits.requestMs, done.signal).then((isLate) => {
      if (isLate) throw new Failure('API.TIME_LIMIT', 'the request took too long');
    });
    try {
      await Promise.race([served, late.then(() => served)]);
    } finally {
      done.abort();
      served.catch(() => undefined);
    }
  }

  #refuse(request: IncomingMessage, response: ServerResponse, requestId: string, error: unknown): void {
    if (response.destroyed) return;
    const shown = presentError(error);
    if (isInternal(error)) this.#log.error({ requestId, error });
    this.#parts.metrics.add('provenroot_refused_total', 'Requests refused, by code.', { code: shown.code });
    if (!request.complete) this.#discard(request, response);
    sendError(response, shown, requestId);
  }

  /** The rest of a refused body is read for a moment, so that the client sees the answer before the connection ends. */
  #discard(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('connection', 'close');
    response.once('finish', () => { setTimeout(() => request.destroy(), 1000).unref(); });
    request.resume();
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on('error', () => undefined);
    try {
      checkOrigin(request, this.#origins);
      if (parseTarget(request.url ?? '').pathname !== '/graphql') throw new Failure('API.NOT_FOUND', 'WebSockets are at /graphql');
      if (this.#sockets.isFull) throw new Failure('API.TOO_MANY_SUBSCRIPTIONS', 'too many connections');
      this.#sockets.upgrade(request, stream, head, this.#publicAddress ?? ownAddress(request));
    } catch (error) {
      const { http, code } = presentError(error);
      this.#parts.metrics.add('provenroot_refused_total', 'Requests refused, by code.', { code });
      stream.end(`HTTP/1.1 ${http} Refused\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: ${code.length}\r\n\r\n${code}`);
    }
  }
}

function parseTarget(target: string): URL {
  // An absolute or authority form is for proxies; `//host/` would be read as one.
  if (!target.startsWith('/') || target.startsWith('//') || !URL.canParse(target, 'http://localhost')) {
    throw new Failure('API.BAD_REQUEST', 'the request target is malformed');
  }
  return new URL(target, 'http://localhost');
}
