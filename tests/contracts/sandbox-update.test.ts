import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { CliDeps } from '../../src/cli/cli-deps.ts';
import type { JsonOf } from '../../src/cli/print-shape.ts';
import { sandboxUpdateVerb } from '../../src/cli/sandbox-update-verb.ts';
import { systemClock } from '../../src/foundation/clock.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import { ASSEMBLY_VERSION } from '../../src/sandbox/assemble.ts';
import { parseLock, type SandboxLock } from '../../src/sandbox/lock.ts';
import { lockText } from '../../src/sandbox/update-lock.ts';
import { createSourceFetcher } from '../../src/sources/fetcher.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { TinyArchive, type ArchivedDeb } from '../support/tiny-archive.ts';
import { tinyDeb } from '../support/tiny-deb.ts';

const STANDING: SandboxLock = {
  format: 1, suite: 'bookworm', component: 'main', architecture: 'amd64', assembly: ASSEMBLY_VERSION, release: { date: 'before', inRelease: sha256('before') },
  rootTree: sha256('standing root'), layer: sha256('standing layer'),
  packages: ['gone', 'tool'].map((name) => ({ name, version: '0', architecture: 'amd64', sha256: sha256(`${name} 0`), sizeBytes: 1, pool: `pool/main/${name}_0_amd64.deb` })),
};

async function deb(name: string, content: string, depends?: readonly string[]): Promise<ArchivedDeb> {
  return { ...await tinyDeb(name, { [`usr/bin/${name}`]: content }), ...(depends === undefined ? {} : { depends }) };
}

describe('sandbox update, against an archive of its own', () => {
  let directory: string;
  let archive: TinyArchive;
  let lockPath: string;
  let standing: SandboxLock;
  const store = new MemoryStore();
  const entries = (): string[] => readdirSync(join(directory, 'sandbox')).toSorted();

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'provenroot-archive-'));
    archive = TinyArchive.open(directory);
    archive.publish([await deb('tool', 'one', ['lib-of-tool']), await deb('lib-of-tool', 'a library'), await deb('unwanted', 'nobody asks for it')]);
    mkdirSync(join(directory, 'sandbox'));
    writeFileSync(join(directory, 'sandbox/definition.json'), JSON.stringify({ format: 1, suite: 'bookworm', component: 'main', architecture: 'amd64', packages: { tools: ['tool'] } }));
    lockPath = join(directory, 'sandbox/lock.json');
  });
  beforeEach(() => {
    standing = STANDING;
    writeFileSync(lockPath, lockText(STANDING));
  });
  afterAll(() => {
    archive.close();
    rmSync(directory, { recursive: true, force: true });
  });

  async function update({ write = false, keyring = archive.keyring } = {}): Promise<JsonOf<'sandbox-update'>> {
    let said = '';
    const deps = {
      checkout: directory, debianKeyring: keyring,
      withWorkshop: async (use: (workshop: unknown) => Promise<unknown>) => use({ store, lock: standing }),
      openFetcher: async () => createSourceFetcher({
        store, clock: systemClock, offline: false, partialDirectory: join(directory, 'partial'), origins: { mirrors: [], debianMirrors: [archive.mirror] }, patience: { attempts: 1 },
      }),
      terminal: { data: (text: string) => { said += text; }, note: () => undefined, interactive: false, columns: 80 },
    };
    expect(await sandboxUpdateVerb({ mirror: archive.mirror, write, json: true }, deps as unknown as CliDeps)).toBe(0);
    return JSON.parse(said) as JsonOf<'sandbox-update'>;
  }

  it('says what a new lock would change, closure and all, and writes nothing', async () => {
    const told = await update();
    expect(told).toMatchObject({ written: false, packages: 2, rootTree: { from: STANDING.rootTree }, changes: [
      { kind: 'removed', name: 'gone', from: '0', to: null }, { kind: 'added', name: 'lib-of-tool', from: null, to: '1' }, { kind: 'changed', name: 'tool', from: '0', to: '1' },
    ] });
    expect(readFileSync(lockPath, 'utf8')).toBe(lockText(STANDING));
    expect(entries()).toEqual(['definition.json', 'lock.json']);
  });

  it('writes a canonical lock, from which the next update changes nothing', async () => {
    const told = await update({ write: true });
    const text = readFileSync(lockPath, 'utf8');
    standing = parseLock(text, lockPath);
    expect(lockText(standing)).toBe(text);
    expect([told.written, standing.rootTree]).toEqual([true, told.rootTree.to]);
    expect(standing.packages.map(({ name }) => name)).toEqual(['lib-of-tool', 'tool']);
    expect(entries()).toEqual(['definition.json', 'lock.json']);
    expect(await update()).toMatchObject({ changes: [], rootTree: { from: told.rootTree.to, to: told.rootTree.to } });
  });

  it('names other bytes under the same version', async () => {
    await update({ write: true });
    standing = parseLock(readFileSync(lockPath, 'utf8'), lockPath);
    archive.publish([await deb('tool', 'rebuilt', ['lib-of-tool']), await deb('lib-of-tool', 'a library')]);
    expect((await update()).changes).toEqual([{ kind: 'changed', name: 'tool', from: '1', to: '1' }]);
  });

  it('refuses an archive that somebody else has signed, and leaves the lock', async () => {
    const other = mkdtempSync(join(tmpdir(), 'provenroot-archive-'));
    const stranger = TinyArchive.open(other);
    try {
      await expect(update({ write: true, keyring: stranger.keyring })).rejects.toMatchObject({ code: 'SANDBOX.APT_FAILED' });
    } finally {
      stranger.close();
      rmSync(other, { recursive: true, force: true });
    }
    expect(readFileSync(lockPath, 'utf8')).toBe(lockText(STANDING));
  });

  it.each([
    ['is not there', 'SOURCES.POOL_FILE_GONE', () => undefined],
    ['has other bytes', 'SOURCES.WRONG_HASH', (path: string, sizeBytes: number) => { writeFileSync(path, Buffer.alloc(sizeBytes)); }],
  ])('leaves the lock where a package of the index %s', async (_what, code, spoil) => {
    const broken = await deb('tool', `broken ${code}`);
    archive.publish([broken]);
    const path = join(directory, 'debian', broken.locked.pool);
    rmSync(path);
    spoil(path, broken.locked.sizeBytes);
    await expect(update({ write: true })).rejects.toMatchObject({ code });
    expect(readFileSync(lockPath, 'utf8')).toBe(lockText(STANDING));
    expect(entries()).toEqual(['definition.json', 'lock.json']);
  });
});
