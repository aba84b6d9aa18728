import type { Socket } from 'node:net';

import { ERRORS, type ErrorCode } from '../foundation/error-registry.ts';
import { Failure, Fault, isCoded } from '../foundation/failure.ts';
import { encodeBase64 } from './base64.ts';

/**
 * Between a signer and who uses it: frames of 4 bytes of length (big-endian) and as much JSON. Requests are numbered by
 * the client; answers may come in another order.
 */
export interface SignerRequest {
  id: number;
  /** A method of `Signer` or `KeyRing`. */
  op: SignerOperation;
  args: readonly unknown[];
}

export const SIGNER_OPERATIONS = ['distrustKey', 'keys', 'roots', 'rotate', 'signDocument', 'signNote', 'signPayload', 'trustKey'] as const;
export type SignerOperation = (typeof SIGNER_OPERATIONS)[number];

export type SignerAnswer = { id: number; value: unknown } | { id: number; error: WireError };

interface WireError { kind: 'Failure' | 'Fault'; code: ErrorCode; message: string; hint?: string }

/** A document of 16 MiB in base64, and room. */
const MAX_FRAME_BYTES = 24 * 1024 * 1024;
const LENGTH_BYTES = 4;

export function sendFrame(socket: Socket, content: SignerRequest | SignerAnswer): void {
  const body = Buffer.from(JSON.stringify(wireForm(content)));
  const head = Buffer.alloc(LENGTH_BYTES);
  head.writeUInt32BE(body.byteLength);
  socket.cork();
  socket.write(head);
  socket.write(body);
  socket.uncork();
}

/** Bytes as `{"base64": …}`. */
function wireForm(value: unknown): unknown {
  if (value instanceof Uint8Array) return { base64: encodeBase64(value) };
  if (Array.isArray(value)) return value.map(wireForm);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, wireForm(field)]));
}

/** Calls `onFrame` for each whole frame; ends the connection at one that is too long or no JSON. */
export function readFrames(socket: Socket, onFrame: (content: unknown) => void): void {
  const frames = new FrameReader();
  socket.on('data', (chunk: Buffer) => {
    try {
      frames.add(chunk);
      for (let body = frames.take(); body !== undefined; body = frames.take()) onFrame(parseFrame(body));
    } catch {
      socket.destroy();
    }
  });
}

class FrameReader {
  #chunks: Buffer[] = [];
  #size = 0;
  #needed = LENGTH_BYTES;

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.byteLength;
  }

  /** The next frame's body as text; undefined until it is there. */
  take(): string | undefined {
    if (this.#size < this.#needed) return undefined;
    const known = Buffer.concat(this.#chunks);
    this.#chunks = [known];
    const end = LENGTH_BYTES + known.readUInt32BE(0);
    if (end > LENGTH_BYTES + MAX_FRAME_BYTES) throw new Failure('SIGNING.BAD_JSON', 'a frame is too long');
    this.#needed = end;
    if (known.byteLength < end) return undefined;
    this.#chunks = [known.subarray(end)];
    this.#size = known.byteLength - end;
    this.#needed = LENGTH_BYTES;
    return known.toString('utf8', LENGTH_BYTES, end);
  }
}

function parseFrame(text: string): unknown {
  return JSON.parse(text, (_, value: unknown) => isBytes(value) ? Buffer.from(value.base64, 'base64') : value);
}

function isBytes(value: unknown): value is { base64: string } {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 1 && 'base64' in value && typeof value.base64 === 'string';
}

/** Nothing but codes of ours and their words crosses: a cause could quote a key. */
export function presentSignerError(error: unknown): WireError {
  if (isCoded(error) && error.name !== 'Bug') {
    return { kind: error.name, code: error.code, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  }
  return { kind: 'Fault', code: 'SIGNING.SIGNER_UNREACHABLE', message: 'the signer met a bug of its own; its log has it' };
}

export function receivedError({ kind, code, message, hint }: WireError): Failure | Fault {
  const known: ErrorCode = Object.hasOwn(ERRORS, code) ? code : 'SIGNING.SIGNER_UNREACHABLE';
  const told = hint === undefined ? {} : { hint };
  return kind === 'Failure' ? new Failure(known, message, told) : new Fault(known, message, told);
}
