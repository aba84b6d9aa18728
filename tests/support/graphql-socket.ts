import { once } from 'node:events';

import { WebSocket } from 'ws';

// What a test subscribed to it knows the shape of.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export interface Message { id?: string; type: string; payload?: any }

/** A graphql-transport-ws client as bare as can be, so that a test can misbehave. */
export class TestSocket {
  readonly socket: WebSocket;
  readonly received: Message[] = [];
  #next = 0;
  #takers: ((message: Message) => void)[] = [];

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as Message;
      this.received.push(message);
      for (const take of this.#takers) take(message);
    });
  }

  static async open(api: { port: number }): Promise<TestSocket> {
    const socket = new TestSocket(new WebSocket(`ws://127.0.0.1:${api.port}/graphql`, 'graphql-transport-ws'));
    await once(socket.socket, 'open');
    socket.send({ type: 'connection_init' });
    await once(socket.socket, 'message');
    return socket;
  }

  send(message: Message): void { this.socket.send(JSON.stringify(message)); }
  close(): void { this.socket.close(); }
  terminate(): void { this.socket.terminate(); }

  /** What comes until the subscription ends, or the first `limit`. */
  collect<T>(query: string, variables: Record<string, unknown> = {}, limit = Infinity): Promise<T[]> {
    const values: T[] = [];
    return this.#subscribe(query, variables, (message, end) => {
      if (message.type === 'error') { end(new Error(JSON.stringify(message.payload))); return; }
      if (message.type === 'next' && message.payload.errors !== undefined) { end(new Error(JSON.stringify(message.payload.errors))); return; }
      if (message.type === 'next' && values.length < limit) values.push(Object.values(message.payload.data as Record<string, T>)[0]!);
      if (message.type === 'complete' || values.length >= limit) end(undefined, values);
    });
  }

  /** The code with which a subscription is refused. */
  refusal(query: string, variables: Record<string, unknown> = {}): Promise<string> {
    return this.#subscribe(query, variables, (message, end) => {
      const errors = message.type === 'error' ? message.payload : message.payload?.errors;
      if (errors !== undefined) end(undefined, errors[0].extensions.code as string);
      else if (message.type === 'complete') end(new Error('it was not refused'));
    });
  }

  #subscribe<T>(query: string, variables: Record<string, unknown>, take: (message: Message, end: (error: Error | undefined, value?: T) => void) => void): Promise<T> {
    const id = String(++this.#next);
    return new Promise<T>((resolve, reject) => {
      const taker = (message: Message): void => {
        if (message.id !== id) return;
        take(message, (error, value) => {
          this.#takers = this.#takers.filter((each) => each !== taker);
          if (error === undefined) resolve(value as T); else reject(error);
        });
      };
      this.#takers.push(taker);
      this.socket.once('close', () => reject(new Error('the socket was closed')));
      this.send({ id, type: 'subscribe', payload: { query, variables } });
    });
  }
}
