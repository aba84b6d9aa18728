import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { checkLegalInfo, type LegalReport } from '../../src/actions/check-legal-info.ts';
import { legalInfoOf } from '../../src/actions/legal-archive.ts';
import type { Workshop } from '../../src/actions/workshop.ts';
import { canonicalJson, jsonDigest } from '../../src/foundation/canonical-json.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import { writeTar } from '../../src/image/write-tar.ts';
import type { LegalIndex } from '../../src/legal/legal-index.ts';
import { readLegalBundle } from '../../src/legal/read-legal-bundle.ts';
import { writeSandboxArchive } from '../../src/legal/sandbox-archive.ts';
import { readEnvironment } from '../../src/main/environment.ts';
import { openEmptyHome } from '../../src/main/open-empty-home.ts';
import { openWorkshop } from '../../src/main/open-workshop.ts';
import type { SandboxLock } from '../../src/sandbox/lock.ts';
import { pathBytes } from '../../src/tree/entry.ts';
import { makeTree } from '../../src/tree/tree.ts';
import { bytesOf, streamOf } from '../support/evidence-archive.ts';
import { repacked } from '../support/legal-sample.ts';
import { TinyHome, type BuildJson } from '../support/tiny-home.ts';

const WORDS = 'words that go into the image\n';
const TEXT = 'Permission is hereby granted\n';
const EDITS: readonly (readonly [from: string, to: string])[] = [["    echo 'purged'", "    cp words.txt /out/target/usr/bin/words.txt\n    echo 'purged'"], ['license: MIT', `license: MIT
license_files:
  - { path: COPYING, sha256: ${sha256(TEXT)} }`]];

/** A refused check never asks for it. */
async function* openedLate(path: string): AsyncIterable<Uint8Array> {
  yield* createReadStream(path) as AsyncIterable<Uint8Array>;
}

/** An upstream's archive. */
async function sourceArchive(): Promise<Buffer> {
  const texts = new Map([['hello-1.1/COPYING', TEXT], ['hello-1.1/words.txt', WORDS]]);
  const tree = makeTree([...texts].map(([path, text]) => [pathBytes(path), { kind: 'file', mode: 0o644, uid: 0, gid: 0, sha256: sha256(text), sizeBytes: text.length }]));
  const contents = new Map([...texts.values()].map((text) => [sha256(text), Buffer.from(text)]));
  return bytesOf(writeTar(tree, { readBlob: (digest) => streamOf(contents.get(digest)!) }, { epochSeconds: 0 }));
}

