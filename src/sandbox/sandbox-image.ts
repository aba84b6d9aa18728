import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';

import type Docker from 'dockerode';

import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { Fault } from '../foundation/failure.ts';
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

export const SANDBOX_REPOSITORY = 'provenroot/sandbox';

export function sandboxTag(rootTree: Sha256): string {
  return `${SANDBOX_REPOSITORY}:${rootTree}`;
}

export interface SandboxImageDeps {
  engine: Docker;
  store: Store;
  fetch: PoolFetcher;
  onProgress: (text: string) => void;
}

/** Brings the pinned sandbox into the engine and checks that what is there is what the lock names. Twice is once. */
export async function ensureSandboxImage(lock: SandboxLock, deps: SandboxImageDeps): Promise<void> {
  if (await isSandboxLoaded(lock, deps.engine)) return;
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
  if (!await isSandboxLoaded(lock, deps.engine)) throw new Fault('SANDBOX.IMAGE_DIFFERS', 'the engine took the sandbox and does not show it');
}

/** True where the tag is there and its layers and configuration are the lock's; refuses another behind the same tag. */
export async function isSandboxLoaded(lock: SandboxLock, engine: Docker): Promise<boolean> {
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
  const found = { layers: image.RootFS.Layers ?? [], config: stated(image.Config) };
  const expected = { layers: [`sha256:${lock.layer}`], config: CONTAINER_CONFIG };
  if (canonicalJson(found) !== canonicalJson(expected)) {
    throw new Fault('SANDBOX.IMAGE_DIFFERS', `the image ${tag} is not the sandbox that the lock names`, {
      hint: `Remove it (docker image rm ${tag}) and run again.`, details: { expected, found },
    });
  }
  return true;
}

/** All that a configuration says, an entry point or health check of its own included; engines differ in which empty fields they show. */
function stated(config: object): Record<string, unknown> {
  const isEmpty = (value: unknown): boolean => value === null || value === '' || value === false || (typeof value === 'object' && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(config).filter(([, value]) => !isEmpty(value)));
}

/** The root as one tar with all times zero. */
function layerBytes(root: Tree, blobs: Pick<Store, 'readBlob'>): AsyncIterable<Uint8Array> {
  return writeTar(root, blobs, { epochSeconds: 0 });
}

export async function layerDigest(root: Tree, store: Store): Promise<Sha256> {
  const hash = createHash('sha256');
  for await (const chunk of layerBytes(root, store)) hash.update(chunk);
  return hash.digest('hex') as Sha256;
}

/** Counted with zeros in place of content, because an archive states the length of its members beforehand: 0.2 s. */
async function layerSizeBytes(root: Tree): Promise<number> {
  const sizes = new Map([...root.entries.values()].flatMap((entry) => entry.kind === 'file' ? [[entry.sha256, entry.sizeBytes] as const] : []));
  let total = 0;
  for await (const chunk of layerBytes(root, { readBlob: (digest) => zeros(sizes.get(digest)!) })) total += chunk.byteLength;
  return total;
}

const ZEROS = Buffer.alloc(1024 * 1024);

async function* zeros(sizeBytes: number): AsyncIterable<Uint8Array> {
  for (let left = sizeBytes; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, Math.min(left, ZEROS.length));
}

/**
 * A docker-archive: configuration, one layer, manifest; all times zero, so its ids are functions of the lock. The
 * engine hashes the layer and refuses one that is not what the configuration says, which is what the lock says.
 */
async function loadImage(root: Tree, lock: SandboxLock, { engine, store }: SandboxImageDeps): Promise<void> {
  const sizeBytes = await layerSizeBytes(root);
  const config = canonicalJson({
    architecture: 'amd64', os: 'linux', created: '1970-01-01T00:00:00Z', config: CONTAINER_CONFIG,
    rootfs: { type: 'layers', diff_ids: [`sha256:${lock.layer}`] }, history: [{ created: '1970-01-01T00:00:00Z', created_by: 'provenroot' }],
  });
  const configName = `${sha256(config)}.json`;
  const manifest = canonicalJson([{ Config: configName, RepoTags: [sandboxTag(lock.rootTree)], Layers: ['layer.tar'] }]);
  const contents = new Map<Sha256, () => AsyncIterable<Uint8Array>>([
    [sha256(config), () => Readable.from([Buffer.from(config)])],
    [sha256(manifest), () => Readable.from([Buffer.from(manifest)])],
    [lock.layer, () => layerBytes(root, store)],
  ]);
  const file = (digest: Sha256, length: number): TreeEntry => ({ kind: 'file', mode: 0o644, uid: 0, gid: 0, sha256: digest, sizeBytes: length });
  const archive = makeTree([
    [pathBytes(configName), file(sha256(config), Buffer.byteLength(config))],
    [pathBytes('layer.tar'), file(lock.layer, sizeBytes)],
    [pathBytes('manifest.json'), file(sha256(manifest), Buffer.byteLength(manifest))],
  ]);
  const bytes = writeTar(archive, { readBlob: (digest) => contents.get(digest)!() }, { epochSeconds: 0 });
  const answer = await told('loading the sandbox', () => engine.loadImage(Readable.from(bytes), { quiet: '1' }));
  await refuseError(answer as AsyncIterable<Uint8Array>, lock);
}

/** The engine answers before it is done, with lines of JSON; an error is one of them. */
async function refuseError(answer: AsyncIterable<Uint8Array>, lock: SandboxLock): Promise<void> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  const said = /"error":"((?:[^"\\]|\\.)*)"/.exec(Buffer.concat(chunks).toString('utf8'))?.[1];
  if (said === undefined) return;
  if (/mismatch|do(es)? not match|invalid diffID/i.test(said)) {
    throw new Fault('SANDBOX.IMAGE_DIFFERS', `the sandbox's layer is not ${lock.layer}, which the lock names`, { details: { expected: lock.layer, said } });
  }
  throw new Fault('SANDBOX.ENGINE_FAILED', `the Docker Engine did not take the sandbox: ${said}`, { retryable: true });
}
