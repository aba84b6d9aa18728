import { fieldsOf, rowsIn, textOf, textsIn, type Fields } from './document-fields.ts';
import type { LintView, Placed } from './lint-view.ts';

interface At { one: Fields; at: string }

const UNSAID = new Set(['NOASSERTION', 'NONE']);

export function spdx2View(document: Fields): LintView {
  const packages = rowsIn(document['packages']).map((one, index): At => ({ one, at: `/packages/${index}` }));
  const files = rowsIn(document['files']).map((one, index): At => ({ one, at: `/files/${index}` }));
  const relationships = rowsIn(document['relationships']).map((one, index): At => ({ one, at: `/relationships/${index}` }));
  const typed = (type: string): At[] => relationships.filter(({ one }) => one['relationshipType'] === type);
  const owned = new Set([...typed('GENERATED_FROM').map(({ one }) => one['spdxElementId']), ...typed('CONTAINS').map(({ one }) => one['relatedSpdxElement'])]);
  const creation = fieldsOf(document['creationInfo']);
  const components = packages.filter(({ one }) => one['primaryPackagePurpose'] !== 'SOURCE');
  return {
    ids: [...placed(document['SPDXID'], '/SPDXID'), ...[...packages, ...files].flatMap(({ one, at }) => placed(one['SPDXID'], `${at}/SPDXID`))],
    references: relationships.flatMap(({ one, at }) => [...placed(one['spdxElementId'], `${at}/spdxElementId`), ...placed(one['relatedSpdxElement'], `${at}/relatedSpdxElement`)]).filter(({ text }) => !UNSAID.has(text)),
    expressions: packages.flatMap(({ one, at }) => ['licenseDeclared', 'licenseConcluded'].flatMap((key) => placed(one[key], `${at}/${key}`))),
    purls: referencesOf(packages, 'purl'), cpes: referencesOf(packages, 'cpe23Type'),
    hashes: [...packages, ...files].flatMap(({ one, at }) => rowsIn(one['checksums']).map(({ algorithm, checksumValue }, index) => ({ algorithm: textOf(algorithm) ?? '', text: textOf(checksumValue) ?? '', at: `${at}/checksums/${index}` }))),
    timestamps: [{ text: textOf(creation['created']), at: '/creationInfo/created' }],
    components: components.map(({ one, at }) => ({
      name: textOf(one['name']) ?? '', version: textOf(one['versionInfo']), id: textOf(one['SPDXID']), at, ships: !(textOf(one['comment']) ?? '').startsWith('provenroot:exception: only builds'), licensed: isLicensed(one),
    })),
    files: files.map(({ one, at }) => ({ name: textOf(one['fileName']) ?? '', at, owned: owned.has(one['SPDXID']), hashed: rowsIn(one['checksums']).length > 0, bytes: true })),
    containments: typed('CONTAINS').map(({ one, at }) => ({ from: textOf(one['spdxElementId']) ?? '', to: textOf(one['relatedSpdxElement']) ?? '', at })),
    subjects: typed('DESCRIBES').flatMap(({ one }) => (typeof one['relatedSpdxElement'] === 'string' ? [one['relatedSpdxElement']] : [])),
    author: textsIn(creation['creators']).find((creator) => creator.startsWith('Organization: ') && creator !== 'Organization: unknown'),
    faults: faultsOf(document, packages),
  };
}

function referencesOf(packages: readonly At[], wanted: string): Placed[] {
  return packages.flatMap(({ one, at }) => rowsIn(one['externalRefs']).flatMap(({ referenceType, referenceLocator }, index) => (referenceType === wanted ? placed(referenceLocator, `${at}/externalRefs/${index}`) : [])));
}

/** What this build made itself stands under no license of its own. */
function isLicensed({ licenseDeclared, licenseConcluded, licenseComments, comment }: Fields): boolean {
  const exempt = (textOf(comment) ?? '').startsWith('provenroot:exception:') || licenseComments !== undefined;
  return exempt || [licenseDeclared, licenseConcluded].some((one) => typeof one === 'string' && !UNSAID.has(one));
}

function faultsOf(document: Fields, packages: readonly At[]): LintView['faults'] {
  const said = new Set(rowsIn(document['hasExtractedLicensingInfos']).map(({ licenseId }) => licenseId));
  const unsaid = packages.flatMap(({ one, at }) => ['licenseDeclared', 'licenseConcluded'].flatMap((key) => (/(?<![:\w-])LicenseRef-[A-Za-z0-9.-]+/g.exec(textOf(one[key]) ?? '') ?? []).filter((name) => !said.has(name)).map((name) => ({ rule: 'license-without-text', at: `${at}/${key}`, message: `${name} is explained nowhere` }))));
  const claimed = packages.filter(({ one }) => one['filesAnalyzed'] !== false && one['packageVerificationCode'] === undefined);
  return [
    ...(textOf(document['documentNamespace']) === undefined ? [{ rule: 'missing-document-id', at: '/documentNamespace', message: 'it has no namespace' }] : []),
    ...unsaid, ...claimed.map(({ at }) => ({ rule: 'files-analyzed-without-code', at, message: 'it claims to know the files but has no verification code' })),
  ];
}

function placed(value: unknown, at: string): Placed[] {
  return typeof value === 'string' ? [{ text: value, at }] : [];
}
