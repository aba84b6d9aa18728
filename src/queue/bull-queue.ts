import Bull from 'bull';

import type { Clock } from '../foundation/clock.ts';
import { kindsIn, laneOf, type KindFilter, type Lanes } from './lanes.ts';
import { RunningTasks } from './task-run.ts';
import { TaskTable, type ReadyTask } from './task-table.ts';
import { DEFAULT_TIMING, type NewTask, type Queue, type QueueDatabase, type QueueTiming, type QueueWorker, type TaskHandler, type TaskStatus, type WorkOptions } from './task.ts';

/** `redis://…`, or the path of a socket. */
export type RedisAddress = { url: string } | { path: string };

/** All that Redis ever holds of a task: whatever it loses or repeats, the table decides. */
interface Message { taskId: string; epoch: number }

const READY_AT_ONCE = 1_000;
/** Bull puts 1 before 2; ours puts higher before lower. */
const PRIORITY_BASE = 1_000_000;

/**
 * Bull carries, Postgres knows: a message that is lost is sent again by whoever reconciles, one too many finds nothing to claim.
 * Each lane is a queue of Bull's of its own: what one carries is taken in its order, whatever kind it is.
 */
export class BullQueue implements Queue {
  readonly #table: TaskTable;
  readonly #timing: QueueTiming;
  readonly #lanes: Lanes;
  readonly #bulls: ReadonlyMap<string | undefined, Bull.Queue<Message>>;
  readonly #workers = new Set<BullWorker>();

  constructor(database: QueueDatabase, clock: Clock, redis: RedisAddress, timing: QueueTiming = DEFAULT_TIMING, lanes: Lanes = {}) {
    this.#table = new TaskTable(database, clock);
    this.#timing = timing;
    this.#lanes = lanes;
    this.#bulls = new Map([undefined, ...Object.keys(lanes)].map((lane) => [lane, makeBull(lane, redis)]));
  }

  async enqueue(task: NewTask): Promise<{ id: string; joined: boolean }> {
    const made = await this.#table.insert(task);
    // Not waited for: where Redis is away, the task is on record and reconciling sends it.
    if (!made.joined) void this.#send({ id: made.id, kind: task.kind, epoch: 0, priority: task.priority ?? 0 });
    return made;
  }

  status(id: string): Promise<TaskStatus | undefined> { return this.#table.status(id); }
  cancel(id: string): Promise<boolean> { return this.#table.requestCancel({ id }); }
  cancelKey(key: string): Promise<boolean> { return this.#table.requestCancel({ key }); }

  async takeBack(key: string): Promise<boolean> {
    const task = await this.#table.takeBack(key);
    if (task !== undefined) void this.#send(task);
    return task !== undefined;
  }

  async work(handler: TaskHandler, options: WorkOptions): Promise<QueueWorker> {
    const kinds = kindsIn(options.lane, this.#lanes);
    const worker = new BullWorker(this.#bulls.get(options.lane)!, this.#table, new RunningTasks(this.#table, handler, this.#timing), { ...options, kinds }, this.#timing);
    this.#workers.add(worker);
    await worker.start();
    return worker;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.drain(0)));
    await Promise.all([...this.#bulls.values()].map((bull) => bull.close(true).catch(() => undefined)));
  }

  #send(task: ReadyTask): Promise<void> {
    return send(this.#bulls.get(laneOf(task.kind, this.#lanes))!, task);
  }
}

function makeBull(lane: string | undefined, redis: RedisAddress): Bull.Queue<Message> {
  const options: Bull.QueueOptions = { prefix: 'provenroot', defaultJobOptions: { attempts: 1, removeOnComplete: true, removeOnFail: true } };
  const name = lane === undefined ? 'tasks' : `tasks ${lane}`;
  const bull = 'url' in redis ? new Bull<Message>(name, redis.url, options) : new Bull<Message>(name, { ...options, redis: { path: redis.path } });
  // Redis going away is expected; without a listener it would end the process.
  bull.on('error', () => undefined);
  return bull;
}

/** The number makes the same message twice one message. */
async function send(bull: Bull.Queue<Message>, { id, epoch, priority }: ReadyTask): Promise<void> {
  const place = Math.min(PRIORITY_BASE * 2, Math.max(1, PRIORITY_BASE - priority));
  await bull.add({ taskId: id, epoch }, { jobId: `${id}:${epoch}`, priority: place }).catch(() => undefined);
}

type LaneOptions = WorkOptions & { kinds: KindFilter };

class BullWorker implements QueueWorker {
  readonly #bull: Bull.Queue<Message>;
  readonly #table: TaskTable;
  readonly #running: RunningTasks;
  readonly #options: LaneOptions;
  readonly #timing: QueueTiming;
  #reconciler: NodeJS.Timeout | undefined;
  #draining = false;

  constructor(bull: Bull.Queue<Message>, table: TaskTable, running: RunningTasks, options: LaneOptions, timing: QueueTiming) {
    this.#bull = bull;
    this.#table = table;
    this.#running = running;
    this.#options = options;
    this.#timing = timing;
  }

  async start(): Promise<void> {
    void this.#bull.process(this.#options.concurrency, ({ data }) => this.#take(data)).catch(() => undefined);
    this.#reconciler = setInterval(() => { void this.#reconcile(); }, this.#timing.reconcileMs);
    await this.#reconcile();
  }

  async drain(graceMs: number): Promise<void> {
    this.#draining = true;
    clearInterval(this.#reconciler);
    void this.#bull.pause(true, true).catch(() => undefined);
    await this.#running.drain(graceMs);
  }

  /** Never rejects: what a task came to stands in the table. */
  async #take({ taskId, epoch }: Message): Promise<void> {
    if (this.#draining) return;
    const task = await this.#table.claim(taskId, epoch, this.#options.worker, this.#timing.leaseMs).catch(() => undefined);
    if (task !== undefined) await this.#running.run(task);
  }

  async #reconcile(): Promise<void> {
    try {
      await this.#table.takeBackLost();
      for (const task of await this.#table.ready(this.#options.kinds, READY_AT_ONCE)) void send(this.#bull, task);
    } catch {
      // The database is away; the next round comes.
    }
  }
}
