import type { BlobDigests } from '../foundation/digest.ts';
import type { Clock } from '../foundation/clock.ts';
import type { Store } from '../store/store.ts';

/** A piece of log that is in the store and may be announced. */
export interface LogSegment { digests: BlobDigests; offset: number }

const SEGMENT_BYTES = 64 * 1024;
const SEGMENT_MS = 1_000;
/** What a step may write; the rest is dropped with a line that says so. */
const LOG_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * Collects a step's output: text in one place, times in another, so that the text of two runs can be equal.
 * Segments go into the store as they come and are announced in order; `finish` stores the whole.
 */
export class StepLog {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #announce: (segment: LogSegment) => Promise<void>;
  readonly #startedMs: number;
  readonly #chunks: Uint8Array[] = [];
  readonly #times: string[] = [];
  #sizeBytes = 0;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #lastFlushMs: number;
  #flushed: Promise<void> = Promise.resolve();
  #full = false;

  constructor(store: Store, clock: Clock, announce: (segment: LogSegment) => Promise<void>) {
    this.#store = store;
    this.#clock = clock;
    this.#announce = announce;
    this.#startedMs = clock.monotonicMs();
    this.#lastFlushMs = this.#startedMs;
  }

  write(chunk: Uint8Array): void {
    if (this.#full || chunk.byteLength === 0) return;
    const nowMs = this.#clock.monotonicMs();
    this.#times.push(`${this.#sizeBytes} ${Math.round(nowMs - this.#startedMs)}\n`);
    this.#append(chunk);
    if (this.#sizeBytes > LOG_LIMIT_BYTES) {
      this.#full = true;
      this.#append(Buffer.from(`\n[the log is cut here: a step may write ${LOG_LIMIT_BYTES} bytes]\n`));
    }
    if (this.#pendingBytes >= SEGMENT_BYTES || nowMs - this.#lastFlushMs >= SEGMENT_MS) this.#flush(nowMs);
  }

  async finish(): Promise<{ log: BlobDigests; times: BlobDigests }> {
    this.#flush(this.#clock.monotonicMs());
    await this.#flushed;
    const log = await this.#store.putBlob(Buffer.concat(this.#chunks));
    const times = await this.#store.putBlob(Buffer.from(this.#times.join('')));
    return { log, times };
  }

  /** The last lines, for a failure's message. */
  lastLines(count: number): string[] {
    const tail = Buffer.concat(this.#chunks.slice(-200)).toString('utf8');
    return tail.split('\n').filter((line) => line.trim() !== '').slice(-count);
  }

  #append(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#pending.push(chunk);
    this.#sizeBytes += chunk.byteLength;
    this.#pendingBytes += chunk.byteLength;
  }

  #flush(nowMs: number): void {
    if (this.#pendingBytes === 0) return;
    const bytes = Buffer.concat(this.#pending);
    const offset = this.#sizeBytes - this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#lastFlushMs = nowMs;
    this.#flushed = this.#flushed.then(async () => this.#announce({ digests: await this.#store.putBlob(bytes), offset }));
  }
}
