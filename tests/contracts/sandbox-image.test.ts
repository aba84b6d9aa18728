import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import type Docker from 'dockerode';

import { systemClock } from '../../src/foundation/clock.ts';
import { sha256, type Sha256 } from '../../src/foundation/digest.ts';
import { readEnvironment } from '../../src/main/environment.ts';
import { assembleSandbox, ASSEMBLY_VERSION } from '../../src/sandbox/assemble.ts';
import { checkEngine, checkHost, connectEngine } from '../../src/sandbox/docker-engine.ts';
import { unlessGone } from '../../src/sandbox/leftovers.ts';
import { loadedSandboxes } from '../../src/sandbox/loaded-images.ts';
import type { SandboxLock } from '../../src/sandbox/lock.ts';
import { resolvePackages, type DebianArchive } from '../../src/sandbox/resolve-lock.ts';
import { ensureSandboxImage, layerDigest, sandboxTag } from '../../src/sandbox/sandbox-image.ts';
import { debianMirrors, readAptFiles } from '../../src/sources/debian-mirrors.ts';
import { createSourceFetcher } from '../../src/sources/fetcher.ts';
import { treeDigest } from '../../src/tree/node.ts';
import { archive, member } from '../support/crafted-tar.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { serving, startMisbehavingServer } from '../support/misbehaving-server.ts';
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

  it('is listed with others that no container stands on, and removed unless one does', async () => {
    const rootTree = other('superseded');
    tags.push(sandboxTag(rootTree));
    await engine.getImage(sandboxTag(lock.rootTree)).tag({ repo: 'provenroot/sandbox', tag: rootTree });
    await engine.getImage(sandboxTag(lock.rootTree)).tag({ repo: 'provenroot/sandbox', tag: 'not-ours' });
    tags.push('provenroot/sandbox:not-ours');
    const sandboxes = loadedSandboxes(engine);
    const found = await sandboxes.unused();
    expect(found.map(({ digest }) => digest)).toEqual(expect.arrayContaining([rootTree, lock.rootTree]));
    expect(found.find(({ digest }) => digest === rootTree)).toMatchObject({ tag: sandboxTag(rootTree), sizeBytes: expect.any(Number) });
    expect(found.find(({ digest }) => digest === rootTree)!.loadedAt.getUTCFullYear()).toBeGreaterThan(2020);
    const container = await engine.createContainer({ Image: sandboxTag(rootTree), Cmd: ['/usr/bin/tool'] });
    try {
      expect((await sandboxes.unused()).map(({ digest }) => digest)).not.toContain(rootTree);
    } finally {
      await container.remove();
    }
    expect(await sandboxes.remove(rootTree)).toBe(true);
    expect(await sandboxes.remove(rootTree)).toBe(false);
    expect(await ensured(lock)).toEqual([]);
  });

  it('is refused where another image stands behind its tag', async () => {
    const rootTree = other('tagged');
    tags.push(sandboxTag(rootTree));
    await engine.getImage(sandboxTag(lock.rootTree)).tag({ repo: 'provenroot/sandbox', tag: rootTree });
    await expect(ensured({ ...lock, rootTree, layer: other('layer') })).rejects.toMatchObject({ code: 'SANDBOX.IMAGE_DIFFERS', hint: expect.stringContaining('docker image rm') });
  });

  it.each([
    ['an environment', 'ENV LD_PRELOAD=/evil.so'], ['an entry point', 'ENTRYPOINT ["/evil"]'], ['a health check', 'HEALTHCHECK CMD /evil'],
    ['another user', 'USER 0:0'], ['a volume', 'VOLUME /usr'],
  ])('is refused where an image with the same layer brings %s of its own', async (what, line) => {
    const rootTree = other(what);
    tags.push(sandboxTag(rootTree));
    const context = archive(member({ name: 'Dockerfile' }, `FROM ${sandboxTag(lock.rootTree)}\n${line}\n`));
    const answer = await engine.buildImage(Readable.from([context]), { t: sandboxTag(rootTree) });
    for await (const _line of answer) { /* the inspection below tells */ }
    const { RootFS } = await engine.getImage(sandboxTag(rootTree)).inspect();
    expect(RootFS.Layers).toEqual([`sha256:${lock.layer}`]);
    await expect(ensured({ ...lock, rootTree })).rejects.toMatchObject({ code: 'SANDBOX.IMAGE_DIFFERS' });
  });

  it('that lacks packages which Debian no longer has is refused, naming all of them and what to do', async () => {
    const debs = await Promise.all(['here', 'gone', 'lost'].map((name) => tinyDeb(name, { [`usr/bin/${name}`]: `${name} ${process.pid}` })));
    const server = await startMisbehavingServer({ [`/${debs[0]!.locked.pool}`]: serving.whole(debs[0]!.bytes) });
    const partialDirectory = await mkdtemp(join(tmpdir(), 'provenroot-partial-'));
    try {
      const fetcher = createSourceFetcher({ store, clock: systemClock, origins: { mirrors: [], debianMirrors: [server.url] }, partialDirectory, offline: false });
      const wanted = { ...lock, rootTree: other('gone'), packages: debs.map(({ locked }) => locked) };
      const attempt = ensureSandboxImage(wanted, { engine, store, fetch: fetcher.fetchPoolFile, onProgress: () => undefined });
      await expect(attempt).rejects.toMatchObject({
        name: 'Fault', code: 'SOURCES.POOL_FILE_GONE', hint: expect.stringContaining('sandbox update'),
        message: '2 packages of the sandbox are on no Debian mirror any more: pool/main/g/gone/gone_1_amd64.deb, pool/main/l/lost/lost_1_amd64.deb',
      });
    } finally {
      await server.close();
      await rm(partialDirectory, { recursive: true });
    }
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
  const { debianMirror, debianKeyring: keyring } = readEnvironment();
  const archive = async (): Promise<DebianArchive> => ({ mirror: debianMirror ?? debianMirrors(await readAptFiles('/etc/apt'))[0]!, keyring });

  it('gives each package of the closure with its digest, size and place, sorted by name', async () => {
    const { packages, release } = await resolvePackages(definition, await archive());
    expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(['dash', 'libc6']));
    expect(packages.map(({ name }) => name)).toEqual(packages.map(({ name }) => name).toSorted());
    for (const one of packages) expect(one).toMatchObject({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/), pool: expect.stringMatching(/^pool\/main\//) });
    expect(release.date).toMatch(/\d{4}/);
  });

  it('names a package that the archive does not have', async () => {
    const asked = resolvePackages({ ...definition, packages: { none: ['no-such-package-anywhere'] } }, await archive());
    await expect(asked).rejects.toMatchObject({ code: 'SANDBOX.APT_FAILED', message: expect.stringContaining('no-such-package-anywhere') });
  });

  it('fails where the archive does not answer', async () => {
    await expect(resolvePackages(definition, { mirror: 'http://127.0.0.1:9/debian', keyring })).rejects.toMatchObject({ code: 'SANDBOX.APT_FAILED' });
  });
});
