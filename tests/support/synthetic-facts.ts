import { createHash } from 'node:crypto';

import { sha256, type Sha256 } from '../../src/foundation/digest.ts';
import type { ContentFacts, ExaminedContent, ExaminedElf, InventoryFacts, OwnedEntry, PackageFacts } from '../../src/inventory/inventory-facts.ts';
import { pathBytes, ROOT_PATH, type PathBytes } from '../../src/tree/entry.ts';
import { treeDigest } from '../../src/tree/node.ts';
import { DEFAULT_DIRECTORY, makeTree } from '../../src/tree/tree.ts';

/** How many files each package has of which sort, so that 400 packages make 60,000 paths, as a full desktop image has. */
const FILES = { programs: 6, libraries: 5, links: 12, data: 124, directories: 3 };
const ROLES = ['toolchain', 'kernel', 'skeleton'] as const;
const LICENSES = ['MIT', 'GPL-2.0-or-later', 'LGPL-2.1-or-later AND BSD-3-Clause', 'Apache-2.0 OR MIT', 'GPL-2.0-only WITH Classpath-exception-2.0'];

/**
 * Facts of a build that never was: the same for the same size. Each package links four libraries of those before it.
 * Who knows the digest of the root (of the facts themselves) can say it: to compute it takes memory.
 */
export function syntheticFacts(packageCount: number, knownRoot?: Sha256): InventoryFacts {
  const names = Array.from({ length: packageCount }, (_, index) => `package-${String(index).padStart(4, '0')}`);
  const packages = [...ROLES.map((role) => packageFacts(role, -1, role, [])), ...names.map((name, index) => packageFacts(name, index, 'package', names.slice(Math.max(0, index - 4), index)))];
  const contents: Record<Sha256, ContentFacts> = {};
  const files: OwnedEntry[] = [{ path: ROOT_PATH, entry: DEFAULT_DIRECTORY, owner: { kind: 'package', name: 'skeleton', reason: 'installed by its main step' } }];
  for (const directory of ['lib', 'usr', 'usr/bin', 'usr/lib', 'usr/share']) files.push(own('skeleton', pathBytes(directory), { ...DEFAULT_DIRECTORY }));
  addFile(files, contents, 'toolchain', 'lib/ld-test.so.1', { ...ELF, soname: 'ld-test.so.1' });
  for (const [index, name] of names.entries()) addPackage(files, contents, name, index);
  const rootTree = knownRoot ?? treeDigest(makeTree(files.map(({ path, entry }) => [path, entry])));
  const digest = sha256('synthetic');
  return {
    definition: {
      format: 1, configuration: digest, target: { board: 'synthetic', architecture: 'x86_64', tuning: 'generic', images: [] }, recipes: {}, templates: {}, sandbox: digest, environment: {}, steps: {}, epochSeconds: 1_700_000_000,
      inputs: packages.flatMap(({ name, sources, patches }) => [...sources.map((one) => ({ role: 'source', name: `${name}/${one.file}`, digest: one.sha256 })), ...patches.map((one) => ({ role: 'patch', name: `${name}/${one.file}`, digest: one.sha256 }))]),
      versions: { stepRunner: digest, collector: 1, finalize: 1, writers: { squashfs: '1' } },
    },
    definitionDigest: digest, rootTree, organisation: { supplier: 'Example', contact: 'security@example.org', publishingUrl: 'https://example.org/releases/' },
    toolchain: 'toolchain', kernel: 'kernel', packages, files, contents, loaderPaths: [], decisions: {},
    images: [{ name: 'rootfs.squashfs', format: 'squashfs', hashes: { sha256: digest, sha512: digest.repeat(2) }, sizeBytes: 2 ** 30, writerVersion: '1' }, { name: 'kernel', format: 'kernel', hashes: { sha256: digest, sha512: digest.repeat(2) }, sizeBytes: 2 ** 23, writerVersion: '1', package: 'kernel' }],
    sandbox: {
      digest, lockDigest: digest, architecture: 'amd64', suite: 'bookworm',
      packages: Array.from({ length: 290 }, (_, index) => ({ name: `tool-${index}`, version: '1.0-1', architecture: 'amd64', sha256: sha256(`tool ${index}`), sizeBytes: 1000, pool: `pool/main/t/tool-${index}.deb` })),
    },
  };
}

