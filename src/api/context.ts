import type { Actions } from '../actions/actions.ts';
import type { Clock } from '../foundation/clock.ts';
import type { EventFeed } from '../records/event-feed.ts';
import type { Reads } from '../records/reads/reads.ts';
import type { Store } from '../store/store.ts';
import type { Batches } from './batches.ts';
import type { Cursors } from './cursors.ts';
import type { KeptComparisons } from './kept-comparisons.ts';
import type { ApiLimits } from './limits.ts';
import type { Turns } from './turns.ts';

/** What every request shares. */
export interface ApiParts {
  reads: Reads;
  actions: Actions;
  store: Store;
  clock: Clock;
  limits: ApiLimits;
  cursors: Cursors;
  /** Of all requests together. */
  turns: Turns;
  comparisons: KeptComparisons;
  /** Wakes who follows events; without it the record is looked at now and then. */
  feed: Pick<EventFeed, 'subscribe'> | undefined;
  /** Of Provenroot. */
  version: string;
}

/** What one request, or one subscription, has. */
export interface Context extends ApiParts {
  requestId: string;
  /** Begins every URL in the answer: `http://127.0.0.1:4000`. */
  address: string;
  batches: Batches;
}
