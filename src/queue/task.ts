/** Something to be done once, by whichever worker. */
export interface NewTask {
  kind: string;
  /** While a task with this key waits or runs, no second one is made: the first is joined. */
  key?: string;
  /** JSON value. */
  payload: Readonly<Record<string, unknown>>;
  /** Higher goes first; 0 unless said. */
  priority?: number;
  /** How often it may be begun; 3 unless said. */
  maxAttempts?: number;
}

export interface ClaimedTask {
  id: string;
  kind: string;
  payload: Readonly<Record<string, unknown>>;
  /** Grows with every claim; what a worker commits with an older one is refused. */
  epoch: number;
  /** From 1. */
  attempt: number;
}

/** Why a running handler is asked to stop. */
export type StopReason =
  /** Another worker has the task, or nobody heard of this one for too long: stop at once, nothing of it counts. */
  | 'lost'
  | 'cancelled'
  /** The worker goes down; the task goes back. */
  | 'draining';

/**
 * Does the work; ending normally is success. A thrown error with `retryable: true` is tried again while attempts are
 * left. `signal.reason` is a StopReason; an error thrown after it is no failure of the task.
 */
export type TaskHandler = (task: ClaimedTask, signal: AbortSignal) => Promise<void>;

export interface WorkOptions {
  /** One of those that the queue was opened with; absent: all tasks that are in none of these. */
  lane?: string;
  /** Tasks at once. */
  concurrency: number;
  /** For people: who works here. */
  worker: string;
}

export interface TaskStatus {
  id: string;
  kind: string;
  state: 'QUEUED' | 'RUNNING' | 'DONE' | 'FAILED' | 'CANCELLED';
  attempts: number;
  worker: string | null;
  errorCode: string | null;
  errorMessage: string | null;
}

/**
 * Typed tasks in and out. Postgres is the truth: what carries tasks may lose, repeat or delay them, and still each is
 * done at least once and its result is committed once. A killed worker's task is begun again when its lease is over.
 */
export interface Queue {
  enqueue(task: NewTask): Promise<{ id: string; joined: boolean }>;
  status(id: string): Promise<TaskStatus | undefined>;
  /** A waiting task ends at once, a running one is asked to stop; false where it has ended. */
  cancel(id: string): Promise<boolean>;
  /** The same for the task with this key, if one waits or runs. */
  cancelKey(key: string): Promise<boolean>;
  /** The running task with this key waits again at once: for who knows that its worker is gone. False where none runs. */
  takeBack(key: string): Promise<boolean>;
  work(handler: TaskHandler, options: WorkOptions): Promise<QueueWorker>;
  /** Ends its workers, then its own connections. */
  close(): Promise<void>;
}

export interface QueueWorker {
  /** Takes no more tasks, lets running ones end for `graceMs`, then asks them to stop and gives them back. */
  drain(graceMs: number): Promise<void>;
}

/** Durations of the protocol, milliseconds. */
export interface QueueTiming {
  /** A worker that was not heard of for so long has lost its task. */
  leaseMs: number;
  heartbeatMs: number;
  /** How often lost tasks and lost messages are looked for. */
  reconcileMs: number;
  /** Before the second attempt; doubles with each. */
  retryMs: number;
}

export const DEFAULT_TIMING: QueueTiming = { leaseMs: 90_000, heartbeatMs: 15_000, reconcileMs: 30_000, retryMs: 5_000 };

/** What the queue needs of a `pg` pool. */
export interface QueueDatabase {
  query(text: string, values?: unknown[]): Promise<{ rows: unknown[]; rowCount: number | null }>;
  connect(): Promise<QueueConnection>;
}

export interface QueueConnection {
  query(text: string): Promise<unknown>;
  on(event: 'notification' | 'error', listener: () => void): unknown;
  release(destroy: boolean): void;
}
