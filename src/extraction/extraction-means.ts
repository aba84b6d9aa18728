import type { Sha256 } from '../foundation/digest.ts';
import type { Runner } from '../sandbox/runner.ts';
import type { Store } from '../store/store.ts';

export interface ExtractionMeans {
  runner: Runner;
  /** Brings the pinned sandbox up, where it is not. */
  prepareSandbox(): Promise<void>;
  /** Digest of the sandbox's root tree: its tools are the foreign ones. */
  sandbox: Sha256;
  store: Store;
  signal: AbortSignal;
}
