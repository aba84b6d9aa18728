import { compareLocks, type LockChange, type SandboxLock } from '../sandbox/lock.ts';
import type { SandboxDefinition } from '../sandbox/definition.ts';
import type { PoolFetcher } from '../sources/fetcher.ts';
import type { DebianArchive } from '../sandbox/resolve-lock.ts';
import { lockText, makeLock } from '../sandbox/update-lock.ts';
import type { Workshop } from './workshop.ts';

export interface SandboxUpdate {
  lock: SandboxLock;
  /** The lock as a file. */
  text: string;
  changes: readonly LockChange[];
}

/** Resolves the definition against a Debian archive and assembles it once; says what a new lock would change. Writes no lock. */
export async function updateSandbox(definition: SandboxDefinition, archive: DebianArchive, fetch: PoolFetcher, { store, lock: standing }: Workshop): Promise<SandboxUpdate> {
  const lock = await makeLock(definition, archive, { store, fetch });
  return { lock, text: lockText(lock), changes: compareLocks(standing, lock) };
}
