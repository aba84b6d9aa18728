import type { Clock } from '../foundation/clock.ts';
import { uuidV7 } from '../foundation/ids.ts';
import type { KindFilter } from './lanes.ts';
import type { ClaimedTask, NewTask, QueueDatabase, TaskStatus } from './task.ts';

export const TASKS_CHANNEL = 'tasks';

export interface ReadyTask { id: string; kind: string; epoch: number; priority: number }

const CLAIMED = 'id, kind, payload, epoch, attempts AS attempt';
const CLAIM = `UPDATE tasks SET state = 'RUNNING', epoch = epoch + 1, attempts = attempts + 1, worker = $1, started_at = coalesce(started_at, now()),
  lease_until = now() + $2 * interval '1 millisecond'`;

/** The table `tasks`, where every change of state is guarded by the state and the epoch that it starts from. Times are the database's. */
export class TaskTable {
  readonly #database: QueueDatabase;
  readonly #clock: Clock;

  constructor(database: QueueDatabase, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  async insert(task: NewTask): Promise<{ id: string; joined: boolean }> {
    // Between the two statements the other task may end: then there is room for this one.
    for (;;) {
      const [made] = await this.#rows<{ id: string }>(`
        WITH made AS (INSERT INTO tasks (id, kind, key, payload, priority, max_attempts) VALUES ($1, $2, $3, $4, $5, $6)
          ON CONFLICT (key) WHERE state IN ('QUEUED', 'RUNNING') DO NOTHING RETURNING id)
        SELECT id, pg_notify('${TASKS_CHANNEL}', '') FROM made`,
      [uuidV7(this.#clock), task.kind, task.key ?? null, JSON.stringify(task.payload), task.priority ?? 0, task.maxAttempts ?? 3]);
      if (made !== undefined) return { id: made.id, joined: false };
      const [standing] = await this.#rows<{ id: string }>("SELECT id FROM tasks WHERE key = $1 AND state IN ('QUEUED', 'RUNNING')", [task.key]);
      if (standing !== undefined) return { id: standing.id, joined: true };
    }
  }

  async status(id: string): Promise<TaskStatus | undefined> {
    return (await this.#rows<TaskStatus>(
      'SELECT id, kind, state::text AS state, attempts, worker, error_code AS "errorCode", error_message AS "errorMessage" FROM tasks WHERE id = $1', [id]))[0];
  }

  /** The first that is ready and that nobody else is about to take. */
  async claimNext({ kinds, among }: KindFilter, worker: string, leaseMs: number): Promise<ClaimedTask | undefined> {
    return (await this.#rows<ClaimedTask>(`${CLAIM} WHERE id = (
      SELECT id FROM tasks WHERE state = 'QUEUED' AND not_before <= now() AND (kind = ANY($3::text[])) = $4 ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING ${CLAIMED}`, [worker, leaseMs, kinds, among]))[0];
  }

  /** One task as a message named it; undefined where the message is old or came twice. */
  async claim(id: string, epoch: number, worker: string, leaseMs: number): Promise<ClaimedTask | undefined> {
    return (await this.#rows<ClaimedTask>(`${CLAIM} WHERE id = $3 AND epoch = $4 AND state = 'QUEUED' AND not_before <= now() RETURNING ${CLAIMED}`,
      [worker, leaseMs, id, epoch]))[0];
  }

  /** Undefined where the task is another's by now. */
  async extend({ id, epoch }: ClaimedTask, leaseMs: number): Promise<{ cancelRequested: boolean } | undefined> {
    return (await this.#rows<{ cancelRequested: boolean }>(`UPDATE tasks SET lease_until = now() + $3 * interval '1 millisecond'
      WHERE id = $1 AND epoch = $2 AND state = 'RUNNING' RETURNING cancel_requested_at IS NOT NULL AS "cancelRequested"`, [id, epoch, leaseMs]))[0];
  }

  /** False where the task is another's by now: nothing was committed. */
  async end({ id, epoch }: ClaimedTask, end: { state: 'DONE' | 'FAILED' | 'CANCELLED'; code?: string; message?: string }): Promise<boolean> {
    return this.#touched(`UPDATE tasks SET state = $3::task_state, error_code = $4, error_message = $5, lease_until = NULL, finished_at = now()
      WHERE id = $1 AND epoch = $2 AND state = 'RUNNING'`, [id, epoch, end.state, end.code ?? null, end.message ?? null]);
  }

  /** Puts a task back that its worker cannot finish; `counts` is false where that was no attempt. */
  async giveBack({ id, epoch }: ClaimedTask, delayMs: number, counts: boolean, error?: { code: string; message: string }): Promise<boolean> {
    return this.#touched(`WITH back AS (UPDATE tasks SET state = 'QUEUED', worker = NULL, lease_until = NULL, error_code = $5, error_message = $6,
      not_before = now() + $3 * interval '1 millisecond', attempts = attempts - CASE WHEN $4 THEN 0 ELSE 1 END
      WHERE id = $1 AND epoch = $2 AND state = 'RUNNING' RETURNING id) SELECT pg_notify('${TASKS_CHANNEL}', '') FROM back`,
    [id, epoch, delayMs, counts, error?.code ?? null, error?.message ?? null]);
  }

  async attemptsLeft({ id, attempt }: ClaimedTask): Promise<boolean> {
    return (await this.#rows<{ left: boolean }>('SELECT max_attempts > $2 AS left FROM tasks WHERE id = $1', [id, attempt]))[0]?.left ?? false;
  }

  async requestCancel(which: { id: string } | { key: string }): Promise<boolean> {
    const [column, value] = 'id' in which ? ['id', which.id] : ['key', which.key];
    return this.#touched(`UPDATE tasks SET cancel_requested_at = coalesce(cancel_requested_at, now()),
      finished_at = CASE WHEN state = 'QUEUED' THEN now() END, state = CASE WHEN state = 'QUEUED' THEN 'CANCELLED' ELSE state END
      WHERE ${column} = $1 AND state IN ('QUEUED', 'RUNNING')`, [value]);
  }

  async takeBack(key: string): Promise<ReadyTask | undefined> {
    return (await this.#rows<ReadyTask>(`
      WITH back AS (UPDATE tasks SET state = 'QUEUED', worker = NULL, lease_until = NULL, not_before = now()
        WHERE key = $1 AND state = 'RUNNING' RETURNING id, kind, epoch, priority)
      SELECT id, kind, epoch, priority, pg_notify('${TASKS_CHANNEL}', '') FROM back`, [key]))[0];
  }

  /** Tasks whose worker was not heard of: wait again, or have failed where no attempt is left. Returns how many. */
  async takeBackLost(): Promise<number> {
    const { rowCount } = await this.#database.query(`
      WITH lost AS (UPDATE tasks SET worker = NULL, lease_until = NULL,
          state = CASE WHEN cancel_requested_at IS NOT NULL THEN 'CANCELLED' WHEN attempts >= max_attempts THEN 'FAILED' ELSE 'QUEUED' END::task_state,
          finished_at = CASE WHEN cancel_requested_at IS NOT NULL OR attempts >= max_attempts THEN now() END,
          error_code = 'QUEUE.LOST', error_message = 'its worker was not heard of any more'
        WHERE state = 'RUNNING' AND lease_until < now() RETURNING id)
      SELECT pg_notify('${TASKS_CHANNEL}', '') FROM lost`);
    return rowCount ?? 0;
  }

  async ready({ kinds, among }: KindFilter, limit: number): Promise<ReadyTask[]> {
    return this.#rows<ReadyTask>(`SELECT id, kind, epoch, priority FROM tasks
      WHERE state = 'QUEUED' AND not_before <= now() AND (kind = ANY($2::text[])) = $3 ORDER BY priority DESC, id LIMIT $1`, [limit, kinds, among]);
  }

  async #rows<Row>(text: string, values: unknown[]): Promise<Row[]> {
    return (await this.#database.query(text, values)).rows as Row[];
  }

  async #touched(text: string, values: unknown[]): Promise<boolean> {
    return ((await this.#database.query(text, values)).rowCount ?? 0) > 0;
  }
}
