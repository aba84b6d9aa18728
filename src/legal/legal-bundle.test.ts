import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import fc from 'fast-check';

import { canonicalJson } from '../foundation/canonical-json.ts';
import { sha256, type Sha256 } from '../foundation/digest.ts';
import { licensesOf } from '../inventory/licenses.ts';
import { removeTree } from '../store/remove-tree.ts';
import { bytesOf, streamOf } from '../../tests/support/evidence-archive.ts';
import { header } from '../../tests/support/crafted-tar.ts';
import { legalSample, LICENSE_TEXT, OWN_SOURCE, PATCH, repacked, SAMPLE_PACKAGE, SHARED_SOURCE, type LegalSample } from '../../tests/support/legal-sample.ts';
import { catalogAt, OWN_CATALOG } from '../../tests/support/planning.ts';
import { layOutBundle } from './lay-out.ts';
import { indexBytes, indexDigest, parseLegalIndex, type LegalIndex } from './legal-index.ts';
import { readLegalBundle, type LegalBundle } from './read-legal-bundle.ts';
import { redistributionOf } from './redistribution.ts';
import { readSandboxArchive, writeSandboxArchive } from './sandbox-archive.ts';
import { writeLegalBundle } from './write-legal-bundle.ts';

const STEPS = { steps: Buffer.from('[]'), build: Buffer.from('{}\n') };
const archiveOf = ({ content, blobs }: LegalSample): Promise<Buffer> => bytesOf(writeLegalBundle(layOutBundle(content), STEPS, blobs));
const read = (archive: Buffer): Promise<LegalBundle> => readLegalBundle(streamOf(archive));
const codeOf = (work: Promise<unknown>): Promise<string> => work.then(() => 'accepted', (error: { code: string }) => error.code);

async function filesOf(archive: Buffer): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  await repacked(archive, (held) => { for (const [path, bytes] of held) files.set(path, bytes.toString()); });
  return files;
}

/** Consistent again after a change: what somebody can do who knows the layout. */
function resealed(files: Map<string, Buffer>, change: (index: { files: { path: string; sha256: string; sizeBytes: number }[] }) => void): void {
  const index = JSON.parse(files.get('index.json')!.toString()) as LegalIndex;
  change(index as never);
  files.set('index.json', Buffer.from(`${canonicalJson(index)}\n`));
  sums(files);
}

function sums(files: Map<string, Buffer>): void {
  const others = [...files].filter(([path]) => path !== 'sha256sums').toSorted(([a], [b]) => (a < b ? -1 : 1));
  files.set('sha256sums', Buffer.from(others.map(([path, bytes]) => `${sha256(bytes)}  ${path}\n`).join('')));
}

