import type { Component, Inventory, InventoryFile, InventorySource, SandboxPackage } from '../inventory/inventory.ts';
import type { ComponentHash } from './component-hash.ts';
import { exceptionOf, type Detail } from './document.ts';
import { defined } from './facts.ts';
import type { PlainFields } from './json-stream.ts';
import { natureOf, type Nature, type OwnedFiles } from './owned-files.ts';
import { spdx2Id } from './spdx2-id.ts';

const PURPOSES: Readonly<Record<Nature, string>> = { 'firmware': 'FIRMWARE', 'operating-system': 'OPERATING_SYSTEM', 'library': 'LIBRARY', 'application': 'APPLICATION', 'data': 'OTHER' };

/** The comment of what only builds; the reader of facts and the bijection with the provenance go by it. */
export const BUILDS_ONLY = `provenroot:exception: ${exceptionOf('package', false)!}`;

export function spdx2Component(component: Component, { organisation }: Inventory, owned: OwnedFiles, hash: ComponentHash | undefined): PlainFields {
  const { ref, kind, name, version, scope, summary, homepage, licenses, sources, recipe, originator } = component;
  const exception = exceptionOf(kind, scope === 'ships');
  return defined({
    SPDXID: spdx2Id(ref), name, versionInfo: version === '' ? undefined : version, summary, homepage, downloadLocation: sources[0]?.urls[0] ?? 'NOASSERTION', filesAnalyzed: false,
    primaryPackagePurpose: PURPOSES[natureOf(component, owned)], packageFileName: kind === 'image' ? name : undefined,
    checksums: hash === undefined ? undefined : checksums(hash.hashes), licenseDeclared: licenses.declared ?? 'NOASSERTION', licenseConcluded: licenses.concluded ?? 'NOASSERTION', copyrightText: 'NOASSERTION',
    licenseComments: licenses.unreadable, originator: originator === undefined ? undefined : `Organization: ${originator.name}`,
    supplier: organisation.supplier === undefined || scope !== 'ships' ? 'NOASSERTION' : `Organization: ${organisation.supplier}`,
    sourceInfo: recipe === undefined ? undefined : recipe.reasons.join('; '), externalRefs: referencesOf(component),
    comment: [...(exception === undefined ? patchLines(component) : [`provenroot:exception: ${exception}`]), ...(hash === undefined ? [] : [`hash of: ${hash.of}`])].join('\n') || undefined,
  });
}

function checksums({ sha256, sha512 }: { sha256: string; sha512?: string }): PlainFields[] {
  return [{ algorithm: 'SHA256', checksumValue: sha256 }, ...(sha512 === undefined ? [] : [{ algorithm: 'SHA512', checksumValue: sha512 }])];
}

function referencesOf({ purls, cpe }: Component): PlainFields[] | undefined {
  const references = [
    ...purls.map((purl) => ({ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl })),
    ...(cpe === undefined ? [] : [{ referenceCategory: 'SECURITY', referenceType: 'cpe23Type', referenceLocator: cpe.value, comment: cpe.basis }]),
  ];
  return references.length === 0 ? undefined : references;
}

function patchLines({ patches }: Component): string[] {
  return patches.map(({ file, sha256, upstream, origin, cves }, index) => `patch ${index + 1}: ${file}, sha256 ${sha256}, ${upstream}, ${origin}${cves.length === 0 ? '' : `, resolves ${cves.join(' ')}`}`);
}

export function spdx2SandboxPackage({ ref, name, version, architecture, sha256, purl, pool }: SandboxPackage): PlainFields {
  return {
    SPDXID: spdx2Id(ref), name, versionInfo: version, downloadLocation: 'NOASSERTION', filesAnalyzed: false, primaryPackagePurpose: 'INSTALL', checksums: checksums({ sha256 }),
    licenseDeclared: 'NOASSERTION', licenseConcluded: 'NOASSERTION', copyrightText: 'NOASSERTION', supplier: 'NOASSERTION', comment: `${BUILDS_ONLY}; ${architecture}, ${pool}`,
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
  };
}

export function* spdx2Sources({ components }: Inventory): Generator<PlainFields> {
  const sources = new Map<string, InventorySource>(components.flatMap(({ sources: own }) => own.map((source) => [source.sha256, source] as const)));
  for (const [digest, { file, urls, origin }] of sources) {
    yield {
      SPDXID: spdx2Id(`source:${digest}`), name: file, downloadLocation: urls[0] ?? 'NOASSERTION', filesAnalyzed: false, primaryPackagePurpose: 'SOURCE', checksums: checksums({ sha256: digest }),
      licenseDeclared: 'NOASSERTION', licenseConcluded: 'NOASSERTION', copyrightText: 'NOASSERTION', packageFileName: file, sourceInfo: origin,
    };
  }
}

/** Only what has bytes: a file of SPDX 2 has a checksum. */
export function spdx2File({ ref, path, hashes, content, ownership }: InventoryFile): PlainFields[] {
  if (hashes === undefined) return [];
  return [defined({
    SPDXID: spdx2Id(ref), fileName: `.${path}`, checksums: checksums(hashes), fileTypes: [fileType(content?.kind)], licenseConcluded: 'NOASSERTION', copyrightText: 'NOASSERTION',
    comment: ownership === undefined ? undefined : `${ownership.kind}: ${ownership.reason}`,
  })];
}

function fileType(kind: NonNullable<InventoryFile['content']>['kind'] | undefined): string {
  if (kind === 'elf' || kind === 'kernel-module') return 'BINARY';
  if (kind === 'archive') return 'ARCHIVE';
  return kind === 'script' ? 'TEXT' : 'OTHER';
}

export function leftOutOfSpdx2({ files, components, completeness }: Inventory, detail: Detail): string[] {
  const without = files.filter(({ hashes }) => hashes === undefined).length;
  const effective = components.filter(({ licenses }) => licenses.effective !== undefined).length;
  return [
    ...(completeness.length === 0 ? [] : ['completeness stands in a comment: SPDX 2.3 has no field for it']),
    ...(effective === 0 ? [] : [`the effective license of ${effective} components: SPDX 2.3 has no place for it`]),
    ...(detail === 'files' && without > 0 ? [`${without} directories, links and devices: a file of SPDX 2.3 must have a checksum`] : []),
    ...(detail === 'files' ? ['packages claim no files (`filesAnalyzed` is false), files name the package they came from: the verification code of SPDX 2.3 is made of sha1'] : []),
  ];
}
