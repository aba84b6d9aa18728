import { once } from 'node:events';
import { chmod, open, rename } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

import { uniqueName } from '../foundation/ids.ts';
import type { DocumentRole, PayloadRole, KeyRing, Signer, SigningRole } from './signer.ts';
import type { TrustedOperatorKey } from './root-content.ts';
import { presentSignerError, readFrames, sendFrame, SIGNER_OPERATIONS, type SignerOperation, type SignerRequest } from './signer-protocol.ts';

/** The socket's name in the directory of keys, which nobody else may enter. */
export const SIGNER_SOCKET = 'signer.sock';

export interface ServeSignerOptions {
  /** How long nobody may be connected before it ends. */
  idleMs: number;
  signal: AbortSignal;
  /** Told of bugs; never of payloads or keys. */
  note: (line: string) => void;
}

/**
 * Answers on the socket of a directory until nobody uses it or the signal; returns at once where another signer answers
 * there. Of two that start at once both may serve for a while: they share the files, where each step has one winner.
 */
export async function serveSigner(directory: string, signer: Signer & KeyRing, options: ServeSignerOptions): Promise<void> {
  if (await answers(directory)) return;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
    serveOne(socket, signer, options.note);
  });
  await listen(server, directory);
  await unused(server, open, options);
  server.close();
  for (const socket of open) socket.destroy();
}

/**
 * Binds under a name of its own and renames: a socket that a killed signer left behind is replaced in one step, and at
 * its end this server unlinks nobody else's (libuv unlinks the name that was bound).
 */
async function listen(server: Server, directory: string): Promise<void> {
  const temporary = `${SIGNER_SOCKET}.${uniqueName().slice(0, 8)}`;
  await withShortPath(directory, async (short) => {
    server.listen(join(short, temporary));
    await once(server, 'listening');
  });
  await chmod(join(directory, temporary), 0o600);
  await rename(join(directory, temporary), join(directory, SIGNER_SOCKET));
}

/** A socket's address is at most 107 bytes; through an open directory any home fits. */
export async function withShortPath<T>(directory: string, work: (short: string) => Promise<T>): Promise<T> {
  const handle = await open(directory, 'r');
  try {
    return await work(`/proc/self/fd/${handle.fd}`);
  } finally {
    await handle.close();
  }
}

export function connectToSigner(directory: string): Promise<Socket> {
  return withShortPath(directory, async (short) => {
    const socket = connect(join(short, SIGNER_SOCKET));
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  });
}

async function answers(directory: string): Promise<boolean> {
  const socket = await connectToSigner(directory).catch(() => undefined);
  socket?.destroy();
  return socket !== undefined;
}

async function unused(server: Server, open: ReadonlySet<Socket>, { idleMs, signal }: ServeSignerOptions): Promise<void> {
  const end = new AbortController();
  const stop = (): void => end.abort();
  let timer = setTimeout(stop, idleMs);
  const look = (): void => { clearTimeout(timer); if (open.size === 0) timer = setTimeout(stop, idleMs); };
  server.on('connection', (socket) => { look(); socket.on('close', () => setImmediate(look)); });
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  if (!end.signal.aborted) await once(end.signal, 'abort');
  clearTimeout(timer);
}

function serveOne(socket: Socket, signer: Signer & KeyRing, note: (line: string) => void): void {
  readFrames(socket, (content) => {
    const request = parseRequest(content);
    if (request === undefined) { socket.destroy(); return; }
    void answer(request, signer, note).then((reply) => { if (!socket.destroyed) sendFrame(socket, reply); });
  });
}

async function answer({ id, op, args }: SignerRequest, signer: Signer & KeyRing, note: (line: string) => void): Promise<Parameters<typeof sendFrame>[1]> {
  try {
    return { id, value: await OPERATIONS[op](signer, args) };
  } catch (error) {
    const told = presentSignerError(error);
    if (told.kind === 'Fault') note(`${op}: ${error instanceof Error ? error.stack : String(error)}`);
    return { id, error: told };
  }
}

const OPERATIONS: Readonly<Record<SignerOperation, (signer: Signer & KeyRing, args: readonly unknown[]) => Promise<unknown>>> = {
  distrustKey: (signer, [keyId]) => signer.distrustKey(keyId as string),
  keys: (signer) => signer.keys(),
  roots: (signer) => signer.roots(),
  rotate: (signer, [role]) => signer.rotate(role as SigningRole),
  signDocument: (signer, [role, document]) => signer.signDocument(role as DocumentRole, document as Buffer),
  signNote: (signer, [text]) => signer.signNote(String(text)),
  signPayload: (signer, [role, payloadType, payload]) => signer.signPayload(role as PayloadRole, String(payloadType), payload as Buffer),
  trustKey: (signer, [key]) => signer.trustKey(key as TrustedOperatorKey),
};

function parseRequest(content: unknown): SignerRequest | undefined {
  if (typeof content !== 'object' || content === null || !('id' in content) || !('op' in content) || !('args' in content)) return undefined;
  const { id, op, args } = content;
  const isKnown = (name: unknown): name is SignerOperation => (SIGNER_OPERATIONS as readonly unknown[]).includes(name);
  return typeof id === 'number' && isKnown(op) && Array.isArray(args) ? { id, op, args } : undefined;
}
