import { Failure, isCoded } from '../foundation/failure.ts';
import type { JobHandle, JobRecords } from '../records/job-records.ts';

const CANCEL_POLL_MS = 1_000;

export interface JobWork<T> {
  /** The signal says that somebody wants it cancelled, or that this process must stop. */
  work(job: JobHandle, signal: AbortSignal): Promise<T>;
  cancelled(job: JobHandle): Promise<void>;
  failed(job: JobHandle, error: { code: string; message: string }): Promise<void>;
}

/**
 * Claims a job, works on it and sees it to an end on record; only while holding `jobLock(id)`. Undefined where it was
 * cancelled. A process that must stop (`lost`, `draining`) leaves the job for the next, and the error goes up.
 */
export async function runJob<T>(id: string, jobs: JobRecords, stop: AbortSignal, { work, cancelled, failed }: JobWork<T>): Promise<T | undefined> {
  const job = await jobs.claim(id);
  if (job === undefined) throw new Failure('RECORDS.STALE', `${id} has ended`, { place: id });
  const asked = await watchCancel(id, jobs);
  const signal = AbortSignal.any([stop, asked.signal]);
  try {
    return await work(job, signal);
  } catch (error) {
    if (signal.aborted && !isInterruption(stop)) { await cancelled(job); return undefined; }
    if (!isInterruption(stop)) await failed(job, told(error)).catch(() => undefined);
    throw error;
  } finally {
    asked.stop();
  }
}

function isInterruption({ aborted, reason }: AbortSignal): boolean {
  return aborted && (reason === 'lost' || reason === 'draining');
}

function told(error: unknown): { code: string; message: string } {
  return isCoded(error) ? { code: error.code, message: error.message } : { code: 'FOUNDATION.BUG', message: 'Provenroot itself failed; the process that ran it has said how' };
}

/** Who asks for an end may be another process: the record is where they meet. */
async function watchCancel(id: string, jobs: JobRecords): Promise<{ signal: AbortSignal; stop: () => void }> {
  const controller = new AbortController();
  const look = async (): Promise<void> => { if (await jobs.cancelRequested(id)) controller.abort('cancelled'); };
  await look();
  const timer = setInterval(() => { void look().catch(() => undefined); }, CANCEL_POLL_MS);
  return { signal: controller.signal, stop: () => clearInterval(timer) };
}
