import { createReadStream, existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { checkLegalInfo, type LegalReport } from '../../src/actions/check-legal-info.ts';
import { legalInfoManifest, writeLegalInfo, type CapturedTexts } from '../../src/actions/legal-info.ts';
import type { Workshop } from '../../src/actions/workshop.ts';
import { canonicalJson } from '../../src/foundation/canonical-json.ts';
import { sha256 } from '../../src/foundation/digest.ts';
import type { LegalIndex } from '../../src/legal/legal-index.ts';
import { readEnvironment } from '../../src/main/environment.ts';
import { openWorkshop } from '../../src/main/open-workshop.ts';
import { openEmptyHome } from '../support/empty-home.ts';
import { bytesOf, streamOf } from '../support/evidence-archive.ts';
import { repacked } from '../support/legal-sample.ts';
import { TinyHome, type BuildJson } from '../support/tiny-home.ts';

const DATA = 'words that go into the image\n';
const TEXT = 'Permission is hereby granted\n';
const SOURCE = `license_files:
  - { path: COPYING, sha256: ${sha256(TEXT)} }
sources:
  - { file: words.txt, sha256: ${sha256(DATA)}, size_bytes: ${DATA.length}, urls: ["https://example.org/words.txt"], origin: pristine }`;

/** From what is handed out with an image, and nothing else, the image is built again. */
describe('the source bundle of a build', () => {
  let home: TinyHome;
  let built: BuildJson;
  let bundle: Buffer;
  const sandboxPath = (): string => join(home.directory, 'sandbox.tar');
  const mirrored = (): Record<string, string> => ({ PROVENROOT_SOURCE_MIRRORS: `file://${home.directory}/mirror` });

  beforeAll(async () => {
    home = await TinyHome.open();
    await home.mirror('words.txt', Buffer.from(DATA));
    await home.edit('recipes/hello/recipe.yaml', 'sources: []', SOURCE);
    await home.edit('recipes/hello/recipe.yaml', "    echo 'purged'", "    cp /src/sources/words.txt /out/target/etc-words.txt\n    echo 'purged'");
    built = await build();
  }, 600_000);
  afterAll(() => home.close());

  async function build(): Promise<BuildJson> {
    const run = await home.cliWith({ environment: mirrored() }, 'build', 'tiny', '--json');
    expect({ code: run.code, said: run.code === 0 ? '' : run.stdout }).toEqual({ code: 0, said: '' });
    return JSON.parse(run.stdout) as BuildJson;
  }

  async function inWorkshop<T>(use: (workshop: Workshop, texts: CapturedTexts) => Promise<T>): Promise<T> {
    const workshop = await openWorkshop({ ...readEnvironment(), home: home.home, databaseUrl: undefined, catalogRoot: join(home.directory, 'catalog') });
    try {
      const { sha256: text, sizeBytes } = await workshop.store.putBlob(Buffer.from(TEXT));
      return await use(workshop, new Map([['hello', [{ path: 'COPYING', sha256: text, sizeBytes }]]]));
    } finally {
      await workshop.close();
    }
  }

  const bundleOf = (id: string): Promise<Buffer> => inWorkshop(async (workshop, texts) => bytesOf((await writeLegalInfo(id, { withSandbox: false }, texts, workshop)).archive()));

  /** In a home of its own, which is gone afterwards. */
  async function check(bytes: Buffer, withSandbox = true, change?: Parameters<typeof openEmptyHome>[0]): Promise<LegalReport> {
    const empty = await openEmptyHome(change);
    try {
      return await checkLegalInfo(streamOf(bytes), withSandbox ? createReadStream(sandboxPath()) : undefined, { openEmptyHome: async () => empty, signal: new AbortController().signal });
    } finally {
      expect(existsSync(empty.directory)).toBe(false);
    }
  }

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
    const refused = await inWorkshop((workshop, texts) => writeLegalInfo(built.build, { withSandbox: true }, texts, workshop).catch((error: unknown) => error));
    expect(refused).toMatchObject({ code: 'LEGAL.INPUT_MISSING', details: { missing: expect.arrayContaining([expect.stringMatching(/^pool\/main\//)]) } });
  }, 120_000);

  it('is the same each time, and its index is known before a byte of it is written', async () => {
    // Packages of the sandbox come from where this machine gets its own.
    const fetched = await home.cliWith({ environment: { ...mirrored(), PROVENROOT_DEBIAN_MIRROR: '' } }, 'sources', 'fetch', 'tiny');
    expect({ code: fetched.code, stderr: fetched.code === 0 ? '' : fetched.stderr }).toEqual({ code: 0, stderr: '' });
    bundle = await bundleOf(built.build);
    expect((await bundleOf(built.build)).equals(bundle)).toBe(true);
    const { manifest, sandbox } = await inWorkshop(async (workshop, texts) => {
      const made = await writeLegalInfo(built.build, { withSandbox: true }, texts, workshop);
      await writeFile(sandboxPath(), made.sandbox!());
      return { ...made, manifest: await legalInfoManifest(built.build, {}, texts, workshop) };
    });
    expect(sandbox).toBeDefined();
    expect(bundle.includes(Buffer.from(manifest.bytes))).toBe(true);
    expect(Object.fromEntries(manifest.index.images.map(({ name, sha256: digest }) => [name, digest]))).toEqual(Object.fromEntries(built.images.map(({ name, sha256: digest }) => [name, digest])));
  }, 300_000);

  it('gives back the shipped digests in an empty home, from it and the archive of the sandbox alone', async () => {
    const report = await check(bundle);
    expect(report).toMatchObject({ outcome: 'REPRODUCED', subcode: null, message: null, definitionDigest: built.definitionDigest, missing: [], first: null });
    expect(report.provenance).toMatch(/^[0-9a-f]{64}$/);
    expect(report.images.map(({ name, verdict, actual }) => [name, verdict, actual])).toEqual(built.images.map(({ name, sha256: digest }) => [name, 'REPRODUCED', digest]).toSorted());
  }, 300_000);

  it('is refused with one changed byte of a source, or a provenance of other images', async () => {
    expect(await codeOf(check(await repacked(bundle, (files) => { files.get('sources/hello-1.1/words.txt')![0]! ^= 1; })))).toBe('LEGAL.CHANGED');
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

  it('differs where it promises other images, and says which step gave something else', async () => {
    const report = await check(await resealed((index, files) => {
      files.delete('provenance.intoto.jsonl');
      Object.assign(index.images.find(({ name }) => name === 'rootfs.tar')!, { sha256: sha256('another image') });
      const steps = JSON.parse(files.get('steps.json')!.toString()) as { name: string; outputs: Record<string, string> }[];
      steps.find(({ name }) => name === 'hello')!.outputs['target'] = sha256('another tree');
      files.set('steps.json', Buffer.from(canonicalJson(steps)));
    }));
    expect(report).toMatchObject({ outcome: 'DIFFERS', message: 'not as the bundle says: rootfs.tar', provenance: null, first: { step: 'hello', outputs: [{ name: 'target', expected: sha256('another tree') }] } });
  }, 300_000);

  it('decides nothing without the archive of the sandbox, or with the engine of another release', async () => {
    expect(await check(bundle, false)).toMatchObject({ outcome: 'INCONCLUSIVE', subcode: 'sandbox_missing' });
    const report = await check(bundle, true, ({ engine }) => ({ engine: { ...engine, collectorVersion: engine.collectorVersion + 1 } }));
    expect(report).toMatchObject({ outcome: 'INCONCLUSIVE', subcode: 'engine_differs', message: expect.stringMatching(/made by Provenroot [0-9.]+, .*collector [0-9]+ there.*Check with release [0-9.]+\./) });
    expect(report.images.map(({ verdict }) => verdict)).toEqual(report.images.map(() => 'INCONCLUSIVE'));
  }, 120_000);

  it('decides nothing where a source may not be passed on, and names it', async () => {
    await home.edit('recipes/hello/recipe.yaml', 'license: MIT', 'license: LicenseRef-scancode-proprietary-license');
    const closed = await bundleOf((await build()).build);
    expect(closed.includes(DATA)).toBe(false);
    expect(await check(closed)).toMatchObject({
      outcome: 'INCONCLUSIVE', subcode: 'left_out',
      missing: [{ path: 'recipes/hello/hello.init', package: 'hello' }, { path: 'sources/hello-1.1/words.txt', package: 'hello', rule: 'closed-license', sha256: sha256(DATA) }],
    });
  }, 300_000);
});
