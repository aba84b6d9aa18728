import { sha256 } from '../../src/foundation/digest.ts';
import type { Component, Inventory, InventoryFile } from '../../src/inventory/inventory.ts';

export const refOf = (kind: string, name: string): string => `${kind}:${sha256(`${kind} ${name}`)}`;
export const hashesOf = (name: string): { sha256: ReturnType<typeof sha256>; sha512: string } => ({ sha256: sha256(name), sha512: sha256(name).repeat(2) });

export function sampleComponent(fields: Partial<Component> & Pick<Component, 'kind' | 'name'>): Component {
  return { ref: refOf(fields.kind, fields.name), scope: 'ships', version: '1.0', licenses: { files: [] }, purls: [], sources: [], patches: [], ...fields };
}

export function samplePackage(name: string, fields: Partial<Component> = {}): Component {
  return sampleComponent({
    kind: 'package', name, purls: [`pkg:generic/${name}@1.0`], contentDigest: sha256(`content ${name}`), fileCount: 1,
    recipe: { role: 'package', folderDigest: sha256(`folder ${name}`), template: 'plain', templateDigest: sha256('plain'), planKey: sha256(`key ${name}`), options: { shared: true }, reasons: ['chosen'], deviations: [] },
    licenses: { declared: 'MIT OR Zlib', concluded: 'MIT', concludedBasis: 'decision', effective: 'MIT', effectiveBasis: 'decision', files: [{ path: 'COPYING', sha256: sha256(`license ${name}`) }] },
    sources: [{ file: `${name}-1.0.tar.xz`, sha256: sha256(`source ${name}`), sizeBytes: 12, urls: [`https://example.org/${name}-1.0.tar.xz`, `https://mirror.example.org/${name}-1.0.tar.xz`], origin: 'pristine' }],
    ...fields,
  });
}

export function sampleFile(path: string, owner: string | undefined, fields: Partial<InventoryFile> = {}): InventoryFile {
  return {
    ref: refOf('file', path), path, kind: 'file', mode: 0o755, uid: 0, gid: 0, sizeBytes: 3, hashes: hashesOf(path), properties: { executable: true, archive: false, structured: false },
    ...(owner === undefined ? {} : { owner, ownership: { kind: 'package', reason: 'installed by it' } as const }), ...fields,
  };
}

