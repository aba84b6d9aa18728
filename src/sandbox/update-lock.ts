import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { uniqueName } from '../foundation/ids.ts';
import type { Store } from '../store/store.ts';
import { treeDigest } from '../tree/node.ts';
import { ASSEMBLY_VERSION, assembleSandbox, type PoolFetcher } from './assemble.ts';
import type { SandboxLock } from './lock.ts';
import { resolvePackages, type SandboxDefinition } from './resolve-lock.ts';
import { writeLayer } from './sandbox-image.ts';

export interface UpdateLockDeps {
  store: Store;
  fetch: PoolFetcher;
  temporaryDirectory: string;
}

/** Resolves the definition against a Debian archive and assembles the result once, to learn its digests. */
export async function makeLock(definition: SandboxDefinition, mirror: string, deps: UpdateLockDeps): Promise<SandboxLock> {
  const { packages, release } = await resolvePackages(definition, mirror);
  const root = await assembleSandbox({ packages }, deps.fetch, deps.store);
  const layerPath = join(deps.temporaryDirectory, `sandbox-layer-${uniqueName()}`);
  try {
    const layer = await writeLayer(root, deps.store, layerPath);
    const { suite, component, architecture } = definition;
    return { format: 1, suite, component, architecture, assembly: ASSEMBLY_VERSION, release, rootTree: treeDigest(root), layer: layer.sha256, packages };
  } finally {
    await rm(layerPath, { force: true });
  }
}

/** The lock as a file: one package a line, so that a difference reads well. */
export function lockText({ packages, ...lock }: SandboxLock): string {
  const head = JSON.stringify(lock, undefined, 2).replace(/\n}$/, '');
  return `${head},\n  "packages": [\n${packages.map((one) => `    ${JSON.stringify(one)}`).join(',\n')}\n  ]\n}\n`;
}
