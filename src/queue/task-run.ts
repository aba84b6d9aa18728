import { setTimeout as sleep } from 'node:timers/promises';

import { isCoded } from '../foundation/failure.ts';
import type { TaskTable } from './task-table.ts';
import type { ClaimedTask, QueueTiming, StopReason, TaskHandler } from './task.ts';

/** The tasks that one worker has in hand. */
export class RunningTasks {
  readonly #table: TaskTable;
  readonly #handler: TaskHandler;
  readonly #timing: QueueTiming;
  readonly #running = new Map<Promise<void>, AbortController>();

  constructor(table: TaskTable, handler: TaskHandler, timing: QueueTiming) {
    this.#table = table;
    this.#handler = handler;
    this.#timing = timing;
  }

  get count(): number { return this.#running.size; }

  /** Handles one claimed task to its end; never rejects. */
  run(task: ClaimedTask): Promise<void> {
    const stop = new AbortController();
    const done = this.#handle(task, stop).finally(() => this.#running.delete(done));
    this.#running.set(done, stop);
    return done;
  }

  async drain(graceMs: number): Promise<void> {
    const all = Promise.all(this.#running.keys());
    const timer = new AbortController();
    await Promise.race([all, sleep(graceMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
    for (const stop of this.#running.values()) stop.abort('draining' satisfies StopReason);
    await all;
  }

  async #handle(task: ClaimedTask, stop: AbortController): Promise<void> {
    const beats = new AbortController();
    const beating = this.#heartbeat(task, stop, beats.signal);
    const error = await this.#outcome(task, stop.signal);
    beats.abort();
    await beating;
    // Where the database is away, the lease runs out and another worker does it again.
    await this.#commit(task, stop.signal, error).catch(() => undefined);
  }

  async #outcome(task: ClaimedTask, signal: AbortSignal): Promise<{ reason: unknown } | undefined> {
    try {
      await this.#handler(task, signal);
      return undefined;
    } catch (reason) {
      return { reason };
    }
  }

  async #heartbeat(task: ClaimedTask, stop: AbortController, signal: AbortSignal): Promise<void> {
    let misses = 0;
    while (await sleep(this.#timing.heartbeatMs, true, { signal }).catch(() => false)) {
      const beat = await this.#table.extend(task, this.#timing.leaseMs).catch(() => 'no answer' as const);
      misses = beat === 'no answer' ? misses + 1 : 0;
      if (beat === undefined || misses * this.#timing.heartbeatMs >= this.#timing.leaseMs) return stop.abort('lost' satisfies StopReason);
      if (typeof beat === 'object' && beat.cancelRequested) stop.abort('cancelled' satisfies StopReason);
    }
  }

  async #commit(task: ClaimedTask, stop: AbortSignal, error: { reason: unknown } | undefined): Promise<void> {
    if (error === undefined) { await this.#table.end(task, { state: 'DONE' }); return; }
    const { code, message, retryable } = toldOf(error.reason);
    switch (stop.aborted ? stop.reason as StopReason : 'failed') {
      case 'lost': return;
      case 'cancelled': await this.#table.end(task, { state: 'CANCELLED' }); return;
      case 'draining': await this.#table.giveBack(task, 0, false); return;
      case 'failed': {
        const again = retryable && await this.#table.attemptsLeft(task);
        if (again) await this.#table.giveBack(task, this.#timing.retryMs * 2 ** (task.attempt - 1), true, { code, message });
        else await this.#table.end(task, { state: 'FAILED', code, message });
      }
    }
  }
}

function toldOf(reason: unknown): { code: string; message: string; retryable: boolean } {
  if (!isCoded(reason)) return { code: 'FOUNDATION.BUG', message: 'the handler failed without a code', retryable: false };
  return { code: reason.code, message: reason.message, retryable: reason.name === 'Fault' && reason.retryable };
}
