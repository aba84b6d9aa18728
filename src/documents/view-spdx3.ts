import { fieldsOf, rowsIn, textOf, textsIn, type Fields } from './document-fields.ts';
import type { LintView, Placed } from './lint-view.ts';

/** Elements of other documents, and the individuals of the model, are no business of this one. */
const ELSEWHERE = /^https:\/\/spdx\.org\//;
const LICENSES = new Set(['simplelicensing_LicenseExpression', 'simplelicensing_SimpleLicensingText']);

interface At { one: Fields; at: string }

export function spdx3View(document: Fields): LintView {
  const graph = rowsIn(document['@graph']).map((one, index): At => ({ one, at: `/@graph/${index}` }));
  const of = (...types: string[]): At[] => graph.filter(({ one }) => types.includes(textOf(one['type']) ?? ''));
  const relations = graph.filter(({ one }) => one['relationshipType'] !== undefined);
  const shipped = new Set(of('software_Sbom').flatMap(({ one }) => textsIn(one['element'])));
  const licensed = new Set(relations.filter(({ one }) => one['relationshipType'] === 'hasDeclaredLicense' || one['relationshipType'] === 'hasConcludedLicense').map(({ one }) => one['from']));
  const containments = relations.filter(({ one }) => one['relationshipType'] === 'contains').flatMap(({ one, at }) => textsIn(one['to']).map((to) => ({ from: textOf(one['from']) ?? '', to, at })));
  const owned = new Set(relations.filter(({ one }) => one['relationshipType'] === 'contains').flatMap(({ one }) => textsIn(one['to'])));
  const packages = of('software_Package').filter(({ one }) => one['software_primaryPurpose'] !== 'source');
  return {
    ids: graph.flatMap(({ one, at }) => [...placed(one['spdxId'], `${at}/spdxId`), ...placed(one['@id'], `${at}/@id`)]),
    references: graph.flatMap(referencesOf),
    expressions: of('simplelicensing_LicenseExpression').flatMap(({ one, at }) => placed(one['simplelicensing_licenseExpression'], `${at}/simplelicensing_licenseExpression`)),
    purls: [...packages.flatMap(({ one, at }) => placed(one['software_packageUrl'], `${at}/software_packageUrl`)), ...identifiers(packages, 'packageUrl')],
    cpes: identifiers(packages, 'cpe23'),
    hashes: graph.flatMap(({ one, at }) => rowsIn(one['verifiedUsing']).map(({ algorithm, hashValue }, index) => ({ algorithm: textOf(algorithm) ?? '', text: textOf(hashValue) ?? '', at: `${at}/verifiedUsing/${index}` }))),
    timestamps: creationTimes(of('CreationInfo')),
    components: packages.map(({ one, at }) => ({
      name: textOf(one['name']) ?? '', version: textOf(one['software_packageVersion']), id: textOf(one['spdxId']), at, ships: shipped.has(textOf(one['spdxId']) ?? ''),
      licensed: licensed.has(one['spdxId']) || !(textOf(one['comment']) ?? '').startsWith('kind: package') || (textOf(one['comment']) ?? '').includes('license, not readable'),
    })),
    files: of('software_File').map(({ one, at }) => ({ name: textOf(one['name']) ?? '', at, owned: owned.has(textOf(one['spdxId']) ?? ''), hashed: rowsIn(one['verifiedUsing']).length > 0, bytes: /^(file|hard-link) /.test(textOf(one['comment']) ?? 'file ') })),
    containments, subjects: of('software_Sbom').flatMap(({ one }) => textsIn(one['rootElement'])), author: authorOf(graph), faults: faultsOf(graph, relations),
  };
}

function referencesOf({ one, at }: At): Placed[] {
  const single = ['from', 'creationInfo', 'suppliedBy', 'dataLicense'].flatMap((key) => placed(one[key], `${at}/${key}`));
  const many = ['to', 'element', 'rootElement', 'createdBy', 'createdUsing', 'originatedBy'].flatMap((key) => textsIn(one[key]).map((text, index) => ({ text, at: `${at}/${key}/${index}` })));
  const texts = rowsIn(one['simplelicensing_customIdToUri']).flatMap(({ value }, index) => placed(value, `${at}/simplelicensing_customIdToUri/${index}`));
  return [...single, ...many, ...texts].filter(({ text }) => !ELSEWHERE.test(text));
}

function identifiers(packages: readonly At[], wanted: string): Placed[] {
  return packages.flatMap(({ one, at }) => rowsIn(one['externalIdentifier']).flatMap(({ externalIdentifierType, identifier }, index) => (externalIdentifierType === wanted ? placed(identifier, `${at}/externalIdentifier/${index}`) : [])));
}

function creationTimes(infos: readonly At[]): { text: string | undefined; at: string }[] {
  return infos.length === 0 ? [{ text: undefined, at: '/@graph' }] : infos.map(({ one, at }) => ({ text: textOf(one['created']), at: `${at}/created` }));
}

function authorOf(graph: readonly At[]): string | undefined {
  const makers = new Set(graph.filter(({ one }) => one['type'] === 'CreationInfo').flatMap(({ one }) => textsIn(one['createdBy'])));
  const name = textOf(graph.find(({ one }) => makers.has(textOf(one['spdxId']) ?? ''))?.one['name']);
  return name === 'unknown' ? undefined : name;
}

function faultsOf(graph: readonly At[], relations: readonly At[]): LintView['faults'] {
  const types = new Map(graph.map(({ one }) => [one['spdxId'], textOf(one['type']) ?? '']));
  const strange = relations.filter(({ one }) => (textOf(one['relationshipType']) ?? '').endsWith('License') && textsIn(one['to']).some((to) => types.has(to) && !LICENSES.has(types.get(to)!)));
  const documents = graph.filter(({ one }) => one['type'] === 'SpdxDocument');
  const vulnerabilities = graph.filter(({ one }) => (textOf(one['type']) ?? '').startsWith('security_'));
  const profiles = new Set(documents.flatMap(({ one }) => textsIn(one['profileConformance'])));
  return [
    ...strange.map(({ at }) => ({ rule: 'license-is-none', at, message: 'what is said to be a license is something else' })),
    ...(documents.length === 1 ? [] : [{ rule: 'missing-document-id', at: '/@graph', message: `it has ${documents.length} SpdxDocuments, not one` }]),
    ...vulnerabilities.map(({ at }) => ({ rule: 'vulnerabilities-inside', at, message: 'vulnerabilities stand in a document of their own (BSI TR-03183-2, 3.1)' })),
    ...(graph.some(({ one }) => one['type'] === 'build_Build') && !profiles.has('build') ? [{ rule: 'profile-not-named', at: '/@graph', message: 'it has a build, but does not name that profile' }] : []),
    ...graph.filter(({ one }) => textOf(one['type']) !== 'CreationInfo' && fieldsOf(one)['spdxId'] === undefined).map(({ at }) => ({ rule: 'missing-id', at, message: 'an element has no id' })),
  ];
}

function placed(value: unknown, at: string): Placed[] {
  return typeof value === 'string' ? [{ text: value, at }] : [];
}
