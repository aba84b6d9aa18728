import type Docker from 'dockerode';

import { isSha256, type Sha256 } from '../foundation/digest.ts';
import { statusOf, told } from './docker-engine.ts';
import { SANDBOX_REPOSITORY, sandboxTag } from './sandbox-image.ts';

export interface LoadedSandbox {
  /** Of its root tree, by its tag. */
  digest: Sha256;
  /** The name that the engine knows it by. */
  tag: string;
  /** As the engine counts it; bytes that another image shares stay when it goes. */
  sizeBytes: number;
  loadedAt: Date;
}

/** Sandboxes that lie in the engine, whoever loaded them. */
export interface LoadedSandboxes {
  /** Those that no container stands on, sorted by digest. */
  unused(): Promise<LoadedSandbox[]>;
  /** False where it was gone already, or a container stands on it by now. */
  remove(digest: Sha256): Promise<boolean>;
}

export function loadedSandboxes(engine: Docker): LoadedSandboxes {
  return {
    unused: () => told('looking for sandboxes', async () => {
      const found: LoadedSandbox[] = [];
      for (const digest of await loadedDigests(engine)) {
        const containers = await engine.listContainers({ all: true, filters: JSON.stringify({ ancestor: [sandboxTag(digest)] }) });
        if (containers.length === 0) found.push(...await described(engine, digest));
      }
      return found;
    }),
    remove: (digest) => told('removing a sandbox', async () => await unlessGoneOrUsed(() => engine.getImage(sandboxTag(digest)).remove()) !== undefined),
  };
}

async function loadedDigests(engine: Docker): Promise<Sha256[]> {
  const images = await engine.listImages({ filters: JSON.stringify({ reference: [SANDBOX_REPOSITORY] }) });
  return images.flatMap(({ RepoTags }) => RepoTags ?? []).map((tag) => tag.slice(SANDBOX_REPOSITORY.length + 1)).filter(isSha256).toSorted();
}

async function described(engine: Docker, digest: Sha256): Promise<LoadedSandbox[]> {
  const image = await unlessGoneOrUsed(() => engine.getImage(sandboxTag(digest)).inspect());
  if (image === undefined) return [];
  // The image itself says 1970. Engines that keep no time say the year 1.
  const { LastTagTime } = (image as { Metadata?: { LastTagTime?: string } }).Metadata ?? {};
  return [{ digest, tag: sandboxTag(digest), sizeBytes: image.Size, loadedAt: new Date(LastTagTime ?? 0) }];
}

/** 404: another command was first. 409: a container was. */
async function unlessGoneOrUsed<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (statusOf(error) === 404 || statusOf(error) === 409) return undefined;
    throw error;
  }
}
