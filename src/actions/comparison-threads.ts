import { Worker } from 'node:worker_threads';

import { Bug, errorCodeOf, Failure, Fault, isCoded } from '../foundation/failure.ts';
import type { ErrorCode } from '../foundation/error-registry.ts';
import type { Comparers } from './comparers.ts';

/** What goes to a thread, and what comes back; plain JSON. */
export type ThreadRequest = { method: keyof Comparers; given: readonly unknown[] } | { method: 'warm' };
/** `json` is text: it is measured where it is made, and takes no more memory here than it says. */
export type ThreadAnswer = { json: string } | { error: ThreadError };

interface ThreadError { name: string; code?: ErrorCode; message: string; hint?: string; place?: string; details?: Record<string, unknown>; stack?: string; retryable?: boolean }

export interface ThreadLimits {
  threads: number;
  /** Of one comparison: hostile images are bounded by the readers, this is behind them. */
  timeoutMs: number;
  /** Of one thread's heap; file contents are bounded by the readers. */
  heapMiB: number;
}

export const DEFAULT_THREAD_LIMITS: ThreadLimits = { threads: 1, timeoutMs: 15 * 60_000, heapMiB: 2048 };

interface Waiting { request: ThreadRequest; signal?: AbortSignal | undefined; settle(answer: Promise<unknown>): void }

export interface ThreadedComparers extends Comparers {
  /** The same, ended with its thread once the signal is aborted. Throws ACTIONS.CANCELLED. */
  within(signal: AbortSignal): Comparers;
  /** Has a thread load what comparing builds takes; the first who asks else waits for that, most of a second. Never fails: who asks is told why. */
  warm(): Promise<void>;
  /** Ends every thread; what is under way is cut off. */
  close(): Promise<void>;
}

/**
 * Comparing in threads of their own, which keep what they read of the record: reading blocks. A thread that takes too long or
 * too much ends alone (ACTIONS.COMPARISON_LIMIT); the next comparison gets another.
 */
export function comparisonThreads(entry: URL, workerData: unknown, limits: Partial<ThreadLimits> = {}): ThreadedComparers {
  const pool = new ThreadPool(() => newThread(entry, workerData, { ...DEFAULT_THREAD_LIMITS, ...limits }), { ...DEFAULT_THREAD_LIMITS, ...limits });
  const comparers = (signal?: AbortSignal): Comparers => ({
    files: (...given) => pool.run({ method: 'files', given }, signal) as ReturnType<Comparers['files']>,
    builds: (...given) => pool.run({ method: 'builds', given }, signal) as ReturnType<Comparers['builds']>,
    buildWithFile: (...given) => pool.run({ method: 'buildWithFile', given }, signal) as ReturnType<Comparers['buildWithFile']>,
    outline: (...given) => pool.run({ method: 'outline', given }, signal) as ReturnType<Comparers['outline']>,
    filesDefining: (...given) => pool.run({ method: 'filesDefining', given }, signal) as ReturnType<Comparers['filesDefining']>,
    contents: (...given) => pool.run({ method: 'contents', given }, signal) as ReturnType<Comparers['contents']>,
  });
  const warm = (): Promise<void> => pool.run({ method: 'warm' }).then(() => undefined, () => undefined);
  return { ...comparers(), within: comparers, warm, close: () => pool.close() };
}

function newThread(entry: URL, workerData: unknown, { heapMiB }: ThreadLimits): Worker {
  const thread = new Worker(entry, { workerData, resourceLimits: { maxOldGenerationSizeMb: heapMiB, maxYoungGenerationSizeMb: 64 } });
  // A thread that waits keeps no process alive.
  thread.unref();
  // Whoever waits for it hears of it, too; of one for which nobody waits, an error that nobody hears would end the process.
  thread.on('error', () => undefined);
  return thread;
}

class ThreadPool {
  readonly #make: () => Worker;
  readonly #limits: ThreadLimits;
  readonly #idle: Worker[] = [];
  readonly #busy = new Set<Worker>();
  readonly #waiting: Waiting[] = [];
  #closed = false;

  constructor(make: () => Worker, limits: ThreadLimits) {
    this.#make = make;
    this.#limits = limits;
  }

