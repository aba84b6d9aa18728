import { sampleFile, sampleInventory } from '../../tests/support/inventory-sample.ts';
import { cycloneDx } from './cyclone-dx.ts';
import type { BillOfMaterials } from './document.ts';
import { lintDocument } from './lint-document.ts';
import { schemaProblems } from './schema-gate.ts';
import { spdx2 } from './spdx2.ts';
import { spdx3 } from './spdx3.ts';

/** What JSON.parse gives: a canary may break anything of it. */
type Json = ReturnType<typeof JSON.parse>;
const textOf = (document: BillOfMaterials): string => [...document.chunks()].join('');
const parsed = (document: BillOfMaterials): Json => JSON.parse(textOf(document));

const owned = sampleInventory();
const GOOD = {
  cyclone: () => parsed(cycloneDx(owned, { detail: 'files', version: '1.7' })),
  cyclone16: () => parsed(cycloneDx(owned, { detail: 'files', version: '1.6' })),
  spdx3: () => parsed(spdx3(owned, { detail: 'files' })),
  spdx2: () => parsed(spdx2(owned, { detail: 'files' })),
};
const named = (rows: Json[], name: string): Json => rows.find((row) => row.name === name);
const typed = (graph: Json[], type: string): Json => graph.find((row) => row.type === type);
const related = (document: Json, type: string): Json => document['@graph'].find((row: Json) => row.relationshipType === type);