/** From what is handed out with an image, and nothing else, the image is built again. */
describe('the source bundle of a build', () => {
  let home: TinyHome;
  let built: BuildJson;
  let bundle: Buffer;
  let source: Buffer;
  const bundlePath = (): string => join(home.directory, 'bundle.tar');
  const sandboxPath = (): string => join(home.directory, 'sandbox.tar');
  const mirrored = (): Record<string, string> => ({ PROVENROOT_SOURCE_MIRRORS: `file://${home.directory}/mirror` });

  beforeAll(async () => {
    home = await TinyHome.open();
    source = await sourceArchive();
    await home.mirror('hello-1.1.tar', source);
    for (const [from, to] of EDITS) await home.edit('recipes/hello/recipe.yaml', from, to);
    await home.edit('recipes/hello/recipe.yaml', 'sources: []', `sources:
  - { file: hello-1.1.tar, sha256: ${sha256(source)}, size_bytes: ${source.byteLength}, urls: ["https://example.org/hello-1.1.tar"], origin: pristine, unpack_to: . }`);
    built = await build();
  }, 600_000);
  afterAll(() => home.close());

  async function build(): Promise<BuildJson> {
    const run = await home.cliWith({ environment: mirrored() }, 'build', 'tiny', '--json');
    expect({ code: run.code, said: run.code === 0 ? '' : run.stdout }).toEqual({ code: 0, said: '' });
    return JSON.parse(run.stdout) as BuildJson;
  }

  async function inWorkshop<T>(use: (workshop: Workshop) => Promise<T>): Promise<T> {
    const workshop = await openWorkshop({ ...readEnvironment(), home: home.home, databaseUrl: undefined, catalogRoot: join(home.directory, 'catalog') });
    try {
      return await use(workshop);
    } finally {
      await workshop.close();
    }
  }

  const bundleOf = (id: string): Promise<Buffer> => inWorkshop(async (workshop) => bytesOf((await legalInfoOf(id, false, workshop)).archive()));

  interface CheckWith { withSandbox?: boolean; sandbox?: Buffer; proveSandbox?: boolean; change?: (workshop: Workshop) => Partial<Workshop> }

  /** In a home of its own, of which nothing is left afterwards. */
  async function check(bytes: Buffer, { withSandbox = true, sandbox, proveSandbox = false, change }: CheckWith = {}): Promise<LegalReport> {
    const empty = await openEmptyHome({ ...readEnvironment(), home: home.home }, () => undefined);
    const means = { openEmptyHome: async () => ({ ...empty, workshop: { ...empty.workshop, ...change?.(empty.workshop) } }), signal: new AbortController().signal, proveSandbox };
    try {
      const second = sandbox === undefined ? openedLate(sandboxPath()) : streamOf(sandbox);
      return await checkLegalInfo(streamOf(bytes), withSandbox ? second : undefined, means);
    } finally {
      expect(await emptyHomes()).toEqual([]);
    }
  }

  const emptyHomes = async (): Promise<string[]> => (await readdir(join(home.home, 'tmp'))).filter((name) => name.startsWith('empty-')).toSorted();

  const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'accepted', (error: { code: string }) => error.code);

  /** Changed by somebody who mends index and sums after it. */
  const resealed = (change: (index: LegalIndex, files: Map<string, Buffer>) => void): Promise<Buffer> => repacked(bundle, (files) => {
    const index = JSON.parse(files.get('index.json')!.toString()) as LegalIndex;
    change(index, files);
    files.set('index.json', Buffer.from(`${canonicalJson(index)}\n`));
    const others = [...files].filter(([path]) => path !== 'sha256sums').toSorted(([a], [b]) => (a < b ? -1 : 1));
    files.set('sha256sums', Buffer.from(others.map(([path, bytes]) => `${sha256(bytes)}  ${path}\n`).join('')));
  });

  it('is not written while the store lacks any of it', async () => {
    const refused = await inWorkshop((workshop) => legalInfoOf(built.build, true, workshop).catch((error: unknown) => error));
    expect(refused).toMatchObject({ code: 'LEGAL.INPUT_MISSING', details: { missing: expect.arrayContaining([expect.stringMatching(/^pool\/main\//)]) } });
  }, 120_000);

  it('is written by one command, the same each time, with the sources, their license text and exactly the images', async () => {
    // Packages of the sandbox come from where this machine gets its own.
    const environment = { ...mirrored(), PROVENROOT_DEBIAN_MIRROR: '' };
    const run = await home.cliWith({ environment }, 'legal-info', 'tiny', '-o', bundlePath(), '--with-sandbox', sandboxPath(), '--json');
    expect({ code: run.code, stderr: run.code === 0 ? '' : run.stderr }).toEqual({ code: 0, stderr: '' });
    bundle = await readFile(bundlePath());
    expect((await bundleOf(built.build)).equals(bundle)).toBe(true);
    const { index } = await readLegalBundle(streamOf(bundle));
    expect(index.files.filter(({ role }) => role === 'source' || role === 'license-text').map(({ path, sha256: digest }) => [path, digest])).toEqual([
      ['licenses/hello-1.1/COPYING', sha256(TEXT)], ['sources/hello-1.1/hello-1.1.tar', sha256(source)],
    ]);
    expect(index.images.map(({ name, sha256: digest }) => `${name} ${digest}`)).toEqual(built.images.map(({ name, sha256: digest }) => `${name} ${digest}`).toSorted());
  }, 300_000);

  it('gives back the shipped digests in an empty home without a network, from it and the archive of the sandbox alone', async () => {
    const before = process.getuid?.() === 0 ? ['unshare', '-n', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh'] : [];
    const run = await home.cliWith({ before }, 'legal-info', 'check', bundlePath(), sandboxPath(), '--json');
    expect({ code: run.code, stderr: run.code === 0 ? '' : run.stderr }).toEqual({ code: 0, stderr: '' });
    const report = JSON.parse(run.stdout) as { images: { name: string; verdict: string; actual: string }[] };
    expect(report).toMatchObject({ outcome: 'REPRODUCED', subcode: null, message: null, definitionDigest: built.definitionDigest, leftOut: [], firstDifferingStep: null, provenance: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(report.images.map(({ name, verdict, actual }) => `${name} ${verdict} ${actual}`)).toEqual(built.images.map(({ name, sha256: digest }) => `${name} REPRODUCED ${digest}`).toSorted());
    expect(await emptyHomes()).toEqual([]);
  }, 300_000);

  it('is refused with one changed byte of a source, or a provenance of other images', async () => {
    expect(await codeOf(check(await repacked(bundle, (files) => { files.get('sources/hello-1.1/hello-1.1.tar')![600]! ^= 1; })))).toBe('LEGAL.CHANGED');
    expect(await codeOf(check(await resealed((index) => { index.images[0]!.sha256 = sha256('another image'); })))).toBe('LEGAL.OTHER_STATEMENT');
  }, 120_000);

  it('is refused with a recipe that is not the one of the definition, and nothing is built', async () => {
    const other = Buffer.from((await readFile(join(home.directory, 'catalog/recipes/hello/recipe.yaml'), 'utf8')).replace('Says hello', 'Says bye'));
    const changed = await resealed((index, files) => {
      files.set('recipes/hello/recipe.yaml', other);
      Object.assign(index.files.find(({ path }) => path === 'recipes/hello/recipe.yaml')!, { sha256: sha256(other), sizeBytes: other.byteLength });
    });
    expect(await codeOf(check(changed))).toBe('CATALOG.INVALID');
  }, 120_000);

  it('is refused with a lock whose packages do not make the sandbox that it names', async () => {
    const changed = await resealed((index, files) => {
      const lock = JSON.parse(files.get('sandbox-lock.json')!.toString()) as SandboxLock;
      const fewer = { ...lock, packages: lock.packages.slice(0, 1) };
      const bytes = Buffer.from(`${canonicalJson(fewer)}\n`);
      files.set('sandbox-lock.json', bytes);
      Object.assign(index.files.find(({ path }) => path === 'sandbox-lock.json')!, { sha256: sha256(bytes), sizeBytes: bytes.byteLength });
      index.sandbox.lockDigest = jsonDigest(fewer);
    });
    expect(await codeOf(check(changed))).toBe('LEGAL.OTHER_SANDBOX');
    const { lock } = await readLegalBundle(streamOf(changed));
    const sandbox = await inWorkshop(({ store }) => bytesOf(writeSandboxArchive(lock, store)));
    expect(await codeOf(check(changed, { sandbox }))).toBe('LEGAL.OTHER_SANDBOX');
  }, 120_000);

  it('differs where it promises other images, and says which step gave something else', async () => {
    const changed = await resealed((index, files) => {
      files.delete('provenance.intoto.jsonl');
      Object.assign(index.images.find(({ name }) => name === 'rootfs.tar')!, { sha256: sha256('another image') });
      const steps = JSON.parse(files.get('steps.json')!.toString()) as { name: string; outputs: Record<string, string> }[];
      steps.find(({ name }) => name === 'hello')!.outputs['target'] = sha256('another tree');
      files.set('steps.json', Buffer.from(canonicalJson(steps)));
    });
    const report = await check(changed, { proveSandbox: true });
    expect(report).toMatchObject({ outcome: 'DIFFERS', message: 'not as the bundle says: rootfs.tar', provenance: null, first: { step: 'hello', outputs: [{ name: 'target', expected: sha256('another tree') }] } });
  }, 600_000);

  it('decides nothing without the archive of the sandbox, or with the engine of another release', async () => {
    expect(await check(bundle, { withSandbox: false })).toMatchObject({ outcome: 'INCONCLUSIVE', subcode: 'sandbox_missing' });
    const report = await check(bundle, { change: ({ engine }) => ({ engine: { ...engine, collectorVersion: engine.collectorVersion + 1 } }) });
    expect(report).toMatchObject({ outcome: 'INCONCLUSIVE', subcode: 'engine_differs', message: expect.stringMatching(/made by Provenroot [0-9.]+, .*collector [0-9]+ there.*Check with release [0-9.]+\./) });
    expect(report.images.map(({ verdict }) => verdict)).toEqual(report.images.map(() => 'INCONCLUSIVE'));
  }, 120_000);

  it('decides nothing where a source may not be passed on, and names it', async () => {
    await home.edit('recipes/hello/recipe.yaml', 'license: MIT', 'license: LicenseRef-scancode-proprietary-license');
    const closed = await bundleOf((await build()).build);
    expect([closed.includes(WORDS), bundle.includes(WORDS)]).toEqual([false, true]);
    expect(await check(closed)).toMatchObject({
      namedByProvenance: true,
      outcome: 'INCONCLUSIVE', subcode: 'left_out',
      missing: [{ path: 'recipes/hello/hello.init', package: 'hello' }, { path: 'sources/hello-1.1/hello-1.1.tar', package: 'hello', rule: 'closed-license', sha256: sha256(source) }],
    });
  }, 300_000);
});
