import { configurationForm, plainConfiguration } from '../../src/catalog/configuration.ts';
import { catalogOnRecord } from '../../src/catalog/catalog-from-folders.ts';
import { folderDigest, type CatalogFolder, type FolderKind } from '../../src/catalog/folder.ts';
import { loadFolders } from '../../src/catalog/load-catalog.ts';
import { sha256, type Sha256 } from '../../src/foundation/digest.ts';
import { Bug } from '../../src/foundation/failure.ts';
import { inventoryOf } from '../../src/inventory/inventory-of.ts';
import type { LegalContent } from '../../src/legal/lay-out.ts';
import { readTar } from '../../src/image/read-tar.ts';
import { writeTar } from '../../src/image/write-tar.ts';
import type { SandboxLock } from '../../src/sandbox/lock.ts';
import { pathBytes, pathToBuffer, type PathBytes, type TreeEntry } from '../../src/tree/entry.ts';
import { makeTree } from '../../src/tree/tree.ts';
import { bytesOf, streamOf } from './evidence-archive.ts';
import { packagesOfPlan, rootFacts, TINY_ROWS } from './inventory-facts.ts';
import { MemoryBlobs } from './memory-blobs.ts';
import { FIXED_ENGINE, planOf, TINY_CATALOG } from './planning.ts';

export const SHARED_SOURCE = Buffer.from('an archive that two packages read');
export const OWN_SOURCE = Buffer.from('the archive of hello');
export const PATCH = '--- a/hello.c\n+++ b/hello.c\n';
export const LICENSE_TEXT = 'Permission is hereby granted\n';

const sourceYaml = (file: string, bytes: Buffer): string => `
  - { file: ${file}, sha256: ${sha256(bytes)}, size_bytes: ${bytes.byteLength}, urls: ["https://example.org/${file}"], origin: pristine, unpack_to: . }`;
const patchYaml = (file: string): string => `
  - { file: ${file}, sha256: ${sha256(PATCH)}, origin: "https://example.org/1", upstream: backport, cves: [] }`;

/** Folders of the tiny catalog with sources, patches and the license of one package as given. */
async function folders(license: string): Promise<CatalogFolder[]> {
  const texts: Record<string, (yaml: string) => string> = {
    'hello-lib': (yaml) => yaml.replace('license: Zlib', `license: ${license}`).replace('sources: []', `sources:${sourceYaml('shared-1.tar', SHARED_SOURCE)}`),
    'greeting-tool': (yaml) => yaml.replace('sources: []', `sources:${sourceYaml('shared-1.tar', SHARED_SOURCE)}`),
    'hello': (yaml) => yaml.replace('sources: []', `sources:${sourceYaml('hello-1.1.tar', OWN_SOURCE)}\npatches:${patchYaml('patches/0002-second.patch')}${patchYaml('patches/0001-first.patch')}`),
  };
  return (await loadFolders(TINY_CATALOG)).folders.map((folder) => {
    const change = folder.kind === 'recipe' ? texts[folder.name] : undefined;
    if (change === undefined) return folder;
    const files = new Map(folder.files);
    const yaml = files.get('recipe.yaml')!;
    files.set('recipe.yaml', { ...yaml, bytes: Buffer.from(change(Buffer.from(yaml.bytes).toString())) });
    if (folder.name === 'hello') for (const name of ['patches/0002-second.patch', 'patches/0001-first.patch']) files.set(name, { bytes: Buffer.from(PATCH), executable: false });
    if (folder.name === 'hello-lib') files.set('blob.bin', { bytes: Buffer.from('what may be the package itself'), executable: false });
    return { ...folder, files };
  });
}

export const SAMPLE_PACKAGE = Buffer.from('bytes of a package of the sandbox');
const POOL = 'pool/main/g/gcc-12/gcc-12_12.2.0-14_amd64.deb';

