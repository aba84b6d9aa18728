import type { Clock } from '../foundation/clock.ts';
import type { EngineFacts } from '../plan/engine.ts';
import type { Reads } from '../records/reads/reads.ts';
import type { Records } from '../records/records.ts';
import type { SandboxLock } from '../sandbox/lock.ts';
import type { LocalStore, StoreUpkeep } from '../store/store.ts';
import type { Catalogs } from './catalogs.ts';

/** What the use cases are given: everything but the parts that only a running step needs. */
export interface Workshop {
  clock: Clock;
  records: Records;
  reads: Reads;
  store: LocalStore & StoreUpkeep;
  catalogs: Catalogs;
  engine: EngineFacts;
  lock: SandboxLock;
}
