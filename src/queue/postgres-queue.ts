import type { Clock } from '../foundation/clock.ts';
import { kindsIn, type KindFilter, type Lanes } from './lanes.ts';
import { RunningTasks } from './task-run.ts';
import { TASKS_CHANNEL, TaskTable } from './task-table.ts';
import { DEFAULT_TIMING, type NewTask, type Queue, type QueueConnection, type QueueDatabase, type QueueTiming, type QueueWorker, type TaskHandler, type TaskStatus, type WorkOptions } from './task.ts';

/** Postgres alone: tasks are claimed with SKIP LOCKED, workers are woken by NOTIFY and look now and then anyway. */
export class PostgresQueue implements Queue {
  readonly #database: QueueDatabase;
  readonly #table: TaskTable;
  readonly #timing: QueueTiming;
  readonly #lanes: Lanes;
  readonly #workers = new Set<PostgresWorker>();

  constructor(database: QueueDatabase, clock: Clock, timing: QueueTiming = DEFAULT_TIMING, lanes: Lanes = {}) {
    this.#database = database;
    this.#table = new TaskTable(database, clock);
    this.#timing = timing;
    this.#lanes = lanes;
  }

  enqueue(task: NewTask): Promise<{ id: string; joined: boolean }> { return this.#table.insert(task); }
  status(id: string): Promise<TaskStatus | undefined> { return this.#table.status(id); }
  cancel(id: string): Promise<boolean> { return this.#table.requestCancel({ id }); }
  cancelKey(key: string): Promise<boolean> { return this.#table.requestCancel({ key }); }
  async takeBack(key: string): Promise<boolean> { return await this.#table.takeBack(key) !== undefined; }

  async work(handler: TaskHandler, options: WorkOptions): Promise<QueueWorker> {
    const worker = new PostgresWorker(this.#database, this.#table, handler, { ...options, kinds: kindsIn(options.lane, this.#lanes) }, this.#timing);
    this.#workers.add(worker);
    await worker.start();
    return worker;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.drain(0)));
  }
}

type LaneOptions = WorkOptions & { kinds: KindFilter };

class PostgresWorker implements QueueWorker {
  readonly #database: QueueDatabase;
  readonly #table: TaskTable;
  readonly #options: LaneOptions;
  readonly #timing: QueueTiming;
  readonly #running: RunningTasks;
  #listening: QueueConnection | undefined;
  #reconciler: NodeJS.Timeout | undefined;
  #draining = false;
  #filling: Promise<void> | undefined;
  #wokenWhileFilling = false;

  constructor(database: QueueDatabase, table: TaskTable, handler: TaskHandler, options: LaneOptions, timing: QueueTiming) {
    this.#database = database;
    this.#table = table;
    this.#options = options;
    this.#timing = timing;
    this.#running = new RunningTasks(table, handler, timing);
  }

  async start(): Promise<void> {
    await this.#listen();
    this.#reconciler = setInterval(() => { void this.#reconcile(); }, this.#timing.reconcileMs);
    this.#wake();
  }

  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    clearInterval(this.#reconciler);
    this.#listening?.release(true);
    this.#listening = undefined;
    await this.#filling;
    await this.#running.drain(graceMs);
  }

  async #listen(): Promise<void> {
    const connection = await this.#database.connect();
    connection.on('notification', () => { this.#wake(); });
    // The reconciler listens again; until then it is the one that looks.
    connection.on('error', () => {
      if (this.#listening === connection) { this.#listening = undefined; connection.release(true); }
    });
    await connection.query(`LISTEN ${TASKS_CHANNEL}`);
    this.#listening = connection;
  }

  async #reconcile(): Promise<void> {
    try {
      if (this.#listening === undefined && !this.#draining) await this.#listen();
      await this.#table.takeBackLost();
    } catch {
      // The database is away; the next round comes.
    }
    this.#wake();
  }

  #wake(): void {
    if (this.#filling !== undefined) { this.#wokenWhileFilling = true; return; }
    this.#filling = this.#fill().catch(() => undefined).finally(() => {
      this.#filling = undefined;
      if (this.#wokenWhileFilling) { this.#wokenWhileFilling = false; this.#wake(); }
    });
  }

  async #fill(): Promise<void> {
    while (!this.#draining && this.#running.count < this.#options.concurrency) {
      const task = await this.#table.claimNext(this.#options.kinds, this.#options.worker, this.#timing.leaseMs);
      if (task === undefined) return;
      void this.#running.run(task).then(() => { this.#wake(); });
    }
  }
}
