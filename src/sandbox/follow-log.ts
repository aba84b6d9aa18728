import { isCoded } from '../foundation/failure.ts';

const HEADER_BYTES = 8;

/**
 * stdout and stderr of an attached container, in order of arrival: each piece comes behind eight bytes, the last four
 * its length (Engine API, "Attach to a container", stream format).
 */
export async function* logChunks(attached: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let header = Buffer.alloc(0);
  let missing = 0;
  for await (const received of attached) {
    let chunk = Buffer.from(received.buffer, received.byteOffset, received.byteLength);
    while (chunk.length > 0) {
      if (missing > 0) {
        const content = chunk.subarray(0, missing);
        missing -= content.length;
        chunk = chunk.subarray(content.length);
        yield content;
        continue;
      }
      const wanted = HEADER_BYTES - header.length;
      header = Buffer.concat([header, chunk.subarray(0, wanted)]);
      chunk = chunk.subarray(wanted);
      if (header.length < HEADER_BYTES) continue;
      missing = header.readUInt32BE(4);
      header = Buffer.alloc(0);
    }
  }
}

/**
 * Hands every piece on until the container's output ends. A broken attachment loses log text, never the result: how
 * the container ended is asked for on its own.
 */
export async function followLog(attached: AsyncIterable<Uint8Array>, onLog: (chunk: Uint8Array) => void): Promise<void> {
  try {
    for await (const chunk of logChunks(attached)) onLog(chunk);
  } catch (error) {
    if (isCoded(error)) throw error;
    onLog(Buffer.from('\n(the engine broke off the log here)\n'));
  }
}

/** The end of what was printed: where a full disk shows. */
export class LogTail {
  #text = '';

  add(chunk: Uint8Array): void {
    this.#text = (this.#text + Buffer.from(chunk).toString('latin1')).slice(-16_384);
  }

  text(): string {
    return this.#text;
  }
}