  run(request: ThreadRequest, signal?: AbortSignal): Promise<unknown> {
    return new Promise((resolve) => {
      this.#waiting.push({ request, signal, settle: (answer) => { resolve(answer); } });
      this.#next();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#idle, ...this.#busy].map((thread) => thread.terminate()));
  }

  #next(): void {
    if (this.#busy.size >= this.#limits.threads) return;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return;
    if (this.#closed || waiting.signal?.aborted === true) { waiting.settle(Promise.reject(cancelled())); this.#next(); return; }
    const thread = this.#idle.pop() ?? this.#made();
    this.#busy.add(thread);
    waiting.settle(this.#runOn(thread, waiting));
  }

  /** One that ends while nobody waits for it is not asked again: it would never answer. */
  #made(): Worker {
    const thread = this.#make();
    thread.once('exit', () => {
      const at = this.#idle.indexOf(thread);
      if (at >= 0) this.#idle.splice(at, 1);
    });
    return thread;
  }

  async #runOn(thread: Worker, { request, signal }: Waiting): Promise<unknown> {
    let reusable = false;
    try {
      const answer = await answerOf(thread, request, signal, this.#limits.timeoutMs);
      reusable = true;
      if ('error' in answer) throw revived(answer.error);
      return JSON.parse(answer.json);
    } finally {
      this.#busy.delete(thread);
      if (reusable && !this.#closed) this.#idle.push(thread);
      else void thread.terminate();
      this.#next();
    }
  }
}

/** The one answer of a thread, or why there is none. */
function answerOf(thread: Worker, request: ThreadRequest, signal: AbortSignal | undefined, timeoutMs: number): Promise<ThreadAnswer> {
  return new Promise((resolve, reject) => {
    const off: (() => void)[] = [];
    const end = (act: () => void): void => { for (const each of off) each(); act(); };
    const listen = (event: 'message' | 'error' | 'exit', heard: (value: unknown) => void): void => {
      const listener = (value: unknown): void => { end(() => { heard(value); }); };
      thread.once(event, listener);
      off.push(() => { thread.off(event, listener); });
    };
    listen('message', (answer) => { resolve(answer as ThreadAnswer); });
    listen('error', (error) => { reject(isOutOfMemory(error) ? limit('memory') : error as Error); });
    listen('exit', () => { reject(cancelled()); });
    const timer = setTimeout(() => { end(() => { reject(limit('time')); }); }, timeoutMs);
    off.push(() => { clearTimeout(timer); });
    const abort = (): void => { end(() => { reject(cancelled()); }); };
    signal?.addEventListener('abort', abort, { once: true });
    off.push(() => { signal?.removeEventListener('abort', abort); });
    thread.postMessage(request);
  });
}

function isOutOfMemory(error: unknown): boolean {
  return errorCodeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY';
}

function limit(what: 'memory' | 'time' | 'room for what differs'): Failure {
  return new Failure('ACTIONS.COMPARISON_LIMIT', `the comparison took more ${what} than one may take`, { hint: 'Compare smaller parts, or run `./provenroot diff` on the files by hand, which has no such limit.', details: { what } });
}

function cancelled(): Failure {
  return new Failure('ACTIONS.CANCELLED', 'the comparison was cut off');
}

/** A change of a mode takes 0.9 KB; an archive of 5 MB can hold 800,000 names, and whoever shows these holds all of them (measured: 2.4 GB). */
const MOST_ANSWER_CHARS = 128 * 1024 ** 2;

/** What a thread found, plain JSON. Throws ACTIONS.COMPARISON_LIMIT where it is more than anybody can be shown. */
export function threadAnswer(value: unknown, mostChars = MOST_ANSWER_CHARS): ThreadAnswer {
  const json = jsonWithin(value);
  if (json === undefined || json.length > mostChars) throw limit('room for what differs');
  return { json };
}

/** Undefined where it is longer than any text can be. */
function jsonWithin(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What an error of ours says in another thread. */
export function toldError(error: unknown): ThreadError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  if (!isCoded(error)) return { name, message, ...(stack === undefined ? {} : { stack }) };
  const { code, hint, place, details } = error;
  return { name, code, message, details, ...('retryable' in error && error.retryable ? { retryable: true } : {}), ...(hint === undefined ? {} : { hint }), ...(place === undefined ? {} : { place }), ...(stack === undefined ? {} : { stack }) };
}

function revived({ name, code, message, hint, place, details, stack, retryable }: ThreadError): Error {
  const told = { ...(hint === undefined ? {} : { hint }), ...(place === undefined ? {} : { place }), ...(details === undefined ? {} : { details }) };
  if (code !== undefined && name === 'Failure') return new Failure(code, message, told);
  if (code !== undefined && name === 'Fault') return new Fault(code, message, { ...told, ...(retryable === undefined ? {} : { retryable }) });
  return new Bug(`in a thread that compares: ${message}`, { ...told, cause: stack });
}