/** What is changed, in which document, and who refuses it by which rule. */
const CANARIES: readonly [string, keyof typeof GOOD, 'schema' | 'lint', string, (document: Json) => void][] = [
  ['a component of no type', 'cyclone', 'schema', 'schema', (bom) => { delete bom.components[0].type; }],
  ['an unknown hash algorithm', 'cyclone', 'schema', 'schema', (bom) => { named(bom.components, 'root.squashfs').hashes[0].alg = 'SHA-257'; }],
  ['a field that the format does not have', 'cyclone', 'schema', 'schema', (bom) => { bom.components[0].licence = 'MIT'; }],
  ['an id of a license that is on no list', 'cyclone', 'schema', 'schema', (bom) => { bom.metadata.licenses[0].license.id = 'CC-Zero'; }],
  ['a serial number that is no UUID', 'cyclone', 'schema', 'schema', (bom) => { bom.serialNumber = 'urn:uuid:1'; }],
  ['two expressions where one is allowed', 'cyclone16', 'schema', 'schema', (bom) => { bom.components.find((one: Json) => one.licenses).licenses.push({ expression: 'MIT' }); }],
  ['a dependency on what is not there', 'cyclone', 'lint', 'dangling-reference', (bom) => { bom.dependencies[0].dependsOn.push('package:gone'); }],
  ['completeness of what is not there', 'cyclone', 'lint', 'dangling-reference', (bom) => { bom.compositions[0].dependencies.push('package:gone'); }],
  ['one id for two components', 'cyclone', 'lint', 'duplicate-id', (bom) => { bom.components[1]['bom-ref'] = bom.components[0]['bom-ref']; }],
  ['an expression of nonsense', 'cyclone', 'lint', 'license-expression', (bom) => { bom.components.find((one: Json) => one.licenses).licenses[0].expression = 'MIT AND ((('; }],
  ['a purl without a type', 'cyclone', 'lint', 'purl-syntax', (bom) => { named(bom.components, 'beta').purl = 'pkg:beta@1'; }],
  ['a purl with a bare address in it', 'cyclone', 'lint', 'purl-syntax', (bom) => { named(bom.components, 'beta').purl = 'pkg:generic/beta@1?download_url=https://a b'; }],
  ['a CPE of ten parts', 'cyclone', 'lint', 'cpe-syntax', (bom) => { named(bom.components, 'libalpha').cpe = 'cpe:2.3:a:alpha:libalpha:1.0:*:*:*:*:*:*'; }],
  ['a CPE with an unquoted character', 'cyclone', 'lint', 'cpe-syntax', (bom) => { named(bom.components, 'libalpha').cpe = 'cpe:2.3:a:al+pha:libalpha:1.0:*:*:*:*:*:*:*'; }],
  ['a sha512 of another length', 'cyclone', 'lint', 'hash-form', (bom) => { named(bom.components, 'root.squashfs').hashes[1].content = 'ab'.repeat(32); }],
  ['no time', 'cyclone', 'lint', 'missing-timestamp', (bom) => { delete bom.metadata.timestamp; }],
  ['a local time', 'cyclone', 'lint', 'timestamp-form', (bom) => { bom.metadata.timestamp = '2023-11-14T22:13:20+01:00'; }],
  ['a file that is nobody\'s', 'cyclone', 'lint', 'unowned-file', (bom) => { bom.components.push(named(bom.components, 'beta').components.pop()); }],
  ['a file without a hash', 'cyclone', 'lint', 'file-without-hash', (bom) => { delete named(named(bom.components, 'beta').components, '/usr/bin/beta').hashes; }],
  ['one path twice', 'cyclone', 'lint', 'duplicate-path', (bom) => { const { components } = named(bom.components, 'beta'); components.push({ ...components[0], 'bom-ref': 'file:again' }); }],
  ['a component without an id', 'cyclone', 'lint', 'missing-id', (bom) => { delete named(bom.components, 'beta')['bom-ref']; }],
  ['a package without a license', 'cyclone', 'lint', 'missing-license', (bom) => { delete named(bom.components, 'beta').licenses; }],
  ['a component forgotten in the graph', 'cyclone', 'lint', 'missing-leaf', (bom) => { bom.dependencies.pop(); }],
  ['a component that needs itself', 'cyclone', 'lint', 'depends-on-itself', (bom) => { bom.dependencies[1].dependsOn.push(bom.dependencies[1].ref); }],
  ['two rows of one component', 'cyclone', 'lint', 'repeated-dependency-row', (bom) => { bom.dependencies.push({ ref: bom.dependencies[0].ref, dependsOn: [] }); }],
  ['vulnerabilities in it', 'cyclone', 'lint', 'vulnerabilities-inside', (bom) => { bom.vulnerabilities = [{ id: 'CVE-2024-0001' }]; }],
  ['no serial number', 'cyclone', 'lint', 'missing-document-id', (bom) => { delete bom.serialNumber; }],
  ['no word on completeness', 'cyclone', 'lint', 'missing-completeness', (bom) => { delete bom.compositions; }],
  ['no life cycle', 'cyclone', 'lint', 'missing-lifecycle', (bom) => { delete bom.metadata.lifecycles; }],
  ['a tool of the build among what ships', 'cyclone', 'lint', 'host-only-among-shipped', (bom) => { bom.components.push(bom.formulation[0].components.pop()); }],
  ['nothing that it is about', 'cyclone', 'lint', 'missing-subject', (bom) => { delete bom.metadata.component; }],
  ['a relation that is no word', 'spdx3', 'schema', 'schema', (document) => { related(document, 'contains').relationshipType = 'has'; }],
  ['no time', 'spdx3', 'schema', 'schema', (document) => { delete typed(document['@graph'], 'CreationInfo').created; }],
  ['an empty relation', 'spdx3', 'schema', 'schema', (document) => { related(document, 'contains').to = []; }],
  ['a reference to what is not there', 'spdx3', 'lint', 'dangling-reference', (document) => { related(document, 'contains').to.push('urn:gone'); }],
  ['one id for two elements', 'spdx3', 'lint', 'duplicate-id', (document) => { document['@graph'].push({ ...typed(document['@graph'], 'software_Package'), name: 'other' }); }],
  ['a license that is a package', 'spdx3', 'lint', 'license-is-none', (document) => { const relation = related(document, 'hasDeclaredLicense'); relation.to = [relation.from]; }],
  ['an expression of nonsense', 'spdx3', 'lint', 'license-expression', (document) => { typed(document['@graph'], 'simplelicensing_LicenseExpression').simplelicensing_licenseExpression = 'MIT or not'; }],
  ['a file that is nobody\'s', 'spdx3', 'lint', 'unowned-file', (document) => { document['@graph'] = document['@graph'].filter((row: Json) => row.comment !== 'provenroot:owns'); }],
  ['what contains itself', 'spdx3', 'lint', 'containment-cycle', (document) => { const relation = related(document, 'contains'); document['@graph'].push({ ...relation, spdxId: 'urn:x:back', from: relation.to[0], to: [relation.from] }); }],
  ['a profile that is not named', 'spdx3', 'lint', 'profile-not-named', (document) => { typed(document['@graph'], 'SpdxDocument').profileConformance = ['core']; }],
  ['a hash of another length', 'spdx3', 'lint', 'hash-form', (document) => { document['@graph'].find((row: Json) => row.verifiedUsing).verifiedUsing[0].hashValue = 'ab'; }],
  ['a package without a name', 'spdx2', 'schema', 'schema', (document) => { delete document.packages[0].name; }],
  ['a file without checksums', 'spdx2', 'schema', 'schema', (document) => { document.files[0].checksums = []; }],
  ['a relation to what is not there', 'spdx2', 'lint', 'dangling-reference', (document) => { document.relationships[0].relatedSpdxElement = 'SPDXRef-gone'; }],
  ['one id for two packages', 'spdx2', 'lint', 'duplicate-id', (document) => { document.packages[1].SPDXID = document.packages[0].SPDXID; }],
  ['a license that is explained nowhere', 'spdx2', 'lint', 'license-without-text', (document) => { document.hasExtractedLicensingInfos = []; }],
  ['a file that is nobody\'s', 'spdx2', 'lint', 'unowned-file', (document) => { document.relationships = document.relationships.filter((one: Json) => one.comment !== 'provenroot:owner'); }],
  ['a claim on files without a code', 'spdx2', 'lint', 'files-analyzed-without-code', (document) => { delete document.packages[0].filesAnalyzed; }],
  ['no namespace', 'spdx2', 'lint', 'missing-document-id', (document) => { delete document.documentNamespace; }],
  ['a checksum in capitals', 'spdx2', 'lint', 'hash-form', (document) => { const [first] = document.files[0].checksums; first.checksumValue = 'AB'.repeat(32); }],
];

