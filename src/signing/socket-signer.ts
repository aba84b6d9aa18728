import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Clock } from '../foundation/clock.ts';
import { Fault } from '../foundation/failure.ts';
import { checkDocumentSize } from './domains.ts';
import type { Envelope } from './envelope.ts';
import type { JsfSignature } from './jsf.ts';
import type { TrustedOperatorKey } from './root-content.ts';
import { connectToSigner } from './serve-signer.ts';
import { readFrames, receivedError, sendFrame, type SignerAnswer, type SignerOperation } from './signer-protocol.ts';
import type { DocumentRole, KeyRing, NoteSignature, PayloadRole, Signature, Signer, SigningKey, SigningRole } from './signer.ts';

export interface SocketSignerOptions {
  /** Absolute path of the directory of keys; made by whoever starts the signer. */
  directory: string;
  /** Starts a signer process; it may find that another runs already. */
  start: () => Promise<void>;
  /** The last words of a signer that does not come up. */
  lastWords: () => Promise<string>;
  clock: Clock;
}

const START_DEADLINE_MS = 30_000;
/** A starting signer may lose to one that goes down: it is started again after this. */
const START_AGAIN_MS = 5_000;
const POLL_MS = 25;
/** Those that change nothing may be asked for again where a signer went away under them. */
const CHANGES_NOTHING = new Set<SignerOperation>(['keys', 'roots', 'signDocument', 'signNote', 'signPayload']);
/** Each may meet a signer that is just ending or was just killed; a question that ends every signer it meets is not asked for ever. */
const ATTEMPTS = 6;

interface Waiting { resolve: (value: unknown) => void; reject: (error: unknown) => void }

/** The signer of a home, in its own process: connected to, or started, at the first question. */
export class SocketSigner implements Signer, KeyRing {
  readonly #options: SocketSignerOptions;
  #connection: Promise<Connection> | undefined;

  constructor(options: SocketSignerOptions) {
    this.#options = options;
  }

  keys(): Promise<readonly SigningKey[]> {
    return this.#ask('keys', []) as Promise<readonly SigningKey[]>;
  }

  signPayload(role: PayloadRole, payloadType: string, payload: Uint8Array): Promise<Signature> {
    return this.#ask('signPayload', [role, payloadType, payload]) as Promise<Signature>;
  }

  async signDocument(role: DocumentRole, document: Uint8Array): Promise<JsfSignature> {
    checkDocumentSize(role, document);
    return this.#ask('signDocument', [role, document]) as Promise<JsfSignature>;
  }

  signNote(text: string): Promise<NoteSignature> {
    return this.#ask('signNote', [text]) as Promise<NoteSignature>;
  }

  roots(): Promise<readonly Envelope[]> {
    return this.#ask('roots', []) as Promise<readonly Envelope[]>;
  }

  rotate(role: SigningRole): Promise<Envelope> {
    return this.#ask('rotate', [role]) as Promise<Envelope>;
  }

  trustKey(key: TrustedOperatorKey): Promise<Envelope> {
    return this.#ask('trustKey', [key]) as Promise<Envelope>;
  }

  distrustKey(keyId: string): Promise<Envelope> {
    return this.#ask('distrustKey', [keyId]) as Promise<Envelope>;
  }

  /** Lets the signer go; it ends by itself when nobody uses it. */
  async close(): Promise<void> {
    const connection = await this.#connection?.catch(() => undefined);
    this.#connection = undefined;
    connection?.close();
  }

  async #ask(op: SignerOperation, args: readonly unknown[]): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      const connection = await this.#connected();
      const answer = await connection.ask(op, args);
      if (answer !== 'gone') return answer.value;
      this.#connection = undefined;
      if (attempt === ATTEMPTS || !CHANGES_NOTHING.has(op)) {
        throw new Fault('SIGNING.SIGNER_UNREACHABLE', `the signer went away while it was asked to ${op}`, { retryable: CHANGES_NOTHING.has(op) });
      }
    }
  }

  #connected(): Promise<Connection> {
    this.#connection ??= this.#connectOrStart().catch((error: unknown) => { this.#connection = undefined; throw error; });
    return this.#connection;
  }

  async #connectOrStart(): Promise<Connection> {
    const { clock, directory, start, lastWords } = this.#options;
    const began = clock.monotonicMs();
    for (let started: number | undefined; ;) {
      const socket = await connectToSigner(directory).catch(() => undefined);
      if (socket !== undefined) return new Connection(socket);
      const now = clock.monotonicMs();
      if (now - began > START_DEADLINE_MS) throw new Fault('SIGNING.SIGNER_UNREACHABLE', `the signer in ${directory} does not answer\n${await lastWords()}`, { retryable: true });
      if (started === undefined || now - started > START_AGAIN_MS) { await start(); started = now; }
      await sleep(POLL_MS);
    }
  }
}

class Connection {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    // It keeps its process alive only while an answer is awaited.
    socket.unref();
    socket.on('error', () => socket.destroy());
    socket.on('close', () => { for (const { resolve } of this.#waiting.values()) resolve('gone'); this.#waiting.clear(); });
    readFrames(socket, (content) => this.#receive(content as SignerAnswer));
  }

  ask(op: SignerOperation, args: readonly unknown[]): Promise<{ value: unknown } | 'gone'> {
    if (this.#socket.destroyed) return Promise.resolve('gone');
    const id = this.#next++;
    this.#socket.ref();
    return new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      sendFrame(this.#socket, { id, op, args });
    }) as Promise<{ value: unknown } | 'gone'>;
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(answer: SignerAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#socket.unref();
    if ('error' in answer) waiting?.reject(receivedError(answer.error));
    else waiting?.resolve({ value: answer.value });
  }
}
