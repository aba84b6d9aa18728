import fc from 'fast-check';

import { sampleInventory } from '../../tests/support/inventory-sample.ts';
import { documentText } from '../../tests/support/shipped-build.ts';
import { sha256 } from '../foundation/digest.ts';
import { readBillComponents, type Bill } from './bill-components.ts';

const FORMATS = ['cyclonedx-1.7', 'cyclonedx-1.6', 'spdx-3.0.1', 'spdx-2.3'] as const;
const read = (value: unknown): Bill => readBillComponents(Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)), 'it');
const ours = (format: (typeof FORMATS)[number], detail: 'packages' | 'files' = 'packages'): Bill => read(documentText(sampleInventory(), format, detail));
const cyclone = (...components: object[]): Bill => read({ bomFormat: 'CycloneDX', specVersion: '1.5', components });

describe('components of a bill of materials of ours', () => {
  test('are all that the inventory has, with sources, patches and what they fix', () => {
    const { components, patchesOf } = ours('cyclonedx-1.7');
    expect(components).toHaveLength(sampleInventory().components.length + sampleInventory().sandbox.packages.length);
    expect(patchesOf).toBe('all');
    expect(components.find(({ name }) => name === 'beta')).toEqual({
      name: 'beta', version: '1.0', scope: 'ships', purl: 'pkg:github/example/beta@v1.0', digest: sha256('content beta'), license: 'GPL-2.0-only AND LicenseRef-beta', reasons: ['chosen'], sources: [sha256('source beta')],
      patches: [{ id: sha256('patch'), name: '0001-fix.patch', cves: ['CVE-2024-0001'] }, { id: sha256('patch 2'), name: '0002-own.patch', cves: [] }],
    });
  });

  test.each(FORMATS)('are the same in %s as in every other format, and with files', (format) => {
    const said = ({ components }: Bill): string[] => components.map((one) => JSON.stringify({ ...one, license: one.license ?? 'NOASSERTION' }, Object.keys({ ...one, id: 0, cves: 0 }).toSorted())).toSorted();
    expect(said(ours(format))).toEqual(said(ours('cyclonedx-1.7')));
    expect(ours(format, 'files')).toEqual(ours(format));
  });
});