/** Two packages that ship, one that only builds, an image of a root, and one of everything that an inventory can hold. */
export function sampleInventory(): Inventory {
  const library = samplePackage('libalpha', { cpe: { value: 'cpe:2.3:a:alpha:libalpha:1.0:*:*:*:*:*:*:*', basis: 'declared' }, originator: { name: 'alpha', url: 'https://example.org/alpha', basis: 'forge-owner' } });
  const program = samplePackage('beta', {
    purls: ['pkg:github/example/beta@v1.0', 'pkg:generic/beta@1.0'], homepage: 'https://example.org/beta', summary: 'Does what beta does', cpe: { value: 'cpe:2.3:a:beta:beta:1.0:*:*:*:*:*:*:*', basis: 'inferred' },
    licenses: { declared: 'GPL-2.0-only AND LicenseRef-beta', concluded: 'GPL-2.0-only AND LicenseRef-beta', concludedBasis: 'declared', files: [{ path: 'LICENSE', sha256: sha256('license') }] },
    patches: [{ file: '0001-fix.patch', sha256: sha256('patch'), origin: 'https://example.org/beta/commit/1', upstream: 'backport', cves: ['CVE-2024-0001'] }, { file: '0002-own.patch', sha256: sha256('patch 2'), origin: 'own', upstream: 'not-applicable', cves: [] }],
  });
  const builder = samplePackage('host-gamma', { scope: 'host' });
  const accounts = sampleComponent({ kind: 'generator', name: 'accounts', version: '', contentDigest: sha256('accounts'), fileCount: 1 });
  const root = sampleComponent({ kind: 'root-file-system', name: 'root', contentDigest: sha256('root') });
  const image = sampleComponent({ kind: 'image', name: 'root.squashfs', hashes: hashesOf('image'), sizeBytes: 4096, image: { format: 'squashfs', writerVersion: '1' }, properties: { executable: false, archive: true, structured: true } });
  const compiler = { ref: refOf('sandbox-package', 'gcc'), name: 'gcc', version: '12', architecture: 'amd64', sha256: sha256('gcc'), sizeBytes: 5, pool: 'pool/main/g/gcc.deb', purl: 'pkg:deb/debian/gcc@12?arch=amd64' };
  const files = [
    sampleFile('/etc', accounts.ref, { kind: 'directory' }), sampleFile('/etc/passwd', accounts.ref, { mode: 0o644, ownership: { kind: 'generator', reason: 'accounts of the configuration' }, properties: { executable: false, archive: false, structured: false }, content: { kind: 'data' } }),
    sampleFile('/usr/bin/beta', program.ref, { content: { kind: 'elf', type: 'dyn', machine: 'x86_64', bits: 64, linkage: 'dynamic', opensLibraries: false } }),
    sampleFile('/usr/lib/libalpha.so', library.ref, { kind: 'symlink', target: 'libalpha.so.1' }),
    sampleFile('/usr/lib/libalpha.so.1', library.ref, { content: { kind: 'elf', type: 'dyn', machine: 'x86_64', bits: 64, linkage: 'dynamic', soname: 'libalpha.so.1', opensLibraries: false } }),
    sampleFile('/dev/null', program.ref, { kind: 'character-device', device: { major: 1, minor: 3 } }),
  ].map((file) => (file.kind === 'file' ? file : withoutBytes(file)));
  return {
    format: 1,
    build: { definitionDigest: sha256('definition'), configurationDigest: sha256('configuration'), board: 'sample', architecture: 'x86_64', tuning: 'generic', epochSeconds: 1_700_000_000, rootTree: sha256('tree'), versions: { finalize: '3' } },
    organisation: { supplier: 'Example', url: 'https://example.org/', contact: 'security@example.org', publishingUrl: 'https://example.org/releases/', product: 'Box', productVersion: '2.1' },
    components: [library, program, builder, accounts, root, image],
    relations: [
      { from: image.ref, to: root.ref, kind: 'contains', basis: 'observed' },
      ...[library, program, accounts].map(({ ref }) => ({ from: root.ref, to: ref, kind: 'contains', basis: 'observed' } as const)),
      { from: program.ref, to: library.ref, kind: 'linksDynamically', basis: 'observed' }, { from: program.ref, to: library.ref, kind: 'needsAtBuild', basis: 'declared' },
      { from: program.ref, to: builder.ref, kind: 'needsAtHost', basis: 'declared' }, { from: builder.ref, to: compiler.ref, kind: 'builtFrom', basis: 'inferred' },
      { from: program.ref, to: library.ref, kind: 'needsAtRun', basis: 'declared' }, { from: program.ref, to: library.ref, kind: 'linksStatically', basis: 'inferred' },
      { from: refOf('file', '/usr/bin/beta'), to: refOf('file', '/usr/lib/libalpha.so.1'), kind: 'linksDynamically', basis: 'observed' },
      { from: refOf('file', '/usr/bin/beta'), to: refOf('file', '/usr/lib/libalpha.so'), kind: 'interpreter', basis: 'observed' },
      { from: refOf('file', '/etc/passwd'), to: accounts.ref, kind: 'generatedBy', basis: 'observed' }, { from: image.ref, to: library.ref, kind: 'kernelModule', basis: 'observed' },
    ],
    files,
    sandbox: { digest: sha256('sandbox'), lockDigest: sha256('lock'), architecture: 'amd64', packages: [compiler] },
    unresolved: [],
    completeness: [
      { subject: 'files', state: 'complete', reason: '6 of 6' }, { subject: 'ownership', state: 'complete', reason: '6 of 6' },
      { subject: 'run-time-dependencies', state: 'complete', reason: 'all read' }, { subject: 'static-links', state: 'incomplete', reason: '1 unread' },
    ],
  };
}

function withoutBytes({ hashes: _hashes, properties: _properties, sizeBytes: _size, ...file }: InventoryFile): InventoryFile {
  return file;
}
