import type Docker from 'dockerode';

import { sha256, type Sha256 } from '../../src/foundation/digest.ts';
import { readEnvironment } from '../../src/main/environment.ts';
import { assembleSandbox, ASSEMBLY_VERSION } from '../../src/sandbox/assemble.ts';
import { checkEngine, checkHost, connectEngine } from '../../src/sandbox/docker-engine.ts';
import { unlessGone } from '../../src/sandbox/leftovers.ts';
import type { SandboxLock } from '../../src/sandbox/lock.ts';
import { resolvePackages } from '../../src/sandbox/resolve-lock.ts';
import { ensureSandboxImage, layerDigest, sandboxTag } from '../../src/sandbox/sandbox-image.ts';
import { debianMirrors, readAptFiles } from '../../src/sources/debian-mirrors.ts';
import { treeDigest } from '../../src/tree/node.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { tinyDeb, type TinyDeb } from '../support/tiny-deb.ts';

const engine: Docker = connectEngine(readEnvironment().dockerHost);
const store = new MemoryStore();
const tags: string[] = [];
let deb: TinyDeb;
let lock: SandboxLock;

const fetch = async (): Promise<void> => { await store.putBlob(deb.bytes); };

beforeAll(async () => {
  deb = await tinyDeb('tiny', { 'usr/bin/tool': `made for ${process.pid}`, 'usr/lib/large': 'x'.repeat(3_000_001) });
  const root = await assembleSandbox({ packages: [deb.locked] }, fetch, store);
  lock = {
    format: 1, suite: 'bookworm', component: 'main', architecture: 'amd64', assembly: ASSEMBLY_VERSION, release: { date: '', inRelease: sha256('') },
    rootTree: treeDigest(root), layer: await layerDigest(root, store), packages: [deb.locked],
  };
  tags.push(sandboxTag(lock.rootTree));
});
afterAll(async () => {
  for (const tag of tags) await unlessGone(() => engine.getImage(tag).remove());
});

async function ensured(wanted: SandboxLock): Promise<string[]> {
  const told: string[] = [];
  await ensureSandboxImage(wanted, { engine, store, fetch, onProgress: (line) => told.push(line) });
  return told;
}

const other = (text: string): Sha256 => sha256(`${text} ${process.pid}`);

describe('the image of a sandbox', () => {
  it('is refused where the packages make another root than the lock names', async () => {
    await expect(ensured({ ...lock, rootTree: other('root') })).rejects.toMatchObject({ code: 'SANDBOX.IMAGE_DIFFERS' });
  });

  it('is refused where the lock was made by other rules', async () => {
    await expect(ensured({ ...lock, assembly: ASSEMBLY_VERSION - 1 })).rejects.toMatchObject({ code: 'SANDBOX.IMAGE_DIFFERS' });
  });

  it('is refused by the engine itself where its layer is not the one that the lock names, and no tag is left', async () => {
    await expect(ensured({ ...lock, layer: other('layer') })).rejects.toMatchObject({ code: 'SANDBOX.IMAGE_DIFFERS' });
    await expect(engine.getImage(sandboxTag(lock.rootTree)).inspect()).rejects.toMatchObject({ statusCode: 404 });
  });

  it('is assembled and loaded once; a second time nothing is done', async () => {
    expect(await ensured(lock)).toHaveLength(2);
    expect(await ensured(lock)).toEqual([]);
    const { RootFS } = await engine.getImage(sandboxTag(lock.rootTree)).inspect();
    expect(RootFS.Layers).toEqual([`sha256:${lock.layer}`]);
  });

  it('is refused where another image stands behind its tag', async () => {
    const rootTree = other('tagged');
    tags.push(sandboxTag(rootTree));
    await engine.getImage(sandboxTag(lock.rootTree)).tag({ repo: 'provenroot/sandbox', tag: rootTree });
    await expect(ensured({ ...lock, rootTree, layer: other('layer') })).rejects.toMatchObject({ code: 'SANDBOX.IMAGE_DIFFERS', hint: expect.stringContaining('docker image rm') });
  });

  it('is refused where an image with the same layer brings settings of its own', async () => {
    const rootTree = other('configured');
    tags.push(sandboxTag(rootTree));
    const container = await engine.createContainer({ Image: sandboxTag(lock.rootTree), Cmd: ['x'] });
    await container.commit({ repo: 'provenroot/sandbox', tag: rootTree, changes: 'ENV LD_PRELOAD=/evil.so' });
    await container.remove();
    await expect(ensured({ ...lock, rootTree })).rejects.toMatchObject({ code: 'SANDBOX.IMAGE_DIFFERS' });
  });
});

describe('an engine', () => {
  it('that is not there is named with what to do', async () => {
    await expect(checkEngine(connectEngine('unix:///nowhere/docker.sock'))).rejects.toMatchObject({
      name: 'Fault', code: 'SANDBOX.ENGINE_UNREACHABLE', hint: expect.stringContaining('dockerd'),
    });
  });

  it.each([['darwin', 'arm64'], ['linux', 'arm64'], ['win32', 'x64']])('on %s/%s is refused by name', (platform, architecture) => {
    expect(() => checkHost(platform, architecture)).toThrow(expect.objectContaining({
      code: 'SANDBOX.UNSUPPORTED_HOST', message: expect.stringContaining(`${platform}/${architecture}`),
    }));
  });

  it('tells what goes on record', async () => {
    expect(await checkEngine(engine)).toMatchObject({ version: expect.stringMatching(/^\d+\./), storageDriver: expect.stringMatching(/./) });
  });
});

describe('resolving the packages of a definition', () => {
  const definition = { format: 1, suite: 'bookworm', component: 'main', architecture: 'amd64', packages: { shells: ['dash'] } } as const;
  const mirror = async (): Promise<string> => readEnvironment().debianMirror ?? debianMirrors(await readAptFiles('/etc/apt'))[0]!;

  it('gives each package of the closure with its digest, size and place, sorted by name', async () => {
    const { packages, release } = await resolvePackages(definition, await mirror());
    expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(['dash', 'libc6']));
    expect(packages.map(({ name }) => name)).toEqual(packages.map(({ name }) => name).toSorted());
    for (const one of packages) expect(one).toMatchObject({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/), pool: expect.stringMatching(/^pool\/main\//) });
    expect(release.date).toMatch(/\d{4}/);
  });

  it('names a package that the archive does not have', async () => {
    const asked = resolvePackages({ ...definition, packages: { none: ['no-such-package-anywhere'] } }, await mirror());
    await expect(asked).rejects.toMatchObject({ code: 'SANDBOX.APT_FAILED', message: expect.stringContaining('no-such-package-anywhere') });
  });

  it('fails where the archive does not answer', async () => {
    await expect(resolvePackages(definition, 'http://127.0.0.1:9/debian')).rejects.toMatchObject({ code: 'SANDBOX.APT_FAILED' });
  });
});