describe('a source bundle', () => {
  let sample: LegalSample;
  let archive: Buffer;
  beforeAll(async () => {
    sample = await legalSample();
    archive = await archiveOf(sample);
  });

  it('has texts, sources, patches with their order, recipes, commands, configuration and sandbox, each in its place', async () => {
    const files = await filesOf(archive);
    expect(files.get('licenses/hello-1.1/COPYING')).toBe(LICENSE_TEXT);
    expect(files.get('sources/hello-1.1/hello-1.1.tar')).toBe(OWN_SOURCE.toString());
    expect(files.get('patches/hello-1.1/series')).toBe('patches/0002-second.patch\npatches/0001-first.patch\n');
    expect(files.get('patches/hello-1.1/patches/0001-first.patch')).toBe(PATCH);
    expect(files.get('recipes/hello/recipe.yaml')).toContain('name: hello');
    expect([...files].find(([path]) => /^scripts\/hello\/phases\/[0-9]+-build\.sh$/.test(path))?.[1]).toContain('hello.c');
    expect(files.get('scripts/step-runner.sh')).toBe('a step runner');
    for (const path of ['README', 'templates/shell/template.yaml', 'boards/tiny/board.yaml', 'architectures/tiny64.yaml', 'configuration.json', 'options.json', 'toolchain.json', 'sandbox-lock.json', 'host-manifest.csv']) expect([path, files.has(path)]).toEqual([path, true]);
    expect(sha256(files.get('definition.json')!)).toBe(sample.content.plan.definitionDigest);
  });

  it("tells its packages in Buildroot's columns, those that only helped to build apart", async () => {
    const files = await filesOf(archive);
    const [columns, ...target] = files.get('manifest.csv')!.trim().split('\n');
    expect(columns).toMatch(/^"PACKAGE","VERSION","LICENSE","LICENSE FILES","SOURCE ARCHIVE","SOURCE SITE","DEPENDENCIES WITH LICENSES",/);
    expect(target.find((row) => row.startsWith('"hello",'))).toMatch(/^"hello","1.1","MIT","COPYING","hello-1.1.tar","https:\/\/example.org\/hello-1.1.tar","greeting-tool \[GPL-3.0-or-later\] hello-lib \[Zlib\][^"]*",/);
    expect(target.some((row) => row.startsWith('"greeting-tool"'))).toBe(false);
    expect(files.get('host-manifest.csv')).toContain('"greeting-tool","2","GPL-3.0-or-later"');
    expect(files.get('sandbox-sources.csv')).toContain('"gcc","12.2.0-14+deb12u1","amd64","gcc","pool/main/g/gcc/"');
  });

  it('comes back as it went in, each source handed on once, whichever packages read it', async () => {
    const handed: Sha256[] = [];
    const bundle = await readLegalBundle(streamOf(archive), async (content) => { handed.push(sha256(await bytesOf(content))); });
    expect(handed.toSorted()).toEqual([SHARED_SOURCE, OWN_SOURCE, LICENSE_TEXT].map((bytes) => sha256(bytes)).toSorted());
    expect(bundle).toMatchObject({ definition: sample.content.plan.definition, configuration: sample.content.configuration, lock: sample.content.lock, attachments: { steps: STEPS.steps } });
    const names = (folders: readonly { kind: string; name: string }[]): string[] => folders.map(({ kind, name }) => `${kind} ${name}`).toSorted();
    expect(names(bundle.folders)).toEqual(names(sample.content.folders));
    expect(bundle.indexSha256).toBe(indexDigest(layOutBundle(sample.content).index));
  });

  it('has the same bytes whatever the order in which its parts come', async () => {
    const { inventory, folders, texts } = sample.content;
    const turned = { ...inventory, components: inventory.components.toReversed(), relations: inventory.relations.toReversed() };
    const content = { ...sample.content, inventory: turned, folders: folders.toReversed(), texts: new Map([...texts].toReversed()) };
    expect((await archiveOf({ ...sample, content })).equals(archive)).toBe(true);
  });

  it('keeps two texts of one name, and nothing in a field that a spreadsheet would run', async () => {
    const other = { path: 'COPYING', sha256: sha256(SHARED_SOURCE), sizeBytes: SHARED_SOURCE.byteLength };
    const inventory = structuredClone(sample.content.inventory);
    inventory.components.find(({ name }) => name === 'hello')!.licenses = { unreadable: '=HYPERLINK("x")', files: [] };
    const texts = new Map([['hello', [...sample.content.texts.get('hello')!, other, other]]]);
    const files = await filesOf(await archiveOf({ ...sample, content: { ...sample.content, inventory, texts } }));
    expect([...files.keys()].filter((path) => path.startsWith('licenses/'))).toEqual(['licenses/hello-1.1/COPYING', 'licenses/hello-1.1/COPYING.2']);
    expect(files.get('manifest.csv')).toContain(`"'=HYPERLINK(""x"")"`);
  });

  it('has an index that no statement and no run is in', () => {
    const { index } = layOutBundle(sample.content);
    expect(parseLegalIndex(indexBytes(index))).toEqual(index);
    expect(index.files.map(({ path }) => path).filter((path) => ['build.json', 'steps.json', 'provenance.intoto.jsonl', 'sha256sums', 'index.json'].includes(path))).toEqual([]);
  });

  it('is checked by tar and sha256sum alone', () => {
    const directory = mkdtempSync(join(tmpdir(), 'provenroot-legal-'));
    try {
      writeFileSync(join(directory, 'bundle.tar'), archive);
      execFileSync('tar', ['-xf', 'bundle.tar'], { cwd: directory });
      expect(execFileSync('sha256sum', ['-c', '--strict', 'sha256sums'], { cwd: directory, encoding: 'utf8' })).toMatch(/sources\/hello-lib-1.0\/shared-1.tar: OK/);
    } finally {
      removeTree(directory);
    }
  });

  describe('whose bytes somebody changed', () => {
    const hostile: readonly (readonly [what: string, code: string, change: (files: Map<string, Buffer>) => void])[] = [
      ['one byte of a source', 'LEGAL.CHANGED', (files) => { files.get('sources/hello-1.1/hello-1.1.tar')![0]! ^= 1; }],
      ['one byte of a recipe, sums mended', 'LEGAL.CHANGED', (files) => { files.get('recipes/hello/recipe.yaml')![0]! ^= 1; sums(files); }],
      ['a sum', 'LEGAL.WRONG_SUMS', (files) => { files.get('sha256sums')![0]! ^= 1; }],
      ['nothing, but with a file more', 'LEGAL.EXTRA_FILE', (files) => { files.set('sources/hello-1.1/extra.tar', Buffer.from('x')); }],
      ['nothing, but with a file less', 'LEGAL.MISSING_FILE', (files) => { files.delete('patches/hello-1.1/series'); }],
      ['a source, index and sums mended', 'LEGAL.SWAPPED_SOURCE', (files) => {
        const swapped = Buffer.from('another archive');
        files.set('sources/hello-1.1/hello-1.1.tar', swapped);
        resealed(files, ({ files: rows }) => Object.assign(rows.find(({ path }) => path === 'sources/hello-1.1/hello-1.1.tar')!, { sha256: sha256(swapped), sizeBytes: swapped.byteLength }));
      }],
      ['a source that is taken out, index and sums mended', 'LEGAL.MISSING_FILE', (files) => {
        files.delete('sources/hello-1.1/hello-1.1.tar');
        resealed(files, (index) => { index.files = index.files.filter(({ path }) => !path.startsWith('sources/hello-1.1/')); });
      }],
      ['the definition, index and sums mended', 'LEGAL.OTHER_DEFINITION', (files) => {
        const other = Buffer.from(files.get('definition.json')!.toString().replace('"tiny64"', '"tiny32"'));
        files.set('definition.json', other);
        resealed(files, ({ files: rows }) => Object.assign(rows.find(({ path }) => path === 'definition.json')!, { sha256: sha256(other), sizeBytes: other.byteLength }));
      }],
      ['the configuration, index and sums mended', 'LEGAL.OTHER_DEFINITION', (files) => {
        const other = Buffer.from('{"format":1}');
        files.set('configuration.json', other);
        resealed(files, ({ files: rows }) => Object.assign(rows.find(({ path }) => path === 'configuration.json')!, { sha256: sha256(other), sizeBytes: other.byteLength }));
      }],
      ['the catalog versions, sums mended', 'LEGAL.OTHER_DEFINITION', (files) => resealed(files, (index) => { ((index as unknown as { catalog: { recipe: Record<string, string> } }).catalog.recipe)['hello'] = sha256('another'); })],
      ['the format', 'LEGAL.FORMAT', (files) => resealed(files, (index) => { Object.assign(index, { format: 2 }); })],
      ['the form of the index', 'LEGAL.BAD_ARCHIVE', (files) => { files.set('index.json', Buffer.from(JSON.stringify(JSON.parse(files.get('index.json')!.toString()), null, 1))); }],
      ['a path that climbs in the index', 'LEGAL.BAD_ARCHIVE', (files) => resealed(files, ({ files: rows }) => { rows[0]!.path = '../README'; })],
    ];
    it('is accepted when it is only packed anew', async () => {
      expect(await codeOf(read(await repacked(archive, () => undefined)))).toBe('accepted');
    });

    it.each(hostile)('is refused: %s', async (_what, code, change) => {
      expect(await codeOf(read(await repacked(archive, change)))).toBe(code);
    });

    it.each([['../escaped', 'LEGAL.BAD_PATH'], ['/etc/escaped', 'LEGAL.BAD_PATH'], ['a\\b', 'LEGAL.BAD_ARCHIVE']])('is refused: a file called %s', async (name, code) => {
      const member = Buffer.concat([header({ name, size: '00000000001\0' }), Buffer.alloc(512, 'x', 'latin1').fill(0, 1)]);
      expect(await codeOf(read(Buffer.concat([member, archive])))).toBe(code);
    });

    it('is refused: a link', async () => {
      expect(await codeOf(read(await repacked(archive, () => undefined, new Map([['sources/link', '/etc/passwd']]))))).toBe('LEGAL.BAD_PATH');
      expect(await codeOf(read(await repacked(archive, () => undefined, new Map([['sources/link', 'hello-1.1']]))))).toBe('LEGAL.BAD_ARCHIVE');
    });

    it('is never accepted with any byte of it changed, but for those that no reader looks at', async () => {
      const unchanged = await read(archive);
      await fc.assert(fc.asyncProperty(fc.nat(archive.byteLength - 1), fc.integer({ min: 1, max: 255 }), async (at, bits) => {
        const other = Buffer.from(archive);
        other[at]! ^= bits;
        const result = await read(other).catch((error: { code?: string }) => String(error.code));
        if (typeof result === 'string') expect(result).toMatch(/^(LEGAL|SIGNING|SANDBOX)\./);
        else expect(result).toEqual(unchanged);
      }), { numRuns: 60 });
    });
  });
});

