import type { Clock } from '../foundation/clock.ts';

const SEGMENT_BYTES = 64 * 1024;
const SEGMENT_MS = 1_000;
/** What a step may write; the rest is dropped with a line that says so. */
const LOG_LIMIT_BYTES = 64 * 1024 * 1024;
const TAIL_BYTES = 64 * 1024;

/** `[offset in bytes, milliseconds since the start]`, ascending. */
export type LogTime = readonly [number, number];

/**
 * Collects a step's output: text in one place, times in another, so that the text of two runs can be equal.
 * What came in a second, or 64 KiB, is announced as it comes, in order.
 */
export class StepLog {
  readonly #clock: Clock;
  readonly #announce: (offset: number, bytes: Uint8Array) => Promise<void>;
  readonly #startedMs: number;
  readonly #chunks: Uint8Array[] = [];
  readonly #times: LogTime[] = [];
  #sizeBytes = 0;
  #announcedBytes = 0;
  #announcedChunks = 0;
  #timer: NodeJS.Timeout | undefined;
  #announced: Promise<void> = Promise.resolve();
  #full = false;

  constructor(clock: Clock, announce: (offset: number, bytes: Uint8Array) => Promise<void>) {
    this.#clock = clock;
    this.#announce = announce;
    this.#startedMs = clock.monotonicMs();
  }

  write(chunk: Uint8Array): void {
    if (this.#full || chunk.byteLength === 0) return;
    const sinceStartMs = Math.round(this.#clock.monotonicMs() - this.#startedMs);
    if (this.#times.at(-1)?.[1] !== sinceStartMs) this.#times.push([this.#sizeBytes, sinceStartMs]);
    this.#append(chunk);
    if (this.#sizeBytes > LOG_LIMIT_BYTES) {
      this.#full = true;
      this.#append(Buffer.from(`\n[the log is cut here: a step may write ${LOG_LIMIT_BYTES} bytes]\n`));
    }
    if (this.#sizeBytes - this.#announcedBytes >= SEGMENT_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), SEGMENT_MS);
  }

  /** Rejects where announcing failed. */
  async finish(): Promise<{ text: Uint8Array; times: readonly LogTime[] }> {
    this.#flush();
    await this.#announced;
    return { text: Buffer.concat(this.#chunks), times: this.#times };
  }

  /** The last lines, for a failure's message. */
  lastLines(count: number): string[] {
    const tail = Buffer.concat(this.#chunks).subarray(-TAIL_BYTES).toString('utf8');
    return tail.split('\n').filter((line) => line.trim() !== '').slice(-count);
  }

  #append(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#sizeBytes += chunk.byteLength;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const bytes = Buffer.concat(this.#chunks.slice(this.#announcedChunks));
    if (bytes.byteLength === 0) return;
    const offset = this.#announcedBytes;
    this.#announcedChunks = this.#chunks.length;
    this.#announcedBytes = this.#sizeBytes;
    this.#announced = this.#announced.then(() => this.#announce(offset, bytes));
    // The rejection is told by `finish`; until then it must not count as unhandled.
    this.#announced.catch(() => undefined);
  }
}
