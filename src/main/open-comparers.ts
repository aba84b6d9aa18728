import { comparisonThreads, type ThreadedComparers, type ThreadLimits } from '../actions/comparison-threads.ts';
import type { Environment } from './environment.ts';

/** Threads that compare what the home's store has. Made when first asked for; close them at the end. */
export function openComparers({ home }: Pick<Environment, 'home'>, limits: Partial<ThreadLimits> = {}): ThreadedComparers {
  return comparisonThreads(new URL('compare-thread.ts', import.meta.url), { home }, limits);
}
