import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import { GraphQLError, validate, type ExecutionArgs, type FormattedExecutionResult, type GraphQLSchema } from 'graphql';
import { handleProtocols, makeServer, type Context as SocketContext, type Server, type SubscribePayload } from 'graphql-ws';
import { WebSocketServer, type WebSocket } from 'ws';

import { Failure } from '../foundation/failure.ts';
import { uniqueName } from '../foundation/ids.ts';
import { Batches } from './batches.ts';
import type { Context } from './context.ts';
import type { DocumentGate } from './document-gate.ts';
import { isInternal, presentGraphqlError, type ErrorLog } from './present-error.ts';
import { parseGraphqlRequest } from './request-body.ts';
import type { Parts } from './route.ts';

interface Extra extends Record<PropertyKey, unknown> { address: string; socketId: string }
type OpenContext = SocketContext<undefined, Extra>;

/** Close codes of our own (RFC 6455: 4000 to 4999). */
const SLOW_CONSUMER = 4429;
const BROKEN = 4500;
const PING_MS = 12_000;
/** What may wait for a client that does not read. */
const UNSENT_BYTES = 1024 * 1024;

/** Subscriptions over WebSockets, by the graphql-transport-ws protocol. The caller has checked Host and Origin. */
export class SocketDoor {
  readonly #parts: Parts;
  readonly #schema: GraphQLSchema;
  readonly #gate: DocumentGate;
  readonly #log: ErrorLog;
  readonly #sockets: WebSocketServer;
  readonly #protocol: Server<Extra>;

  constructor(parts: Parts, schema: GraphQLSchema, gate: DocumentGate, log: ErrorLog) {
    this.#parts = parts;
    this.#schema = schema;
    this.#gate = gate;
    this.#log = log;
    this.#sockets = new WebSocketServer({
      noServer: true, maxPayload: parts.limits.socketFrameBytes, perMessageDeflate: false, clientTracking: true, handleProtocols,
    });
    this.#protocol = makeServer<undefined, Extra>({
      connectionInitWaitTimeout: parts.limits.socketInitMs,
      onSubscribe: (context, id, payload) => this.#admit(context, payload),
      onError: (context, _, __, errors) => errors.map((error) => this.#present(error, context.extra.socketId)),
      onNext: (context, _, __, ___, result): FormattedExecutionResult | undefined => result.errors === undefined ? undefined
        : { ...result, errors: result.errors.map((error) => this.#present(error, context.extra.socketId)) } as FormattedExecutionResult,
    });
  }

  get isFull(): boolean {
    return this.#sockets.clients.size >= this.#parts.limits.sockets;
  }

  upgrade(request: IncomingMessage, stream: Duplex, head: Buffer, address: string): void {
    this.#sockets.handleUpgrade(request, stream, head, (socket) => this.#open(socket, address));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.close(1001, 'Going away');
    const late = setTimeout(() => { for (const socket of this.#sockets.clients) socket.terminate(); }, 1000);
    await new Promise<void>((resolve) => { this.#sockets.close(() => resolve()); });
    clearTimeout(late);
  }

  #open(socket: WebSocket, address: string): void {
    const socketId = uniqueName();
    const closed = this.#protocol.opened({
      protocol: socket.protocol,
      send: (text) => this.#send(socket, text),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (take) => {
        socket.on('message', (data: Buffer) => { take(data.toString('utf8')).catch((error: unknown) => this.#break(socket, socketId, error)); });
      },
    }, { address, socketId });
    const watch = this.#watch(socket);
    // A frame over the limit, or one that breaks the protocol: ws has closed the socket with the fitting code.
    socket.on('error', () => undefined);
    socket.once('close', (code, reason) => { clearInterval(watch); closed(code, String(reason)).catch(() => undefined); });
  }

  /** Resolves once the bytes have left for the kernel: what is followed is read no faster than it is sent. */
  #send(socket: WebSocket, text: string): Promise<void> {
    return new Promise((resolve) => {
      if (socket.readyState !== socket.OPEN) { resolve(); return; }
      if (socket.bufferedAmount > UNSENT_BYTES) this.#closeSlow(socket);
      socket.send(text, () => resolve());
    });
  }

  /** Closes a client that does not answer a ping, or has not taken a byte of what waits for it. */
  #watch(socket: WebSocket): NodeJS.Timeout {
    const { stalledMs } = this.#parts.limits;
    let answered = true;
    let unsent = 0;
    socket.on('pong', () => { answered = true; });
    return setInterval(() => {
      const waiting = socket.bufferedAmount;
      if (waiting > 0 ? unsent > 0 && waiting >= unsent : !answered) this.#closeSlow(socket);
      else if (waiting === 0) { answered = false; socket.ping(); }
      unsent = waiting;
    }, Math.min(PING_MS, stalledMs)).unref();
  }

  #closeSlow(socket: WebSocket): void {
    if (socket.readyState !== socket.OPEN) return;
    this.#parts.metrics.add('provenroot_refused_total', 'Requests refused, by code.', { code: 'API.SLOW_CONSUMER' });
    socket.close(SLOW_CONSUMER, 'API.SLOW_CONSUMER');
    setTimeout(() => socket.terminate(), 1000).unref();
  }

  #break(socket: WebSocket, requestId: string, error: unknown): void {
    // graphql-ws throws plain errors for messages of unknown type: the client's fault, and no news for the log.
    if (isInternal(error) && !(error instanceof Error && error.message.startsWith('Unexpected message of type'))) this.#log.error({ requestId, error });
    socket.close(BROKEN, 'Message not understood');
  }

  #admit(open: OpenContext, payload: SubscribePayload): ExecutionArgs | readonly GraphQLError[] {
    try {
      return this.#admitted(open, payload);
    } catch (error) {
      return [new GraphQLError('refused', { originalError: error as Error })];
    }
  }

  #admitted(open: OpenContext, payload: SubscribePayload): ExecutionArgs | readonly GraphQLError[] {
    const limit = this.#parts.limits.subscriptionsPerSocket;
    if (Object.keys(open.subscriptions).length > limit) throw new Failure('API.TOO_MANY_SUBSCRIPTIONS', `at most ${limit} subscriptions on one connection`);
    const request = parseGraphqlRequest(payload);
    const { document, operation } = this.#gate.admit(request);
    if (operation.operation !== 'subscription') throw new Failure('API.BAD_REQUEST', 'only subscriptions are asked for over a WebSocket; post the rest');
    const errors = validate(this.#schema, document);
    if (errors.length > 0) return errors;
    const context: Context = { ...this.#parts, requestId: open.extra.socketId, address: open.extra.address, batches: new Batches() };
    return { schema: this.#schema, document, operationName: request.operationName ?? null, variableValues: request.variables, contextValue: context };
  }

  #present(error: GraphQLError, requestId: string): ReturnType<typeof presentGraphqlError> {
    if (error.originalError && isInternal(error.originalError)) this.#log.error({ requestId, error: error.originalError });
    return presentGraphqlError(error.toJSON(), error, requestId);
  }
}
