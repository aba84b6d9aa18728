import { jobLock } from '../records/job-records.ts';
import { runJob } from './job.ts';
import type { Yard } from './run-build.ts';
import { varyBuild, type VariationMeans, type VariationReport } from './vary-build.ts';
import type { Workshop } from './workshop.ts';

export interface RunVariationMeans {
  variation: VariationMeans;
  openYard(signal: AbortSignal): Promise<Yard>;
}

export interface RunVariationOptions {
  signal: AbortSignal;
  /** Only these steps; all where absent. */
  steps?: readonly string[];
  onProgress: (progress: { stepsDone: number; stepsTotal: number; runs: number }) => void;
}

/** A variation run on record, to its end. Undefined where it was cancelled. Throws RECORDS.STALE where it has ended before. */
export async function runVariation(variationId: string, means: RunVariationMeans, options: RunVariationOptions, workshop: Workshop): Promise<VariationReport | undefined> {
  const { records: { locks, variations } } = workshop;
  return locks.exclusively(jobLock(variationId), () => runJob(variationId, variations, options.signal, {
    work: async (job, signal) => {
      const { buildId, conditions } = (await variations.find(variationId))!;
      const { steps } = options;
      const report = await varyBuild(buildId, { conditions: conditions as string[], ...(steps === undefined ? {} : { steps }) }, {
        signal,
        onProgress: (progress) => {
          options.onProgress(progress);
          // Whether the claim still stands is found out at the next write that counts.
          void variations.progress(job, { stage: 'VARYING', done: progress.stepsDone, total: progress.stepsTotal }).catch(() => undefined);
        },
      }, workshop, means.variation, () => means.openYard(signal));
      signal.throwIfAborted();
      await variations.finish(job, { state: 'DONE', outcome: report.outcome, report });
      return report;
    },
    cancelled: (job) => variations.finish(job, { state: 'CANCELLED' }),
    failed: (job, { code, message }) => variations.finish(job, { state: 'FAILED', subcode: code, message }),
  }));
}