describe('what may not be passed on', () => {
  it('is left out by its license and named with whose it is; its terms and its recipe stay', async () => {
    const { content, blobs } = await legalSample('LicenseRef-scancode-proprietary-license');
    const { index } = layOutBundle(content);
    expect(index.leftOut.map(({ path, rule, package: name }) => [path, rule, name])).toEqual([
      ['recipes/hello-lib/blob.bin', 'closed-license', 'hello-lib'], ['sources/hello-lib-1.0/shared-1.tar', 'closed-license', 'hello-lib'],
    ]);
    const archive = await archiveOf({ content, blobs });
    const files = await filesOf(archive);
    expect([files.has('sources/hello-lib-1.0/shared-1.tar'), files.has('recipes/hello-lib/blob.bin')]).toEqual([false, false]);
    expect([files.has('licenses/hello-lib-1.0/COPYING'), files.has('recipes/hello-lib/recipe.yaml')]).toEqual([true, true]);
    expect(files.get('README')).toContain('sources/hello-lib-1.0/shared-1.tar\n    its license is proprietary');
    expect(files.get('manifest.csv')).toContain('"left out: closed-license"');
    expect((await read(archive)).index.leftOut).toHaveLength(2);
  });

  it.each([
    ['MIT', 'allowed'], ['GPL-2.0-only AND MIT', 'allowed'],
    ['LicenseRef-scancode-proprietary-license', 'closed-license'], ['MIT AND LicenseRef-scancode-proprietary-license', 'closed-license'], ['MIT OR LicenseRef-scancode-proprietary-license', 'allowed'],
    ['CC-BY-NC-4.0', 'closed-license'], ['LicenseRef-nobody-knows', 'unknown-license'], ['NOASSERTION', 'unknown-license'], ['NONE', 'no-license'],
  ])('under %s: %s', (declared, expected) => {
    const found = redistributionOf({ declared, files: [] });
    expect(found.allowed ? 'allowed' : found.rule).toBe(expected);
  });

  it('is nothing of our own catalog', async () => {
    const { recipes } = await catalogAt(OWN_CATALOG);
    expect(recipes.size).toBeGreaterThan(0);
    const closed = [...recipes.values()].filter(({ license, licenseFiles }) => !redistributionOf(licensesOf(license, licenseFiles)).allowed);
    expect(closed.map(({ name }) => name)).toEqual([]);
  });

  it('is told by what a person decided before what is declared, and by categories of ones own', () => {
    expect(redistributionOf({ declared: 'MIT OR CC-BY-NC-4.0', effective: 'CC-BY-NC-4.0', files: [] }).allowed).toBe(false);
    expect(redistributionOf({ declared: 'LicenseRef-own', files: [] }, { 'LicenseRef-own': 'permissive' }).allowed).toBe(true);
    expect(redistributionOf({ unreadable: 'see the file', files: [] })).toEqual({ allowed: false, rule: 'unknown-license', license: 'see the file' });
    expect(redistributionOf({ files: [] })).toMatchObject({ allowed: false, rule: 'no-license' });
  });
});