function sampleLock(): SandboxLock {
  return {
    format: 1, suite: 'bookworm', component: 'main', architecture: 'amd64', assembly: 2, release: { date: '2026-01-01', inRelease: sha256('release') },
    rootTree: FIXED_ENGINE.sandbox, layer: sha256('layer'),
    packages: [{ name: 'gcc-12', version: '12.2.0-14', architecture: 'amd64', sha256: sha256(SAMPLE_PACKAGE), sizeBytes: SAMPLE_PACKAGE.byteLength, pool: POOL }],
  };
}

export interface LegalSample { content: LegalContent; blobs: MemoryBlobs }

/** What a finished build of the tiny board would be bundled from, and the blobs that it names. */
export async function legalSample(license = 'Zlib'): Promise<LegalSample> {
  const all = await folders(license);
  const { catalog, findings } = catalogOnRecord(all);
  if (catalog === undefined) throw new Bug(`the catalog has errors: ${JSON.stringify(findings)}`);
  const plan = planOf(catalog, 'tiny');
  const pins = (kind: FolderKind, names: readonly string[]): Record<string, Sha256> => Object.fromEntries(
    all.filter((folder) => folder.kind === kind && names.includes(folder.name)).map((folder) => [folder.name, folderDigest(folder)]));
  const { recipes, templates, target } = plan.definition;
  const versions = { recipe: pins('recipe', Object.keys(recipes)), template: pins('template', Object.keys(templates)), board: pins('board', [target.board]), architecture: pins('architecture', [target.architecture]) };
  const blobs = new MemoryBlobs();
  for (const bytes of [SHARED_SOURCE, OWN_SOURCE, Buffer.from(LICENSE_TEXT), SAMPLE_PACKAGE]) await blobs.putBlob(bytes);
  const text = { path: 'COPYING', sha256: sha256(LICENSE_TEXT), sizeBytes: LICENSE_TEXT.length };
  return {
    blobs,
    content: {
      inventory: inventoryOf(rootFacts(TINY_ROWS, packagesOfPlan(plan))), plan, catalog: versions,
      folders: all.filter(({ kind, name }) => versions[kind][name] !== undefined),
      configuration: configurationForm(plainConfiguration('tiny')), lock: sampleLock(), texts: new Map([['hello', [text]], ['hello-lib', [text]]]),
    },
  };
}

/** The archive with other files in it, modes as they were: what somebody with an ordinary tar can do on the way. Links of the archive become files. */
export async function repacked(archive: Buffer, change: (files: Map<string, Buffer>) => void, links: ReadonlyMap<string, string> = new Map()): Promise<Buffer> {
  const files = new Map<string, Buffer>();
  const executable = new Set<string>();
  const nameOf = (path: PathBytes): string => pathToBuffer(path).toString();
  const entries = readTar(streamOf(archive), { devices: 'refuse' }, async (file, content) => {
    const bytes = await bytesOf(content);
    files.set(nameOf(file.path), bytes);
    if ((file.mode & 0o111) !== 0) executable.add(nameOf(file.path));
    return { sha256: sha256(bytes), sizeBytes: bytes.byteLength };
  });
  for await (const { path, entry } of entries) if (entry.kind === 'hard-link') files.set(nameOf(path), Buffer.from(files.get(nameOf(entry.target))!));
  change(files);
  const tree = makeTree([
    ...[...files].map(([path, bytes]): [PathBytes, TreeEntry] => [pathBytes(path), { kind: 'file', mode: executable.has(path) ? 0o755 : 0o644, uid: 0, gid: 0, sha256: sha256(bytes), sizeBytes: bytes.byteLength }]),
    ...[...links].map(([path, target]): [PathBytes, TreeEntry] => [pathBytes(path), { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, target: pathBytes(target) }]),
  ]);
  const byDigest = new Map([...files.values()].map((bytes) => [sha256(bytes), bytes]));
  return bytesOf(writeTar(tree, { readBlob: (digest) => streamOf(byDigest.get(digest)!) }, { epochSeconds: 0 }));
}