describe('components of a stranger\'s bill of materials', () => {
  test('CycloneDX: groups, components in components, hashes, tools, licenses by id', () => {
    expect(cyclone(
      { 'type': 'library', 'name': 'a', 'group': 'g', 'version': '1', 'purl': 'pkg:npm/g/a@1', 'hashes': [{ alg: 'MD5', content: 'x' }, { alg: 'SHA-256', content: 'A'.repeat(64) }], 'licenses': [{ license: { id: 'MIT' } }, { license: { name: 'own' } }],
        'components': [{ type: 'library', name: 'b', scope: 'excluded' }, { type: 'file', name: 'f' }] },
      { type: 'library', name: 'p', pedigree: { patches: [{ type: 'backport', diff: { url: 'https://example.org/1' }, resolves: [{ id: 'CVE-2024-0001' }] }, { type: 'unofficial', diff: { text: { content: 'x' } } }] } },
    ).components).toEqual([
      { name: 'g/a', version: '1', scope: 'ships', purl: 'pkg:npm/g/a@1', digest: 'a'.repeat(64), license: 'MIT AND own', sources: [], patches: [], reasons: [] },
      { name: 'b', version: '', scope: 'build', sources: [], patches: [], reasons: [] },
      { name: 'p', version: '', scope: 'ships', sources: [], reasons: [], patches: [{ id: '["https://example.org/1",""]', name: 'https://example.org/1', cves: ['CVE-2024-0001'] }, { id: '["unofficial","x"]', name: 'unofficial', cves: [] }] },
    ]);
  });

  test('SPDX 2: neither what it describes nor sources are components', () => {
    const bill = read({
      spdxVersion: 'SPDX-2.3', documentDescribes: ['SPDXRef-all'],
      packages: [
        { SPDXID: 'SPDXRef-all', name: 'all' }, { SPDXID: 'SPDXRef-a', name: 'a', versionInfo: '1', licenseDeclared: 'NOASSERTION', licenseConcluded: 'MIT', comment: 'patch 1: x', externalRefs: [{ referenceType: 'purl', referenceLocator: 'pkg:deb/debian/a@1' }] },
        { SPDXID: 'SPDXRef-s', name: 's', primaryPackagePurpose: 'SOURCE', checksums: [{ algorithm: 'SHA256', checksumValue: 'b'.repeat(64) }] }, { SPDXID: 'SPDXRef-t', name: 't' },
      ],
      relationships: [{ spdxElementId: 'SPDXRef-a', relationshipType: 'GENERATED_FROM', relatedSpdxElement: 'SPDXRef-s' }, { spdxElementId: 'SPDXRef-t', relationshipType: 'BUILD_TOOL_OF', relatedSpdxElement: 'SPDXRef-a' }],
    });
    expect(bill).toEqual({ format: 'SPDX-2.3', patchesOf: 'none', components: [
      { name: 'a', version: '1', scope: 'ships', purl: 'pkg:deb/debian/a@1', license: 'MIT', sources: ['b'.repeat(64)], patches: [], reasons: [] }, { name: 't', version: '', scope: 'build', sources: [], patches: [], reasons: [] },
    ] });
  });

  test('SPDX 3: package URLs among identifiers, a context among others', () => {
    const bill = read({
      '@context': ['https://example.org/own', 'https://spdx.org/rdf/3.0.0/spdx-context.jsonld'],
      '@graph': [{ type: 'software_Package', spdxId: 'urn:a', name: 'a', software_packageVersion: '1', externalIdentifier: [{ externalIdentifierType: 'packageUrl', identifier: 'pkg:npm/a@1' }] }, { type: 'simplelicensing_LicenseExpression', spdxId: 'urn:l', simplelicensing_licenseExpression: 'MIT' },
        { type: 'Relationship', relationshipType: 'hasDeclaredLicense', from: 'urn:a', to: ['urn:l'] }],
    });
    expect(bill).toEqual({ format: 'SPDX 3.0.0', patchesOf: 'none', components: [{ name: 'a', version: '1', scope: 'ships', purl: 'pkg:npm/a@1', license: 'MIT', sources: [], patches: [], reasons: [] }] });
  });
});

describe('a hostile bill of materials', () => {
  test.each([
    ['no JSON', 'DOCUMENTS.NOT_JSON', '{'], ['another format', 'DOCUMENTS.UNKNOWN_FORMAT', '{"bomFormat":"CycloneDX","specVersion":"9"}'], ['a list', 'DOCUMENTS.UNKNOWN_FORMAT', '[]'],
    ['a key twice', 'DOCUMENTS.AMBIGUOUS', '{"bomFormat":"CycloneDX","specVersion":"1.5","components":[],"components":[]}'], ['nested without end', 'DOCUMENTS.AMBIGUOUS', `{"a":${'['.repeat(100)}${']'.repeat(100)}}`],
  ])('is refused: %s', (_title, code, text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code }));
  });

  test('gives components whatever its fields hold', () => {
    const document = fc.record({ components: fc.array(fc.dictionary(fc.constantFrom('name', 'hashes', 'licenses', 'pedigree', 'properties', 'externalReferences', 'components', 'bom-ref'), fc.jsonValue({ maxDepth: 3 })), { maxLength: 3 }) });
    const spdx = fc.dictionary(fc.constantFrom('packages', 'relationships', 'documentDescribes'), fc.array(fc.jsonValue({ maxDepth: 3 }), { maxLength: 3 }));
    fc.assert(fc.property(document, spdx, fc.array(fc.jsonValue({ maxDepth: 3 })), (fields, packages, graph) => {
      const bills = [cyclone(...fields.components), read({ spdxVersion: 'SPDX-2.3', ...packages }), read({ '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld', '@graph': graph })];
      for (const { components } of bills) for (const { name, sources } of components) expect([typeof name, Array.isArray(sources)]).toEqual(['string', true]);
    }));
  });
});