describe('the archive of a sandbox', () => {
  let sample: LegalSample;
  let archive: Buffer;
  beforeAll(async () => {
    sample = await legalSample();
    archive = await bytesOf(writeSandboxArchive(sample.content.lock, sample.blobs));
  });
  const readIt = async (bytes: Buffer): Promise<Sha256[]> => {
    const handed: Sha256[] = [];
    await readSandboxArchive(streamOf(bytes), sample.content.lock, async (content) => { handed.push(sha256(await bytesOf(content))); });
    return handed;
  };

  it("has every package of the lock at its place below a Debian archive", async () => {
    expect([...(await filesOf(archive)).keys()].toSorted()).toEqual(['pool/main/g/gcc-12/gcc-12_12.2.0-14_amd64.deb', 'sandbox-lock.json', 'sha256sums']);
    expect(await readIt(archive)).toEqual([sha256(SAMPLE_PACKAGE)]);
  });

  it.each<readonly [string, string, (files: Map<string, Buffer>) => void]>([
    ['another lock', 'LEGAL.OTHER_SANDBOX', (files) => { files.set('sandbox-lock.json', Buffer.from('{}')); }],
    ['a changed package', 'LEGAL.CHANGED', (files) => { files.set('pool/main/g/gcc-12/gcc-12_12.2.0-14_amd64.deb', Buffer.from('x')); }],
    ['a package less', 'LEGAL.MISSING_FILE', (files) => { files.delete('pool/main/g/gcc-12/gcc-12_12.2.0-14_amd64.deb'); }],
    ['a package more', 'LEGAL.EXTRA_FILE', (files) => { files.set('pool/main/e/evil/evil_1_amd64.deb', Buffer.from('x')); }],
  ])('is refused with %s', async (_what, code, change) => {
    expect(await codeOf(readIt(await repacked(archive, change)))).toBe(code);
  });
});