const ELF: ExaminedElf = { kind: 'elf', type: 'shared', machine: 'x86_64', bits: 64, needed: [], rpath: [], runpath: [], dynamic: true, opensLibraries: false };

function own(name: string, path: PathBytes, entry: OwnedEntry['entry']): OwnedEntry {
  return { path, entry, owner: { kind: 'package', name, reason: 'installed by its main step' } };
}

function addFile(files: OwnedEntry[], contents: Record<Sha256, ContentFacts>, name: string, path: string, content: ExaminedContent): void {
  const digest = sha256(path);
  contents[digest] = { sha512: createHash('sha512').update(path).digest('hex'), content };
  files.push(own(name, pathBytes(path), { kind: 'file', mode: content.kind === 'data' ? 0o644 : 0o755, uid: 0, gid: 0, sha256: digest, sizeBytes: path.length }));
}

function addPackage(files: OwnedEntry[], contents: Record<Sha256, ContentFacts>, name: string, index: number): void {
  const before = Array.from({ length: Math.min(4, index) }, (_, back) => `libpackage-${String(index - 1 - back).padStart(4, '0')}-0.so.1`);
  for (const [count, directory] of ['', '/doc', '/locale'].entries()) if (count < FILES.directories) files.push(own(name, pathBytes(`usr/share/${name}${directory}`), { ...DEFAULT_DIRECTORY }));
  for (let i = 0; i < FILES.programs; i++) addFile(files, contents, name, `usr/bin/${name}-${i}`, { ...ELF, interpreter: '/lib/ld-test.so.1', needed: [...before] });
  for (let i = 0; i < FILES.libraries; i++) addFile(files, contents, name, `usr/lib/lib${name}-${i}.so.1`, { ...ELF, soname: `lib${name}-${i}.so.1`, needed: before.slice(0, 1) });
  for (let i = 0; i < FILES.links; i++) files.push(own(name, pathBytes(`usr/bin/${name}-link-${i}`), { kind: 'symlink', mode: 0o777, uid: 0, gid: 0, target: pathBytes(`${name}-0`) }));
  for (let i = 0; i < FILES.data; i++) addFile(files, contents, name, `usr/share/${name}/${i % 2 === 0 ? 'doc' : 'locale'}/text-${i}.txt`, { kind: 'data' });
}

function packageFacts(name: string, index: number, role: PackageFacts['role'], needs: readonly string[]): PackageFacts {
  const digest = sha256(name);
  return {
    name, version: `1.${index + 1}`, role, summary: `What ${name} does, in a line of words`, homepage: `https://example.org/${name}`, license: LICENSES[(index + 1) % LICENSES.length]!,
    licenseFiles: [{ path: 'COPYING', sha256: sha256(`license ${name}`) }], cpe: `cpe:2.3:a:example:${name}:1.${index + 1}:*:*:*:*:*:*:*`, runtimeComponents: [], deviations: [], folderDigest: digest,
    sources: [{ file: `${name}-1.0.tar.xz`, sha256: sha256(`source ${name}`), sizeBytes: 1_000_000, urls: [`https://example.org/${name}/${name}-1.0.tar.xz`, `https://mirror.example.org/${name}-1.0.tar.xz`], origin: 'pristine' }],
    patches: index % 4 === 0 ? [{ file: '0001-fix.patch', sha256: sha256(`patch ${name}`), origin: 'https://example.org/commit/1', upstream: 'backport', cves: ['CVE-2024-0001'] }] : [],
    template: { name: 'autotools', folderDigest: digest }, planKey: digest, options: { shared: true }, reasons: index < 0 ? [{ kind: 'role', role: 'kernel' }] : [{ kind: 'board' }],
    needs: { build: needs, host: [], run: needs }, usesToolchain: index >= 0, declaresUsers: false, staticLibraries: [],
  };
}
