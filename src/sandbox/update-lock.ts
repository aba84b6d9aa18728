import type { Store } from '../store/store.ts';
import { treeDigest } from '../tree/node.ts';
import { ASSEMBLY_VERSION, assembleSandbox, type PoolFetcher } from './assemble.ts';
import type { SandboxDefinition } from './definition.ts';
import type { SandboxLock } from './lock.ts';
import { resolvePackages, type DebianArchive } from './resolve-lock.ts';
import { layerDigest } from './sandbox-image.ts';

export interface UpdateLockDeps {
  store: Store;
  fetch: PoolFetcher;
}

/**
 * Resolves the definition against a Debian archive (not written down) and assembles the result once, to
 * learn its digests. `compareLocks` shows what a new lock changes.
 */
export async function makeLock(definition: SandboxDefinition, archive: DebianArchive, deps: UpdateLockDeps): Promise<SandboxLock> {
  const { packages, release } = await resolvePackages(definition, archive);
  const root = await assembleSandbox({ packages }, deps.fetch, deps.store);
  const { suite, component, architecture } = definition;
  return {
    format: 1, suite, component, architecture, assembly: ASSEMBLY_VERSION, release,
    rootTree: treeDigest(root), layer: await layerDigest(root, deps.store), packages,
  };
}

/** The lock as a file: one package a line, so that a difference reads well. */
export function lockText({ packages, ...lock }: SandboxLock): string {
  const head = JSON.stringify(lock, undefined, 2).replace(/\n}$/, '');
  return `${head},\n  "packages": [\n${packages.map((one) => `    ${JSON.stringify(one)}`).join(',\n')}\n  ]\n}\n`;
}
