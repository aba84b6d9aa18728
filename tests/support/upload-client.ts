import { request, type IncomingHttpHeaders } from 'node:http';

export interface TusAnswer { status: number; headers: IncomingHttpHeaders; code: string | undefined; text: string }

/** One request of tus, raw: any header may be left out (`undefined`) or be another. `path` may be a whole address. */
export function tus(port: number, method: string, path: string, headers: Record<string, string | number | undefined> = {}, body?: Uint8Array | readonly Uint8Array[]): Promise<TusAnswer> {
  const given = Object.fromEntries(Object.entries<string | number | undefined>({ 'tus-resumable': '1.0.0', ...headers }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: path.replace(/^http:\/\/[^/]+/, ''), method, agent: false, headers: given }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode!, headers: response.headers, text, code: text.startsWith('{"errors"') ? (JSON.parse(text) as { errors: { extensions: { code: string } }[] }).errors[0]!.extensions.code : undefined });
      });
    });
    sent.on('error', reject);
    for (const chunk of Array.isArray(body) ? body as readonly Uint8Array[] : body === undefined ? [] : [body as Uint8Array]) sent.write(chunk);
    sent.end();
  });
}

export const PART = { 'content-type': 'application/offset+octet-stream' };

export function part(port: number, url: string, offset: number, bytes: Uint8Array): Promise<TusAnswer> {
  return tus(port, 'PATCH', url, { ...PART, 'upload-offset': offset, 'content-length': bytes.byteLength }, bytes);
}

export async function offsetOf(port: number, url: string): Promise<number> {
  return Number((await tus(port, 'HEAD', url)).headers['upload-offset']);
}

/** As a client does that lost its connection before: asks, goes on, until all is there. */
export async function sendRest(port: number, url: string, bytes: Uint8Array, pieceBytes = bytes.byteLength): Promise<void> {
  for (let at = await offsetOf(port, url); at < bytes.byteLength; at = await offsetOf(port, url)) {
    await part(port, url, at, bytes.subarray(at, at + pieceBytes)).catch(() => undefined);
  }
}

/** A part that stops in the middle: `sent` of the announced bytes, then the connection is cut (`cut`). */
export function openPart(port: number, url: string, offset: number, announced: number): { write(bytes: Uint8Array): Promise<void>; cut(): void; answered: Promise<number> } {
  const sent = request({ host: '127.0.0.1', port, path: url.replace(/^http:\/\/[^/]+/, ''), method: 'PATCH', agent: false, headers: { 'tus-resumable': '1.0.0', ...PART, 'upload-offset': offset, 'content-length': announced } });
  const answered = new Promise<number>((resolve) => { sent.on('response', (response) => { response.resume(); resolve(response.statusCode!); }); sent.on('error', () => { resolve(0); }); });
  return { write: (bytes) => new Promise((resolve) => { sent.write(bytes, () => { resolve(); }); }), cut: () => { sent.destroy(); }, answered };
}
