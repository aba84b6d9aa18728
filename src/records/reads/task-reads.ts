import { rowsOf, type Database } from './statement.ts';

/** A task of the queue, as people see it. */
export interface TaskRow {
  id: string;
  kind: string;
  /** Of a build, a verification, a variation run: its id. */
  key: string | null;
  state: 'QUEUED' | 'RUNNING' | 'DONE' | 'FAILED' | 'CANCELLED';
  attempts: number;
  errorCode: string | null;
  errorMessage: string | null;
  cancelRequestedAt: Date | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

const BY_ID = {
  name: 'tasks by id', text: `SELECT t.id, t.kind, t.key, t.state::text AS state, t.attempts, t.error_code AS "errorCode", t.error_message AS "errorMessage",
    t.cancel_requested_at AS "cancelRequestedAt", t.created_at AS "createdAt", t.started_at AS "startedAt", t.finished_at AS "finishedAt" FROM tasks t WHERE t.id = ANY($1::text[])`,
};

export interface TaskReads { byId(ids: readonly string[]): Promise<TaskRow[]> }

export function taskReads(database: Database): TaskReads {
  return { byId: (ids) => rowsOf(database, BY_ID, [ids]) };
}
