import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type Docker from 'dockerode';

import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Fault } from '../foundation/failure.ts';
import { uniqueName } from '../foundation/ids.ts';
import { writeTar } from '../image/write-tar.ts';
import type { Store } from '../store/store.ts';
import { pathBytes, type TreeEntry } from '../tree/entry.ts';
import { treeDigest } from '../tree/node.ts';
import { makeTree, type Tree } from '../tree/tree.ts';
import { assembleSandbox, ASSEMBLY_VERSION, type PoolFetcher } from './assemble.ts';
import { statusOf, told } from './docker-engine.ts';
import type { SandboxLock } from './lock.ts';

/** What the sandbox says of itself to the engine; the same on every machine. */
const CONTAINER_CONFIG = { Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'], WorkingDir: '/build', User: '1000:1000' } as const;

export function sandboxTag(rootTree: Sha256): string {
  return `provenroot/sandbox:${rootTree}`;
}

export interface SandboxImageDeps {
  engine: Docker;
  store: Store;
  fetch: PoolFetcher;
  /** For the archive that is handed to the engine. */
  temporaryDirectory: string;
  onProgress: (text: string) => void;
}

/** Brings the pinned sandbox into the engine and checks that what is there is what the lock names. Twice is once. */
export async function ensureSandboxImage(lock: SandboxLock, deps: SandboxImageDeps): Promise<void> {
  if (await isLoaded(lock, deps.engine)) return;
  deps.onProgress(`assembling the sandbox from ${lock.packages.length} packages`);
  const root = await assembleSandbox(lock, deps.fetch, deps.store);
  const digest = treeDigest(root);
  if (lock.assembly !== ASSEMBLY_VERSION || digest !== lock.rootTree) {
    throw new Fault('SANDBOX.IMAGE_DIFFERS', `the sandbox assembles to ${digest}, the lock (assembly ${lock.assembly}) names ${lock.rootTree}`, {
      hint: 'The lock was made by another version: provenroot sandbox update --write.', details: { expected: lock.rootTree, found: digest },
    });
  }
  deps.onProgress('loading the sandbox into the Docker Engine');
  await loadImage(root, lock, deps);
  if (!await isLoaded(lock, deps.engine)) throw new Fault('SANDBOX.IMAGE_DIFFERS', 'the engine took the sandbox and does not show it');
}

/** True where the tag is there and its layers and configuration are the lock's; refuses another behind the same tag. */
async function isLoaded(lock: SandboxLock, engine: Docker): Promise<boolean> {
  const tag = sandboxTag(lock.rootTree);
  const image = await told('looking for the sandbox', async () => {
    try {
      return await engine.getImage(tag).inspect();
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  });
  if (image === undefined) return false;
  const found = { layers: image.RootFS.Layers ?? [], env: image.Config.Env, workingDir: image.Config.WorkingDir, user: image.Config.User };
  const expected = { layers: [`sha256:${lock.layer}`], env: CONTAINER_CONFIG.Env, workingDir: CONTAINER_CONFIG.WorkingDir, user: CONTAINER_CONFIG.User };
  if (canonicalJson(found) !== canonicalJson(expected)) {
    throw new Fault('SANDBOX.IMAGE_DIFFERS', `the image ${tag} is not the sandbox that the lock names`, {
      hint: `Remove it (docker image rm ${tag}) and run again.`, details: { expected, found },
    });
  }
  return true;
}

/** A docker-archive: configuration, one layer, manifest; all times zero, so its ids are functions of the lock. */
async function loadImage(root: Tree, lock: SandboxLock, { engine, store, temporaryDirectory }: SandboxImageDeps): Promise<void> {
  await mkdir(temporaryDirectory, { recursive: true });
  const layerPath = join(temporaryDirectory, `sandbox-layer-${uniqueName()}`);
  try {
    const layer = await writeLayer(root, store, layerPath);
    if (layer.sha256 !== lock.layer) {
      throw new Fault('SANDBOX.IMAGE_DIFFERS', `the sandbox's layer is ${layer.sha256}, the lock names ${lock.layer}`, { details: { expected: lock.layer, found: layer.sha256 } });
    }
    await told('loading the sandbox', () => loadArchive(engine, layerPath, layer, lock.rootTree));
  } finally {
    await rm(layerPath, { force: true });
  }
}

export interface WrittenLayer { sha256: Sha256; sizeBytes: number }

/** The layer as one tar with all times zero. */
export async function writeLayer(root: Tree, store: Store, path: string): Promise<WrittenLayer> {
  const hash = createHash('sha256');
  let sizeBytes = 0;
  await pipeline(Readable.from(counted(writeTar(root, store, { epochSeconds: 0 }))), createWriteStream(path));
  return { sha256: hash.digest('hex') as Sha256, sizeBytes };

  async function* counted(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of source) {
      hash.update(chunk);
      sizeBytes += chunk.byteLength;
      yield chunk;
    }
  }
}

async function loadArchive(engine: Docker, layerPath: string, layer: WrittenLayer, rootTree: Sha256): Promise<void> {
  const config = canonicalJson({
    architecture: 'amd64', os: 'linux', created: '1970-01-01T00:00:00Z', config: CONTAINER_CONFIG,
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer.sha256}`] }, history: [{ created: '1970-01-01T00:00:00Z', created_by: 'provenroot' }],
  });
  const configName = `${sha256(config)}.json`;
  const manifest = canonicalJson([{ Config: configName, RepoTags: [sandboxTag(rootTree)], Layers: ['layer.tar'] }]);
  const blobs = new Map<Sha256, () => AsyncIterable<Uint8Array>>([
    [sha256(config), () => Readable.from([Buffer.from(config)])],
    [sha256(manifest), () => Readable.from([Buffer.from(manifest)])],
    [layer.sha256, () => createReadStream(layerPath, { highWaterMark: 1024 * 1024 })],
  ]);
  const file = (digest: Sha256, sizeBytes: number): TreeEntry => ({ kind: 'file', mode: 0o644, uid: 0, gid: 0, sha256: digest, sizeBytes });
  const archive = makeTree([
    [pathBytes(configName), file(sha256(config), Buffer.byteLength(config))],
    [pathBytes('layer.tar'), file(layer.sha256, layer.sizeBytes)],
    [pathBytes('manifest.json'), file(sha256(manifest), Buffer.byteLength(manifest))],
  ]);
  const answer = await engine.loadImage(Readable.from(writeTar(archive, { readBlob: (digest) => blobs.get(digest)!() }, { epochSeconds: 0 })), { quiet: '1' });
  // The engine answers before it is done; reading to the end waits for it.
  for await (const _chunk of answer as AsyncIterable<Uint8Array>) { /* its words are not needed: the inspection decides */ }
}