describe('a document of ours', () => {
  const all = (['packages', 'files'] as const).flatMap((detail) => [
    ['CycloneDX 1.7', cycloneDx(owned, { detail, version: '1.7' })], ['CycloneDX 1.6', cycloneDx(owned, { detail, version: '1.6' })], ['SPDX 3.0.1', spdx3(owned, { detail })], ['SPDX 2.3', spdx2(owned, { detail })],
  ] as const);

  test.each(all)('%s passes every gate', (_, document) => {
    expect(schemaProblems(textOf(document))).toEqual([]);
    expect(lintDocument(textOf(document)).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('with a file that nobody owns passes none', () => {
    const inventory = { ...owned, files: [...owned.files, sampleFile('/stray', undefined)] };
    for (const document of [cycloneDx(inventory, { detail: 'files', version: '1.7' }), spdx3(inventory, { detail: 'files' }), spdx2(inventory, { detail: 'files' })]) {
      expect(lintDocument(textOf(document)).map(({ rule }) => rule)).toContain('unowned-file');
    }
  });
});

describe('a canary', () => {
  test.each(CANARIES)('of %s in %s is refused by %s: %s', (_, format, gate, rule, mutate) => {
    const document = GOOD[format]();
    mutate(document);
    const findings = (gate === 'schema' ? schemaProblems : lintDocument)(JSON.stringify(document));
    expect(findings.map((finding) => finding.rule)).toContain(rule);
  });

  test('of bytes that are no document is refused before any rule', () => {
    expect(() => lintDocument('{')).toThrow(expect.objectContaining({ code: 'DOCUMENTS.NOT_JSON' }));
    expect(() => schemaProblems('{"bomFormat":"CycloneDX","specVersion":"1.4"}')).toThrow(expect.objectContaining({ code: 'DOCUMENTS.UNKNOWN_FORMAT' }));
  });
});
